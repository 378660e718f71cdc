"""Where exports and uploads lie: a folder that nobody else on the machine may look into.

A file is written under another name, flushed and renamed: it is there whole or not at all.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from src import files
from src.archives.config import ArchivesSettings
from src.archives.exceptions import ArchiveStorageFull
from src.config import Settings, of


def opened() -> Path:
    """The folder, made if need be."""
    folder = of(ArchivesSettings).archives_directory or of(Settings).data_directory / "archives"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(key: str) -> Path:
    """Where the file of this key is."""
    return opened() / key


def new_key() -> str:
    """A name that nobody can guess."""
    return secrets.token_hex(16)


@contextmanager
def storable() -> Iterator[None]:
    """Turns a full disk into our error."""
    try:
        yield
    except OSError as error:
        if error.errno in files.FULL:
            raise ArchiveStorageFull from error
        raise


def refuse_full(folder: Path, more: int) -> None:
    """Raises ArchiveStorageFull if the disk would be too full with so many bytes more."""
    if files.is_too_full(folder, more=more):
        raise ArchiveStorageFull


@contextmanager
def written(target: Path) -> Iterator[Path]:
    """See `files.written`; a full disk is our error."""
    with storable(), files.written(target) as draft:
        yield draft


def remove(names: Iterable[str]) -> None:
    """Removes files; one that is not there is fine."""
    for name in names:
        path_of(name).unlink(missing_ok=True)


def older_than(instant: datetime) -> list[str]:
    """The names of files that nobody has touched since."""
    with os.scandir(opened()) as entries:
        return [
            entry.name
            for entry in entries
            if entry.is_file(follow_symlinks=False)
            and datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC) < instant
        ]
