"""An export on its way to its owner: the whole file or a part of it, a piece at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import anyio

from src.media import serving as media_serving

_PIECE = 2**18


@dataclass(frozen=True)
class ExportedFile:
    """The file of an export, what it is called where it is saved, and which part of it is asked for, if any."""

    path: Path
    name: str
    size: int
    span: media_serving.Span | None

    @property
    def status(self) -> HTTPStatus:
        """Whether it is the whole."""
        return HTTPStatus.OK if self.span is None else HTTPStatus.PARTIAL_CONTENT

    def headers(self) -> dict[str, str]:
        """What stands before the bytes."""
        found = {
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{self.name}"',
            "Content-Length": str(self.size if self.span is None else self.span.length),
        }
        if self.span is not None:
            last = self.span.start + self.span.length - 1
            found["Content-Range"] = f"bytes {self.span.start}-{last}/{self.size}"
        return found

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes."""
        start, left = (0, self.size) if self.span is None else (self.span.start, self.span.length)
        async with await anyio.open_file(self.path, "rb") as file:
            await file.seek(start)
            while left > 0 and (piece := await file.read(min(_PIECE, left))):
                left -= len(piece)
                yield piece
