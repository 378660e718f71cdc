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
