"""`hearth backup` and `hearth restore`: all of a Hearth, its database and its files, in one file and back."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from src import embedded, migrations
from src.cli import bars, data_lock, opened
from src.cli.endings import Failure
from src.config import Settings
from src.media import directory_store, stores
from src.operations import backups

_STEPS = {
    backups.Step.CHECK: "Check",
    backups.Step.DATABASE: "Database",
    backups.Step.FILES: "Files",
}
_LOCK = "serve.lock"


def backup(file: Annotated[Path, typer.Argument(help="The file to make, which holds secrets.")]) -> None:
    """Write the database, the keys and all other files into one file; beside a running server or without one.

    Media in S3, or in a MEDIA_DIRECTORY outside of the data directory, are not in it.
    """
    settings = opened.settings()
    if settings.database_url is None and not (settings.data_directory / "postgres").is_dir():
        raise Failure(f"There is no Hearth in {settings.data_directory}: name its data directory by HEARTH_DATA.")
    media = directory_store.kept(stores.folder_of(settings))
    with _source(settings) as source, bars.shown(_STEPS) as progress, media:
        backups.write(file, source, progress)
    typer.echo(
        f"{file} ({decimal(file.stat().st_size)}) holds all of it, secrets too: keep it where nobody else reads."
    )


def restore(file: Annotated[Path, typer.Argument(help="A file that `hearth backup` has made.")]) -> None:
    """Make a Hearth from a backup, in an empty data directory; `hearth serve` goes on from there."""
    settings = opened.settings()
    folder = settings.data_directory
    if folder.is_dir() and _inside(folder):
        raise Failure(f"{folder} is not empty: a backup is restored into an empty data directory (HEARTH_DATA) only.")
    with bars.shown(_STEPS) as progress, backups.opened(file, progress) as found, data_lock.held(folder):
        try:
            found.unpack_files(folder, progress)
            with _source(settings) as goal:
                _ensure_empty(goal)
                found.load(goal, progress)
                # Raises for what a newer Hearth has made.
                asyncio.run(migrations.state(goal.url))
        except BaseException:
            _clear(folder)
            raise
    typer.echo(f"{folder} is as it was when the backup was made. Start Hearth on it.")


@contextmanager
def _source(settings: Settings) -> Iterator[backups.Source]:
    if settings.database_url is not None:
        yield backups.Source(settings.database_url, data_directory=settings.data_directory)
        return
    with embedded.start(settings.data_directory) as server:
        yield backups.Source(server.owner_url, data_directory=settings.data_directory)


def _ensure_empty(goal: backups.Source) -> None:
    if asyncio.run(migrations.state(goal.url)).current is not None:
        raise Failure("The database of DATABASE_URL is not empty: a backup is restored into an empty one only.")


def _inside(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != _LOCK]


def _clear(folder: Path) -> None:
    """Takes away what a restore has begun, so that it can be begun anew."""
    for path in _inside(folder):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
