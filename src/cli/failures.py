"""What a person who types a command is told when it cannot be done: one line on stderr and exit code 1.

Anything unknown keeps its traceback: it is a bug, and the line where it happened is what helps.
"""

import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import typer
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup

from src import logs
from src.auth import exceptions as auth_exceptions
from src.cli import interrupts
from src.database import sqlstate_of
from src.embedded import EmbeddedError
from src.exceptions import HearthError, Unavailable
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


class Failure(Exception):
    """A command cannot do what it was asked to; each line says why, or how to go on."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))


class ReadableGroup(TyperGroup):
    """All commands below it end with a line instead of a traceback, and let go of what they hold when told to stop."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # its base class is private
        """Runs the command that was asked for."""
        with interrupts.installed(), readable():
            return super().invoke(ctx)


@contextmanager
def readable() -> Iterator[None]:
    """Turns known errors into lines on stderr and the exit code 1."""
    try:
        yield
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _is_gone(sys.stdout):
            logs.let_go(sys.stdout)
            raise typer.Exit(1) from None
        text = explain(error)
        if text is None:
            raise
        for line in text.splitlines():
            typer.echo(f"hearth: {line}", err=True)
        raise typer.Exit(1) from None


def _is_gone(stream: TextIO) -> bool:
    """Whether its reader has closed the pipe: only then it was not the database's connection that broke."""
    watch = select.poll()
    watch.register(stream.fileno(), select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(0))


def explain(error: BaseException) -> str | None:
    """What to tell of an error; None if it is a bug."""
    if isinstance(error, (Failure, *_OF_THEIR_OWN_WORDS)):
        return str(error)
    if isinstance(error, HearthError) and not isinstance(error, Unavailable):
        return " ".join((error.detail, *(field.message for field in error.errors)))
    state = sqlstate_of(error)
    for prefix, text in _BY_SQLSTATE.items():
        if state is not None and state.startswith(prefix):
            return text
    if isinstance(error, OSError | TimeoutError | DBAPIError) and isinstance(problem_of(error), Unavailable):
        return _AWAY
    return None
