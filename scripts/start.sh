#!/usr/bin/env bash
# Sets Hearth up on this machine, if it is not yet, and serves it; every argument goes to `hearth serve`.
#
#   scripts/start.sh                     http://127.0.0.1:8000, data in data/
#   scripts/start.sh --port 8080
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# One environment for running and for developing: serving needs no development tools, but --inexact leaves them where
# scripts/test.sh has put them, so that the two scripts do not undo each other's work.
# shellcheck disable=SC2034  # read by _uv.sh
sync_options=(--no-dev --inexact)
# shellcheck source=scripts/_uv.sh
source scripts/_uv.sh

# Not by `uv run`: it would stay between, and pass on a Ctrl-C that the server has had already, which ends it by force.
exec "${UV_PROJECT_ENVIRONMENT:-.venv}/bin/hearth" serve "$@"
