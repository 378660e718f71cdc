#!/usr/bin/env bash
# Measures Hearth against its floors and prints the table: scripts/bench.sh [--only NAME] [--json FILE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/_uv.sh
source scripts/_uv.sh
exec .venv/bin/python -m benchmarks "$@"
