"""Files on the local disk: written whole or not at all, as they come, and only while there is room."""

import asyncio
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from anyio import to_thread

# What the system says of a disk without room for more.
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# From this share of a disk on, nothing more is taken from people.
_FULLEST: Final = 0.95
_WRITE_BYTES: Final = 2 * 1024 * 1024


def is_too_full(folder: Path, *, more: int) -> bool:
    """Whether the folder's disk would be too full with so many bytes more."""
    found = shutil.disk_usage(folder)
    return found.total - found.free + more > _FULLEST * found.total


def created(path: Path) -> int:
    """The descriptor of a new file, to be written by its owner alone."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def flush(path: Path) -> None:
    """Makes a file's content, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def written(target: Path) -> Iterator[Path]:
    """A path to write to; the target is the whole file once the block has ended, or what it was before if it failed."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        os.close(created(draft))
        yield draft
        flush(draft)
        draft.replace(target)
        flush(target.parent)
    finally:
        draft.unlink(missing_ok=True)


class Spool:
    """A new file that is written as its content comes, some MiB at a time in a thread."""

    def __init__(self, path: Path, *, digest: "hashlib._Hash | None" = None) -> None:
        """Creates the file; the digest, if there is one, hears of all that is written.

        Raises:
            OSError: it cannot be created.
        """
        self._descriptor = created(path)
        self._digest = digest
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._writing: asyncio.Task[None] | None = None
        self.size = 0

    async def take(self, pieces: Sequence[bytes]) -> None:
        """The next bytes of the file.

        Raises:
            OSError: the disk refuses them.
        """
        more = sum(map(len, pieces))
        self.size += more
        self._waiting += more
        self._pieces += pieces
        if self._waiting >= _WRITE_BYTES:
            await self.end()

    async def end(self) -> None:
        """Writes what waits.

        Raises:
            OSError: the disk refuses it.
        """
        pieces, self._pieces, self._waiting = self._pieces, [], 0

        def write() -> None:
            data = memoryview(b"".join(pieces))
            if self._digest is not None:
                self._digest.update(data)
            while data:
                data = data[os.write(self._descriptor, data) :]

        # A task of its own: who waits for it may be cancelled, the thread cannot.
        self._writing = asyncio.create_task(to_thread.run_sync(write), name="spool")
        await asyncio.shield(self._writing)

    def close(self) -> None:
        """Closes the file; behind the write that is under way, if somebody broke off: its thread goes on."""
        if self._writing is None or self._writing.done():
            os.close(self._descriptor)
        else:
            self._writing.add_done_callback(lambda _: os.close(self._descriptor))
