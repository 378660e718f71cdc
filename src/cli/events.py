"""`hearth events`: what handlers could not do."""

from collections.abc import Sequence
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from src.cli import opened
from src.cli.endings import Failure
from src.database import Database
from src.events import dead_letters as events_dead_letters
from src.events import errors as events_errors
from src.events import exceptions as events_exceptions
from src.events import models as events_models
from src.runtime import Runtime

_PAGE = 100

app = typer.Typer(help="See to events that a package could not handle.", no_args_is_help=True)
dead = typer.Typer(help="Events that were tried often enough and set aside.", no_args_is_help=True)
app.add_typer(dead, name="dead")

Package = Annotated[str | None, typer.Option("--package", help="Only those of one package.")]


@app.callback()
def group() -> None:
    """See to events that a package could not handle."""


@dead.command("list")
def show_list(
    *, package: Package = None, before: Annotated[int | None, typer.Option(help="Older than this one.")] = None
) -> None:
    """List them, newest first."""

    async def read(database: Database) -> Sequence[events_models.DeadLetter]:
        async with database.read() as session:
            return await events_dead_letters.list_dead(session, subscription=package, before=before, limit=_PAGE)

    letters = opened.with_database(read, migrate=False)
    if not letters:
        typer.echo("There are none.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Id", no_wrap=True)
    for column in ("Package", "Event", "Died", "Error"):
        table.add_column(column, overflow="fold")
    for one in letters:
        table.add_row(str(one.id), one.subscription, one.type, f"{one.died_at:%Y-%m-%d %H:%M:%S}", one.error)
    Console(highlight=False).print(table)
    if len(letters) == _PAGE:
        typer.echo(f"More: --before {letters[-1].id}")


@dead.command("show")
def show(letter_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Show one with all that it holds: ids, and nothing that people have written."""

    async def read(database: Database) -> events_models.DeadLetter:
        async with database.read() as session:
            return await events_dead_letters.find(session, letter_id)

    letter = opened.with_database(read, migrate=False)
    fields = {
        "id": letter.id,
        "package": letter.subscription,
        "type": letter.type,
        "actor_id": letter.actor_id,
        "at": letter.at,
        "stream": letter.stream,
        "ev": letter.ev,
        "payload": letter.payload,
        "attempts": letter.attempts,
        "died_at": letter.died_at,
        "error": letter.error,
    }
    typer.echo(orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode())


@dead.command("replay")
def replay(
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID…", help="As `list` names them.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All of them, oldest first.")] = False,
    package: Package = None,
) -> None:
    """Handle them once more, and throw away what went well this time."""
    if bool(ids) is every:
        raise Failure("Name the letters to replay, or say --all.")

    async def run(runtime: Runtime) -> list[str]:
        wanted = ids or await _all(runtime.database, package)
        return [line for letter_id in wanted if (line := await _replay(runtime, letter_id))]

    failed = opened.with_runtime(run, migrate=False)
    if failed:
        raise Failure(*failed)
    typer.echo("All of it went well.")


async def _all(database: Database, package: str | None) -> list[int]:
    found: list[int] = []
    before: int | None = None
    while True:
        async with database.read() as session:
            page = await events_dead_letters.list_dead(session, subscription=package, before=before, limit=_PAGE)
        found += [one.id for one in page]
        if len(page) < _PAGE:
            return sorted(found)
        before = page[-1].id


async def _replay(runtime: Runtime, letter_id: int) -> str | None:
    """Why it did not go well; None if it did."""
    try:
        await runtime.events.replay(letter_id)
    except (events_exceptions.DeadLetterNotFound, events_exceptions.DeadLetterUnclaimed) as error:
        return f"{letter_id}: {error.detail}"
    except Exception as error:  # noqa: BLE001  whatever a handler raises; the letter stays, the others are tried
        return f"{letter_id}: failed again: {events_errors.described(error)}"
    return None
