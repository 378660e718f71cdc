"""What every command is wrapped in, and how one ends that cannot be done: a line on stderr and exit code 1.

It imports little, for commands that shall begin at once; `failures` adds the words for errors of the whole house.
"""

import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import typer
from typer.core import TyperGroup

from src import logs, visible
from src.cli import interrupts
from src.client import exceptions as client_exceptions
from src.exceptions import HearthError, Unavailable


class Failure(Exception):
    """A command cannot do what it was asked to; each line says why, or how to go on."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))


def explain(error: BaseException) -> str | None:
    """What to tell of an error; None if it is a bug, or one of another part of the house."""
    if isinstance(error, Failure | client_exceptions.ClientError):
        return str(error)
    if isinstance(error, HearthError) and not isinstance(error, Unavailable):
        return " ".join((error.detail, *(field.message for field in error.errors)))
    return None


class ReadableGroup(TyperGroup):
    """All commands below it end with a line instead of a traceback, and let go of what they hold when told to stop."""

    @staticmethod
    def explained(error: BaseException) -> str | None:
        """The words for an error; None for a bug."""
        return explain(error)

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # its base class is private
        """Runs the command that was asked for."""
        with interrupts.installed(), readable(self.explained):
            return super().invoke(ctx)


def application(kind: type[TyperGroup]) -> typer.Typer:
    """An application without commands as yet."""
    return typer.Typer(
        name="hearth",
        cls=kind,
        help="Hearth: a home server for a community.",
        epilog="Settings come from the environment and from the file .env, which explains each of them.",
        no_args_is_help=True,
        add_completion=False,
        # A traceback of Rich's shows the values of variables, secrets among them.
        pretty_exceptions_enable=False,
    )


@contextmanager
def readable(explained: Callable[[BaseException], str | None]) -> Iterator[None]:
    """Turns the errors that are explained into lines on stderr and the exit code 1."""
    try:
        yield
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _is_gone(sys.stdout):
            logs.let_go(sys.stdout)
            raise typer.Exit(1) from None
        text = explained(error)
        if text is None:
            raise
        for line in text.splitlines():
            typer.echo(f"hearth: {visible.line(line)}", err=True)
        raise typer.Exit(1) from None


def _is_gone(stream: TextIO) -> bool:
    """Whether its reader has closed the pipe: only then it was not the database's connection that broke."""
    watch = select.poll()
    watch.register(stream.fileno(), select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(0))
