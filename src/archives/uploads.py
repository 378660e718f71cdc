"""Takes a file in: what comes is written to the disk at once, and removed again if it is not kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request

from src import files
from src.archives import folder
from src.archives.exceptions import ImportEmpty


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
        upload.bytes = await _spooled(request, path)
        if not upload.bytes:
            raise ImportEmpty
        yield upload
    finally:
        if not upload.kept:
            await to_thread.run_sync(partial(path.unlink, missing_ok=True))


async def _spooled(request: Request, path: Path) -> int:
    with folder.storable():
        spool = files.Spool(path)
        try:
            async for piece in request.stream():
                await spool.take([piece])
            await spool.end()
        finally:
            spool.close()
        await to_thread.run_sync(files.flush, path)
    return spool.size
