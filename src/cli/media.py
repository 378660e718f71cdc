"""`hearth media`: where files are."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.filesize import decimal

from src.cli import bars, opened
from src.cli.endings import Failure
from src.exceptions import Unavailable
from src.media import exceptions as media_exceptions
from src.media import moving, stores
from src.media.constants import STORES_RESOURCE, StoreName
from src.runtime import Runtime

app = typer.Typer(help="See to the files that people have uploaded.", no_args_is_help=True)


_S3_SETTINGS = "S3_BUCKET_NAME and what goes with it"


class _Step(StrEnum):
    FILES = "files"


@app.callback()
def group() -> None:
    """See to the files that people have uploaded."""


@app.command("move")
def move(
    *,
    to: Annotated[StoreName, typer.Option(help="Where all files are to be: directory or s3 (set up as MEDIA_STORE).")],
) -> None:
    """Move all files into the folder or into S3, while the server runs. Stopped, it goes on when it is started again.

    Set MEDIA_STORE first and start the server anew, so that new files go there too.
    """

    async def run(runtime: Runtime) -> tuple[int, int]:
        found = runtime.resources[STORES_RESOURCE]
        if not isinstance(found, stores.Stores) or to not in found.by_name:
            raise Failure(f"S3 is not set up: {_S3_SETTINGS} have to be set.")
        with bars.shown({_Step.FILES: "Files"}) as progress:
            return await moving.move_all(
                runtime.database, found, to=to, progress=lambda done, total: progress(_Step.FILES, done, total)
            )

    try:
        files, size = opened.with_runtime(run, migrate=False)
    except media_exceptions.StoreUnavailable:
        raise Failure(
            f"Some files are not where the settings lead: to move them out of S3, {_S3_SETTINGS} have to be set."
        ) from None
    except Unavailable as error:
        raise Failure(f"{error.detail} What was moved stays moved; start this again for the rest.") from None
    typer.echo(f"{files:,} files ({decimal(size)}) moved to {to}." if files else f"All files are in {to} already.")
