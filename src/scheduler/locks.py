"""The locks of jobs, all over one line that is opened when the first is taken, and again after it was lost."""

import asyncio
from contextlib import AsyncExitStack, suppress

from src.database import Database
from src.events import line


class Locks:
    """Named locks of which one process in all holds each; a process that dies holds none."""

    def __init__(self, database: Database) -> None:
        """Opens nothing yet."""
        self._database = database
        self._line: line.Line | None = None
        self._open = AsyncExitStack()
        # PostgreSQL lets one session take the same lock twice.
        self._held: set[str] = set()
        self._turn = asyncio.Lock()

    async def take(self, name: str) -> bool:
        """Takes the lock unless somebody has it.

        Raises:
            what `line.LOST` names: the server is away.
        """
        async with self._turn:
            if name in self._held:
                return False
            try:
                if self._line is None:
                    self._line = await self._open.enter_async_context(line.opened(self._database, name="scheduler"))
                is_free = await self._line.try_lock(name)
            except line.LOST:
                await self._hang_up()
                raise
            if is_free:
                self._held.add(name)
            return is_free

    async def give_back(self, name: str) -> None:
        """Gives the lock back; one that was lost with the line is back already."""
        async with self._turn:
            self._held.discard(name)
            if self._line is not None:
                try:
                    await self._line.unlock(name)
                except line.LOST:
                    await self._hang_up()

    async def close(self) -> None:
        """Closes the line."""
        async with self._turn:
            await self._hang_up()

    async def _hang_up(self) -> None:
        self._line = None
        with suppress(*line.LOST):
            await self._open.aclose()
