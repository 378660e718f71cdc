#!/usr/bin/env bash
# Everything that can be said of the code without running it. All checks run, whatever the ones before them found;
# the exit code is 1 if any failed. Changes nothing (scripts/format.sh does).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck source=scripts/_uv.sh
source scripts/_uv.sh || exit 1

failed=()

check() {
    local name="$1"
    shift
    printf '\n== %s\n' "$name"
    "$@" || failed+=("$name")
}

shell_syntax() {
    local script status=0
    for script in scripts/*.sh .ci/run; do
        bash -n "$script" || status=1
    done
    return "$status"
}

check "ruff check" uv run --no-sync ruff check
check "ruff format" uv run --no-sync ruff format --check
check "import contracts" uv run --no-sync lint-imports --no-logo
check "house rules" uv run --no-sync python -m scripts.checks
check "shell syntax" shell_syntax
check "mypy" uv run --no-sync mypy

if ((${#failed[@]})); then
    printf '\nlint: %d of 6 checks failed:' "${#failed[@]}"
    printf ' [%s]' "${failed[@]}"
    printf '\n'
    exit 1
fi
printf '\nlint: all checks passed\n'
