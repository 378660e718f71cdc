"""Bodies as they arrive, unpacked piece by piece: never more of one in memory than is wanted."""

import zlib
from collections.abc import AsyncIterator

from src.outbound import exceptions
from src.outbound.constants import BYTES_A_PIECE, MAX_PIECES

# What this server asks for; an answer packed in another way is no answer.
ACCEPTED = "gzip"
_GZIP = 16 + zlib.MAX_WBITS


class Body:
    """The first `limit` bytes of a body."""

    def __init__(self, encoding: str, limit: int) -> None:
        """Takes the `Content-Encoding` and the bound in bytes, unpacked.

        Raises:
            HostUnreachable: it is packed in a way that was not asked for.
        """
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise exceptions.HostUnreachable
        self._unpacker = zlib.decompressobj(_GZIP) if encoding.endswith("gzip") else None
        self._limit = limit
        self._kept = bytearray()
        self.is_cut = False

    @property
    def content(self) -> bytes:
        """What has come so far."""
        return bytes(self._kept)

    async def fill(self, chunks: AsyncIterator[bytes]) -> None:
        """Takes the chunks up to the bound, of bytes and of chunks; `is_cut` tells whether there was more.

        Raises:
            HostUnreachable: what is sent is not packed as it says.
        """
        left = MAX_PIECES + self._limit // BYTES_A_PIECE
        async for chunk in chunks:
            left -= 1
            room = self._limit - len(self._kept)
            piece = self._unpacked(chunk, room + 1)
            self._kept += piece[:room]
            if len(piece) > room or left < 0:
                self.is_cut = True
                return
            if self._unpacker is not None and self._unpacker.eof:
                # What follows is nothing of ours, and the unpacker would keep it.
                return

    def _unpacked(self, chunk: bytes, at_most: int) -> bytes:
        if self._unpacker is None:
            return chunk
        try:
            # One kilobyte can hold a megabyte: the bound has to be the unpacker's own.
            return self._unpacker.decompress(chunk, at_most)
        except zlib.error:
            raise exceptions.HostUnreachable from None
