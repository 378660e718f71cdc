"""A way to a server that ends, or falls silent with both ends still open, after any number of bytes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.listening import listening

_PIECE = 1024


@dataclass
class Tunnel:
    """The way.

    Attributes:
        url: where it begins.
        budget: how many bytes pass through each of its connections, as a range.
        fates: how connections have ended.
    """

    host: str
    port: int
    moments: random.Random
    budget: tuple[int, int]
    url: str = ""
    is_sound: bool = False
    fates: list[str] = field(default_factory=list)
    _others: list[asyncio.StreamWriter] = field(default_factory=list)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(OSError):
            there, back = await asyncio.open_connection(self.host, self.port)
            self._others.append(back)
            left = [self.moments.randint(*self.budget)]
            ways = [asyncio.create_task(self._pump(*way, left)) for way in ((reader, back), (there, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                if left[0] <= 0 and self.moments.random() < 0.5:
                    # Half open: nothing comes through any more, and nobody is told.
                    self.fates.append("silent")
                    return
                self.fates.append("cut")
                for end in (writer, back):
                    end.transport.abort()
            finally:
                for way in ways:
                    way.cancel()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int]) -> None:
        with suppress(OSError):
            while self.is_sound or left[0] > 0:
                piece = await reader.read(_PIECE if self.is_sound else min(_PIECE, left[0]))
                if not piece:
                    left[0] = max(left[0], 1)
                    return
                left[0] -= len(piece)
                writer.write(piece)
                await writer.drain()

    def close(self) -> None:
        """Ends all that still stands there."""
        for writer in self._others:
            writer.transport.abort()


@asynccontextmanager
async def tunnel(url: str, budget: tuple[int, int], seed: int) -> AsyncIterator[Tunnel]:
    """A tunnel to this address."""
    host, port = url.removeprefix("http://").split(":")
    made = Tunnel(host, int(port), random.Random(seed), budget)
    try:
        async with listening(made.carry) as own_port:
            made.url = f"http://127.0.0.1:{own_port}"
            yield made
    finally:
        made.close()
