"""`hearth export`: all that an account owns, in one file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from src.archives import exporting
from src.cli import bars, opened
from src.cli.endings import Failure
from src.runtime import Runtime

_STEP = "export"


def export(
    account: Annotated[str, typer.Argument(help="Whose: a username.")],
    file: Annotated[Path, typer.Argument(help="The file to make, a zip archive.")],
) -> None:
    """Write all that an account owns into one file: its rows as JSON, its files, and what Mastodon reads.

    `hearth import hearth` brings it back, here or on another server.
    """
    if not file.parent.is_dir():
        raise Failure(f"There is no folder {file.parent}.")
    if file.exists():
        raise Failure(f"{file} is there already: choose another name, or move it away.")

    async def run(runtime: Runtime) -> int:
        found = await opened.account(runtime.database, account)
        with bars.shown({_STEP: "Export"}) as show:

            async def progress(done: int, total: int) -> None:
                show(_STEP, done, total)

            return await exporting.write(
                runtime.database,
                exporting.of_account(runtime.registry),
                account_id=found.id,
                target=file,
                hearth_url=runtime.settings.hearth_url,
                resources=runtime.resources,
                progress=progress,
            )

    size = opened.with_runtime(run, migrate=False)
    typer.echo(f"{file} ({decimal(size)}) holds all of @{account.removeprefix('@')}: keep it where nobody else reads.")
