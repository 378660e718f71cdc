#!/usr/bin/env bash
# Brings the code into the house's form: the fixes that ruff is sure of, then its formatter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/_uv.sh
source scripts/_uv.sh

status=0
uv run --no-sync ruff check --fix || status=$?
uv run --no-sync ruff format
exit "$status"
