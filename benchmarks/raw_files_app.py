"""What files are measured against: a form written to a disk as it comes, a file read and sent, and nothing else."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from python_multipart.multipart import MultipartParser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from src.media.constants import CHUNK_BYTES

FOLDER = Path(tempfile.mkdtemp(prefix="hearth-bench-raw-", dir=os.environ.get("HEARTH_DATA")))


async def take(request: Request) -> Response:
    """Takes a form apart and writes its file, durably."""
    with (FOLDER / "file").open("wb", buffering=0) as file:

        def write(data: bytes, start: int, end: int) -> None:
            file.write(data[start:end])

        parser = MultipartParser("x", {"on_part_data": write})
        async for piece in request.stream():
            parser.write(piece)
        os.fsync(file.fileno())
    return PlainTextResponse("there", 202)


async def give(_request: Request) -> Response:
    """Sends the file, in pieces of the size that Hearth takes."""

    def pieces() -> Iterator[bytes]:
        with (FOLDER / "file").open("rb", buffering=0) as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece

    return StreamingResponse(pieces())


async def probe(_request: Request) -> Response:
    """Says that it is up."""
    return PlainTextResponse("up")


app = Starlette(routes=[Route("/", probe), Route("/file", take, methods=["POST"]), Route("/file", give)])
