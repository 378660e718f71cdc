"""Why a server is not ready: one class for each reason, all of them 503 and worth a retry."""

from src.exceptions import Unavailable
from src.operations.constants import ErrorCode


class Draining(Unavailable):
    """The server has been told to stop and answers what it has begun."""

    code = ErrorCode.DRAINING
    detail = "The server is stopping."


class DatabaseUnreachable(Unavailable):
    """The database does not answer in time."""

    code = ErrorCode.DATABASE_UNREACHABLE
    detail = "The database does not answer."


class SchemaBehind(Unavailable):
    """The database has not been migrated to what this version needs."""

    code = ErrorCode.SCHEMA_BEHIND
    detail = "The database has not been migrated yet."


class BackupRefused(Exception):
    """A backup cannot be made here, or the file is none that could be restored; its text is one line."""


class DumpFailed(Exception):
    """One of PostgreSQL's programs could not do its part."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(f"{program} failed ({reason or 'without a word'}).")
