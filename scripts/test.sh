#!/usr/bin/env bash
# Runs the tests in parallel. Every other argument goes to pytest.
#
#   scripts/test.sh                      all but the slow ones (marked `system`)
#   scripts/test.sh --all                those too, more examples (HEARTH_TESTS=all), and branch coverage; fetches a
#                                        real Kafka first
#   scripts/test.sh tests/posts -k edit  a part
#   scripts/test.sh -n 0 -x              pytest's own options
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/_uv.sh
source scripts/_uv.sh

everything=false
whole=true
passed_on=()
for argument in "$@"; do
    case "$argument" in
        --all) everything=true ;;
        *)
            passed_on+=("$argument")
            # A path, or a choice of tests: the coverage of a part says nothing.
            case "$argument" in
                -k* | -m* | --co | --collect-only | --deselect* | --ignore*) whole=false ;;
                *) if [[ -e "${argument%%::*}" ]]; then whole=false; fi ;;
            esac
            ;;
    esac
done

# Hundreds of processes are started: each would compile all of the code anew.
unset PYTHONDONTWRITEBYTECODE

options=(-n logical --maxprocesses 8 --dist worksteal)
if "$everything"; then
    export HEARTH_TESTS=all
    # Where none can be had, its tests are skipped, and the last lines say so; in CI they fail.
    scripts/kafka.sh get >/dev/null || true
    if "$whole"; then
        options+=(--cov --cov-report=term:skip-covered)
    fi
else
    options+=(-m "not system")
fi

exec uv run --no-sync pytest "${options[@]}" ${passed_on[@]+"${passed_on[@]}"}
