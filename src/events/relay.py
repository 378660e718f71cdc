"""The relay of one process: a line to PostgreSQL that wakes others, and leads if nobody else does.

One process leads, the holder of a session's lock: it looks at what has been committed and rings the bus. The lock goes
with the connection, so leadership moves within a second when a leader dies or is cut off; two leaders for a moment do
no harm, as each subscription's mark is locked while it is moved.
"""

import asyncio
import logging
from collections.abc import Collection
from contextlib import AsyncExitStack

from src.database import Database
from src.events import line, queries
from src.events.constants import (
    CHANNEL,
    HELD_SECONDS,
    LEADER_LOCK,
    PACE_SECONDS,
    POLL_SECONDS,
    RECONNECT_SECONDS,
)
from src.events.errors import described
from src.events.everywhere import Everywhere
from src.events.port import Bus

logger = logging.getLogger(__name__)


class Relay:
    """Runs as one task for the life of its process."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        types: Collection[str] | None,
        everywhere: Everywhere | None,
        *,
        name: str = "relay",
    ) -> None:
        """Takes the bus to ring, the types of events that it carries (None: all), and who hears the outbox's tail.

        The database knows it by its name.
        """
        self._name = name
        self.is_leading = False
        self._database = database
        self._bus = bus
        self._types = types
        self._everywhere = everywhere
        self._awake = asyncio.Event()
        self._announce = False
        # All transactions before this one have been looked at.
        self._scanned = 0
        self._held_turns = 0
        self._next_try = 0.0

    def wake(self) -> None:
        """This process has committed events: look at once, and tell the others."""
        self._announce = True
        self._awake.set()

    async def run(self) -> None:
        """Serves until cancelled, over one connection after the other."""
        if self._everywhere is not None:
            self._everywhere.follow()
        while True:
            try:
                async with line.opened(self._database, name=self._name) as opened, AsyncExitStack() as leadership:
                    await opened.listen(CHANNEL, self._awake.set)
                    while True:
                        self._awake.clear()
                        await self._turn(opened, leadership)
                        await self._rest()
            except line.LOST as error:
                logger.warning("the relay has lost its connection: %s", described(error))
            except Exception:
                logger.exception("the relay failed and starts again")
            finally:
                self.is_leading = False
                self._next_try = 0.0
                self._held_turns = 0
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _turn(self, opened: line.Line, leadership: AsyncExitStack) -> None:
        if self._announce:
            self._announce = False
            await opened.notify(CHANNEL)
        if not self.is_leading:
            await self._try_to_lead(opened, leadership)
        if not self.is_leading and self._everywhere is None:
            return
        horizon = await queries.read_horizon(opened)
        if self._everywhere is not None:
            await self._everywhere.read_tail(opened, horizon)
        if self.is_leading:
            fresh = await queries.fresh_types(opened, self._types, since=self._scanned, horizon=horizon)
            self._scanned = horizon
            self._held_turns = 0 if all(fresh.values()) else self._held_turns + 1
            self._bus.wake([kind for kind, readable in fresh.items() if readable])

    async def _try_to_lead(self, opened: line.Line, leadership: AsyncExitStack) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_try:
            return
        self._next_try = now + POLL_SECONDS
        if await opened.try_lock(LEADER_LOCK):
            # What lies below is found by the bus itself when it begins.
            self._scanned = await queries.read_horizon(opened)
            await leadership.enter_async_context(self._bus.leading())
            self.is_leading = True
            logger.info("this process leads the relay")

    async def _rest(self) -> None:
        """Until somebody wakes it or it is time to look again; many wake-ups in a short time are one."""
        await asyncio.sleep(PACE_SECONDS)
        seconds = POLL_SECONDS
        if self._held_turns:
            seconds = HELD_SECONDS[min(self._held_turns, len(HELD_SECONDS)) - 1]
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return
