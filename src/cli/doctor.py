"""`hearth doctor`: looks at everything that goes wrong sooner or later, and says how to cure it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from src.cli import failures
from src.config import Settings, of
from src.feature import Registry
from src.features import FEATURES
from src.migrations import SchemaTooNew
from src.operations import doctor as operations_doctor
from src.operations import sanity
from src.runtime import CONSUMED, SchemaOutdated, open_database
from src.timelines import rebuild


def doctor(
    *,
    rebuild_timelines: Annotated[
        bool, typer.Option("--rebuild-timelines", help="First make every home timeline anew from posts and follows.")
    ] = False,
) -> None:
    """Check settings, machine, database and derived data; exit code 1 if anything is wrong."""
    console = Console(highlight=False, soft_wrap=True)

    async def main() -> int:
        return sum([_show(console, one) async for one in _examine(rebuild_timelines=rebuild_timelines)])

    wrong = asyncio.run(main())
    if wrong:
        console.print(f"[bold]{wrong} of these {'needs' if wrong == 1 else 'need'} you.[/]")
        raise typer.Exit(1)
    console.print("[bold]All is well.[/]")


def _show(console: Console, diagnosis: operations_doctor.Diagnosis) -> bool:
    """Prints a line for each problem, or one that there is none; whether there is one."""
    for problem in diagnosis.problems:
        console.print(f"[red]wrong[/]  {escape(diagnosis.name)}: {escape(problem)}")
    if not diagnosis.problems:
        console.print(f"[green]ok[/]     {escape(diagnosis.name)}")
    return bool(diagnosis.problems)


async def _examine(*, rebuild_timelines: bool) -> AsyncIterator[operations_doctor.Diagnosis]:
    refused = sanity.unreadable()
    if refused:
        yield operations_doctor.Diagnosis("settings", tuple(refused))
        return
    settings = of(Settings)
    for one in operations_doctor.look_at_machine(settings):
        yield one
    async for one in operations_doctor.look_at_kafka():
        yield one
    if not sanity.fit_database(settings):
        return
    registry = Registry(FEATURES, consumed=CONSUMED)
    try:
        async with open_database(settings, migrate=False) as database:
            if rebuild_timelines:
                typer.echo(f"{await rebuild.rebuild_all(database)} home timelines made anew")
            async for one in operations_doctor.look_at_database(database, registry):
                yield one
    except Exception as error:
        reason = failures.explain(error)
        if reason is None:
            raise
        name = "schema" if isinstance(error, SchemaOutdated | SchemaTooNew) else "database"
        yield operations_doctor.Diagnosis(name, (reason,))
