#!/usr/bin/env bash
# Chats under faults, for longer than CI has time for: Kafka is killed ten times and stopped for a minute, and all of
# it several times over. Every other argument goes to pytest.
#
#   scripts/soak.sh                      five times
#   scripts/soak.sh 20 -k kafka          twenty times, a part
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/_uv.sh
source scripts/_uv.sh
unset PYTHONDONTWRITEBYTECODE

times=5
if [[ "${1:-}" =~ ^[1-9][0-9]*$ ]]; then
    times="$1"
    shift
fi
scripts/kafka.sh get >/dev/null
export HEARTH_KAFKA_KILLS=10 HEARTH_KAFKA_STOPPED=60
for ((number = 1; number <= times; number++)); do
    printf 'hearth: %s of %s\n' "$number" "$times"
    uv run --no-sync pytest -n 0 --timeout 1200 tests/system/test_chat_*.py "$@"
done
