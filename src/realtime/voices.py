"""What passes (typing) on its way to the other processes: by NOTIFY, many at once, and lost if it is not heard now."""

import asyncio
import logging
from collections.abc import Collection
from typing import Final

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from src.database import Database
from src.events import errors as events_errors
from src.events import line
from src.realtime.hub import Hub

logger = logging.getLogger("hearth.realtime")

_CHANNEL: Final = "hearth_voices"
# PostgreSQL takes less than 8,000 bytes.
_MAX_BYTES: Final = 7000
_PACE_SECONDS: Final = 0.05
_AGAIN_SECONDS: Final = 0.5
# What is older than this when the line is back is not said any more.
_MOST_WAITING: Final = 1000


class _Said(BaseModel):
    """One of it."""

    stream: str
    t: str
    d: str
    by: int
    ttl: int
    to: frozenset[int] | None = None


_MANY: Final = TypeAdapter(list[_Said])


class Voices:
    """One task with a connection of its own, once this process has sockets."""

    def __init__(self, hub: Hub, database: Database) -> None:
        self._hub = hub
        self._database = database
        self._waiting: list[bytes] = []
        self._awake = asyncio.Event()

    def say(self, stream: str, frame_type: str, data: bytes, by: int, ttl_ms: int, to: Collection[int] | None) -> None:
        """Notes what the others are to hear."""
        said = orjson.dumps(
            {
                "stream": stream,
                "t": frame_type,
                "d": data.decode(),
                "by": by,
                "ttl": ttl_ms,
                "to": None if to is None else list(to),
            }
        )
        if len(said) < _MAX_BYTES and len(self._waiting) < _MOST_WAITING:
            self._waiting.append(said)
            self._awake.set()

    async def run(self) -> None:
        """Speaks and listens until cancelled."""
        while True:
            try:
                async with line.opened(self._database, name="voices") as opened:
                    await opened.hear(_CHANNEL, self._hear, self._awake.set)
                    await self._speak(opened)
            except line.LOST as error:
                logger.warning("what passes is heard in this process alone: %s", events_errors.described(error))
            self._waiting.clear()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _speak(self, opened: line.Line) -> None:
        while not opened.is_lost:
            await self._awake.wait()
            self._awake.clear()
            while self._waiting:
                await opened.notify(_CHANNEL, self._next())
            await asyncio.sleep(_PACE_SECONDS)

    def _next(self) -> str:
        """As much as goes into one NOTIFY."""
        size = taken = 0
        for said in self._waiting:
            size += len(said) + 1
            if size > _MAX_BYTES:
                break
            taken += 1
        some, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return f"[{b','.join(some).decode()}]"

    def _hear(self, payload: str) -> None:
        try:
            found = _MANY.validate_json(payload)
        except ValidationError:
            # Another version's.
            return
        for said in found:
            self._hub.pass_on(said.stream, said.t, said.d.encode(), said.by, said.ttl, said.to)
