#!/usr/bin/env bash
# Sourced by the other scripts: makes sure of uv and of the locked environment in .venv, and leaves `uv` on the PATH.
# Nothing is written outside the repository but uv's own cache. With nothing to do it takes a tenth of a second.
#
#   source scripts/_uv.sh                                    everything, for developers: exactly what uv.lock says
#   sync_options=(--no-dev --inexact); source scripts/_uv.sh  another choice; the options of `uv sync`
#
# Errors end the sourcing script with one line, whether or not it has `set -e`.

hearth_root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)" || exit 1
hearth_own_uv="$hearth_root/.uv"

say_and_exit() {
    printf 'hearth: %s\n' "$1" >&2
    exit 1
}

# Whether this is a uv that works and is not too old for uv.lock.
is_good_uv() {
    local version pattern='^uv ([0-9]+)\.([0-9]+)'
    version="$("$1" --version 2>/dev/null)" || return 1
    [[ "$version" =~ $pattern ]] || return 1
    ((BASH_REMATCH[1] > 0 || BASH_REMATCH[2] >= 9))
}

# --target stands beside the system's packages, so that an externally managed Python has nothing against it.
install_uv_by_pip() {
    PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install \
        --quiet --no-warn-script-location --target "$hearth_own_uv/pip" --upgrade 'uv>=0.9' &&
        is_good_uv "$hearth_own_uv/pip/bin/uv"
}

install_uv_by_venv() {
    python3 -m venv --clear "$hearth_own_uv/venv" &&
        PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 "$hearth_own_uv/venv/bin/python" -m pip install \
            --quiet 'uv>=0.9' &&
        is_good_uv "$hearth_own_uv/venv/bin/uv"
}

find_uv() {
    local folder
    if is_good_uv uv; then return; fi
    for folder in "$hearth_own_uv/pip/bin" "$hearth_own_uv/venv/bin"; do
        if is_good_uv "$folder/uv"; then
            PATH="$folder:$PATH"
            return
        fi
    done
    return 1
}

ensure_uv() {
    local said way
    if find_uv; then return; fi
    for way in pip venv; do
        printf 'hearth: installing uv into %s (by %s)\n' "$hearth_own_uv" "$way" >&2
        if said="$("install_uv_by_$way" 2>&1)" && find_uv; then return; fi
        said="${said##*$'\n'}"
        printf 'hearth: that did not work: %s\n' "${said:-python3 is missing}" >&2
    done
    say_and_exit "please install uv (https://docs.astral.sh/uv/getting-started/installation/) and run this again"
}

sync_environment() {
    local sync=(uv sync --project "$hearth_root" --locked "$@")
    # Asked first, so that uv shows its progress when there is some, and nothing when there is not.
    if "${sync[@]}" --check >/dev/null 2>&1 || "${sync[@]}"; then return; fi
    if ! uv python find '>=3.11' >/dev/null 2>&1; then
        say_and_exit "this needs Python 3.11 or newer; please install it and run this again"
    fi
    say_and_exit "the environment in $hearth_root/.venv could not be set up (uv says why, above)"
}

# Another project's active environment is not ours, and uv would warn of it each time.
unset VIRTUAL_ENV
ensure_uv
export PATH
# shellcheck disable=SC2154  # the sourcing script's choice, if it made one
sync_environment ${sync_options[@]+"${sync_options[@]}"}
