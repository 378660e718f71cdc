"""What a person who types a command is told when it cannot be done: one line on stderr and exit code 1.

Anything unknown keeps its traceback: it is a bug, and the line where it happened is what helps.
"""

from contextlib import AbstractContextManager

from sqlalchemy.exc import DBAPIError

from src.auth import exceptions as auth_exceptions
from src.cli import endings
from src.database import sqlstate_of
from src.embedded import EmbeddedError
from src.events import exceptions as events_exceptions
from src.exceptions import Unavailable
from src.migrations import SchemaTooNew
from src.operations import exceptions as operations_exceptions
from src.problems import problem_of
from src.runtime import SchemaOutdated
from src.server import CannotListen

_OF_THEIR_OWN_WORDS = (
    EmbeddedError,
    SchemaTooNew,
    SchemaOutdated,
    CannotListen,
    auth_exceptions.UnusableKeys,
    events_exceptions.KafkaUnreachable,
    events_exceptions.TopicsUnfit,
    operations_exceptions.BackupRefused,
    operations_exceptions.DumpFailed,
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE = {
    "28": "The database refuses the user or the password of DATABASE_URL.",
    "3D": "There is no database of the name in DATABASE_URL: make it, or correct the name.",
    "42501": "The user of DATABASE_URL lacks a right in the database: make it the owner of the database.",
}
_AWAY = "The database does not answer: is it running, and is DATABASE_URL right?"


def explain(error: BaseException) -> str | None:
    """What to tell of an error; None if it is a bug."""
    if isinstance(error, _OF_THEIR_OWN_WORDS):
        return str(error)
    told = endings.explain(error)
    if told is not None:
        return told
    state = sqlstate_of(error)
    for prefix, text in _BY_SQLSTATE.items():
        if state is not None and state.startswith(prefix):
            return text
    if isinstance(error, OSError | TimeoutError | DBAPIError) and isinstance(problem_of(error), Unavailable):
        return _AWAY
    return None


class ReadableGroup(endings.ReadableGroup):
    """The group of all commands."""

    @staticmethod
    def explained(error: BaseException) -> str | None:
        """The words for an error; None for a bug."""
        return explain(error)


def readable() -> AbstractContextManager[None]:
    """Turns known errors into lines on stderr and the exit code 1."""
    return endings.readable(explain)
