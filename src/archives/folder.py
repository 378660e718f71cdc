"""Where exports and uploads lie: a folder that nobody else on the machine may look into.

A file is written under another name, flushed and renamed: it is there whole or not at all.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from src.archives.config import ArchivesSettings
from src.archives.constants import FULLEST_DISK
from src.archives.exceptions import ArchiveStorageFull
from src.config import Settings, of

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
PART = ".part"


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
        if error.errno in _FULL:
            raise ArchiveStorageFull from error
        raise


def refuse_full(folder: Path, more: int) -> None:
    """Raises ArchiveStorageFull if the disk would be too full with so many bytes more."""
    found = shutil.disk_usage(folder)
    if found.total - found.free + more > FULLEST_DISK * found.total:
        raise ArchiveStorageFull


@contextmanager
def written(target: Path) -> Iterator[Path]:
    """A path to write to; the target is the whole file once the block has ended, or what it was before if it failed."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}{PART}")
    try:
        with storable():
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            yield part
            _flush(part)
            part.replace(target)
            _flush(target.parent)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


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


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
