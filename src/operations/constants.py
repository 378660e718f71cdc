"""The words and numbers of operations."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from src.rate_limit import Policy


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    DRAINING = "draining"
    DATABASE_UNREACHABLE = "database_unreachable"
    SCHEMA_BEHIND = "schema_behind"


# A database that takes longer than this to answer is away.
PING_SECONDS: Final = 1.0
# Probes of several balancers in this time are answered from one look at the database.
READY_SECONDS: Final = 1.0

# Events that wait for longer wait for somebody to come and see.
MOST_WAITING: Final = timedelta(minutes=5)
LEAST_POSTGRESQL: Final = 15
LEAST_FREE_DISK: Final = 0.05
MOST_CLOCK_SKEW_SECONDS: Final = 2.0

# Each look at every table's files, and each recount of all that is derived.
WEIGHING: Final = Policy("storage", 30, 60)
EXAMINING: Final = Policy("doctor", 10, 600)
