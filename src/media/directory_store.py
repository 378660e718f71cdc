"""Files in a folder of the local disk.

`files/ab/abcdef…` are the files, `incoming/` what is on its way. A file is written there, flushed, renamed to its place
and the folder flushed: after a power loss it is there whole or not at all.
"""

import fcntl
import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import anyio
from anyio import to_thread

from src import files
from src.media.constants import CHUNK_BYTES, DISK_AT_ONCE, StoreName
from src.media.exceptions import MediaNotFound, StorageFull, StoreUnavailable
from src.media.store import Stored

T = TypeVar("T")

INCOMING: Final = "incoming"
_FILES: Final = "files"


@contextmanager
def readable() -> Iterator[None]:
    """Turns what the system says of its disk into our errors."""
    try:
        yield
    except FileNotFoundError:
        raise MediaNotFound from None
    except OSError as error:
        raise (StorageFull if error.errno in files.FULL else StoreUnavailable) from error


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """No process removes a file of this store for the length of the block: what rows let go of meanwhile waits.

    For a backup, which first reads the rows and then the files that they name.
    """
    place = folder / _FILES
    if not place.is_dir():
        yield
        return
    with _locked(place, fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


class DirectoryStore:
    """See the module and `store.Store`."""

    name = StoreName.DIRECTORY

    def __init__(self, folder: Path) -> None:
        """Makes the folders if need be; nobody else on the machine may look into them."""
        self.incoming = folder / INCOMING
        self._files = folder / _FILES
        self._threads = anyio.CapacityLimiter(DISK_AT_ONCE)
        for path in (folder, self.incoming, self._files):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def keep(self, key: str, source: Path, content_type: str) -> None:
        """See `Store`; the type stands in the row."""
        del content_type
        await self._run(lambda: _move(source, self._path(key)))

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """See `Store`."""
        descriptor = await self._run(lambda: os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC))
        try:
            end = start + length
            while start < end:
                piece = await self._run(partial(os.pread, descriptor, min(CHUNK_BYTES, end - start), start))
                if not piece:
                    raise StoreUnavailable
                start += len(piece)
                yield piece
        finally:
            os.close(descriptor)

    async def size(self, key: str) -> int:
        """See `Store`."""
        return (await self._run(self._path(key).stat)).st_size

    async def borrow(self, key: str, folder: Path) -> Path:
        """See `Store`: the file itself."""
        del folder
        path = self._path(key)
        await self._run(path.stat)
        return path

    async def forget(self, keys: Sequence[str]) -> None:
        """See `Store`."""

        def remove() -> None:
            with _locked(self._files, fcntl.LOCK_SH | fcntl.LOCK_NB):
                for key in keys:
                    self._path(key).unlink(missing_ok=True)

        await self._run(remove)

    async def listed(self) -> AsyncIterator[Stored]:
        """See `Store`; one folder at a time."""
        for folder in await self._run(lambda: sorted(self._files.iterdir())):
            for found in await self._run(partial(_contents, folder)):
                yield found

    async def clear(self, before: datetime) -> None:
        """See `Store`."""
        await self._run(lambda: _clear(self.incoming, before))

    def link(self, key: str, content_type: str, disposition: str) -> None:
        """See `Store`: Hearth itself sends it."""
        del key, content_type, disposition

    def form(self, key: str, most_bytes: int) -> None:
        """See `Store`: Hearth itself takes it."""
        del key, most_bytes

    def _path(self, key: str) -> Path:
        return self._files / key[:2] / key

    async def _run(self, function: Callable[[], T]) -> T:
        def run() -> T:
            with readable():
                return function()

        return await to_thread.run_sync(run, limiter=self._threads)


def _move(source: Path, target: Path) -> None:
    files.flush(source)
    folder = target.parent
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        files.flush(folder.parent)
    source.replace(target)
    files.flush(folder)


def _contents(folder: Path) -> list[Stored]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            about = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(about.st_mode):
                found.append(Stored(entry.name, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC)))
    return found


def _clear(incoming: Path, before: datetime) -> None:
    with os.scandir(incoming) as entries:
        for entry in entries:
            if entry.stat(follow_symlinks=False).st_mtime >= before.timestamp():
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink(missing_ok=True)
