"""A zip archive as it is written: piece by piece to the disk, in a thread, whatever its size."""

import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import IO

from anyio import to_thread

from src import clock
from src.archives import folder

# What is collected before a thread is asked to write it.
_PIECE = 2**18


class Pen:
    """The archive; one file of it is written at a time."""

    def __init__(self, path: Path) -> None:
        """Takes over an empty file."""
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True)

    @asynccontextmanager
    async def file(self, path: str, *, packed: bool = True) -> AsyncIterator["Sheet"]:
        """A file of the archive; `packed` is false for what is compressed already."""
        entry = zipfile.ZipInfo(path, clock.now().timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        entry.external_attr = 0o600 << 16
        sheet = Sheet(self._zip.open(entry, "w", force_zip64=True))
        try:
            yield sheet
            await sheet.flush()
        finally:
            await to_thread.run_sync(sheet.close)

    async def write(self, path: str, content: bytes) -> None:
        """A small file."""
        async with self.file(path) as sheet:
            await sheet.write(content)

    async def finish(self) -> None:
        """Writes the directory; without it, it is no archive."""
        await to_thread.run_sync(self._zip.close)


class Sheet:
    """One file of the archive."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._waiting = bytearray()

    async def write(self, content: bytes) -> None:
        """Writes on."""
        self._waiting += content
        if len(self._waiting) >= _PIECE:
            await self.flush()

    async def flush(self) -> None:
        """Hands over what has been collected."""
        content, self._waiting = bytes(self._waiting), bytearray()
        with folder.storable():
            await to_thread.run_sync(partial(self._target.write, content))

    def close(self) -> None:
        """The file ends."""
        with folder.storable():
            self._target.close()
