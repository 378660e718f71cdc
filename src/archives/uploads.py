"""Takes a file in: what comes is written to the disk at once, and removed again if it is not kept."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from starlette.requests import Request

from src.archives import folder
from src.archives.exceptions import ImportEmpty

_PIECE = 2**20


@dataclass
class Upload:
    """A file that has come; `kept` once a row names it."""

    key: str
    bytes: int
    kept: bool = False


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Upload]:
    """The body of a request as a file.

    Raises:
        ArchiveStorageFull: there is no room for it.
        ImportEmpty: there is nothing in it.
    """
    upload = Upload(folder.new_key(), 0)
    path = await to_thread.run_sync(folder.path_of, upload.key)
    announced = request.headers.get("content-length", "")
    await to_thread.run_sync(folder.refuse_full, path.parent, int(announced) if announced.isdigit() else 0)
    try:
        upload.bytes = await _spooled(request, str(path))
        if not upload.bytes:
            raise ImportEmpty
        yield upload
    finally:
        if not upload.kept:
            await to_thread.run_sync(partial(path.unlink, missing_ok=True))


async def _spooled(request: Request, path: str) -> int:
    size, waiting = 0, bytearray()
    with folder.storable():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            async for piece in request.stream():
                waiting += piece
                if len(waiting) >= _PIECE:
                    size += await to_thread.run_sync(_write, descriptor, bytes(waiting))
                    waiting.clear()
            size += await to_thread.run_sync(_write, descriptor, bytes(waiting))
            await to_thread.run_sync(os.fsync, descriptor)
        finally:
            os.close(descriptor)
    return size


def _write(descriptor: int, content: bytes) -> int:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]
    return len(content)
