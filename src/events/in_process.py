"""The bus without a broker: the leading process runs the AFTER handlers itself, a task for each package."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from src import background, clock
from src.database import Database
from src.events import lane_queries, queries, uniting
from src.events.constants import HANDLERS_AT_ONCE, RECONNECT_SECONDS, SWEEP_SECONDS
from src.events.errors import described
from src.events.subscription import Outcome, Subscription

logger = logging.getLogger(__name__)

_BUSY_SECONDS = 0.1


class InProcessBus:
    """Drives the subscriptions; one that waits for its next attempt holds up no other."""

    def __init__(self, database: Database, subscriptions: Sequence[Subscription]) -> None:
        """Takes all subscriptions of the process."""
        self._database = database
        self._subscriptions = subscriptions
        self._bells = {subscription.name: asyncio.Event() for subscription in subscriptions}
        self._is_prepared = not subscriptions
        # Packages whose events have gone through Kafka before.
        self._divided: set[str] = set()
        self._slots = asyncio.Semaphore(HANDLERS_AT_ONCE)

    async def prepare(self) -> None:
        """Makes the rows of subscriptions that are new."""
        if self._is_prepared:
            return
        names = [one.name for one in self._subscriptions]
        async with self._database.write() as session:
            self._divided = {name for name in names if await lane_queries.lanes_left(session, name)}
            await queries.subscribe(session, [name for name in names if name not in self._divided], clock.now())
        self._is_prepared = True

    @asynccontextmanager
    async def leading(self) -> AsyncIterator[None]:
        """Works through what there is, then waits for bells."""
        tasks = [asyncio.create_task(self._work(one), name=f"events {one.name}") for one in self._subscriptions]
        try:
            yield
        finally:
            await background.end(*tasks)

    def wake(self, types: Collection[str]) -> None:
        """Rings for the subscriptions that hear one of these types."""
        for subscription in self._subscriptions:
            if not subscription.types.isdisjoint(types):
                self._bells[subscription.name].set()

    async def drain(self) -> bool:
        """One step of each subscription; whether one has moved or is at work elsewhere."""
        outcomes = [await self._step(subscription) for subscription in self._subscriptions]
        return not {Outcome.MOVED, Outcome.CAUGHT_UP, Outcome.BUSY}.isdisjoint(outcomes)

    async def _step(self, subscription: Subscription, *, sweep: bool = False) -> Outcome:
        if subscription.name not in self._divided:
            return await subscription.step(sweep=sweep)
        outcome = await uniting.unite(self._database, subscription)
        if outcome in {Outcome.MOVED, Outcome.IDLE}:
            self._divided.discard(subscription.name)
            return Outcome.MOVED
        return outcome

    async def _work(self, subscription: Subscription) -> None:
        bell = self._bells[subscription.name]
        rang = True
        while True:
            bell.clear()
            begun = asyncio.get_running_loop().time()
            try:
                async with self._slots:
                    outcome = await self._step(subscription, sweep=not rang)
                pause = _pause_after(outcome, subscription)
            except Exception as error:  # noqa: BLE001  whatever it was, the events are still there
                logger.warning("%s: no events can be handled: %s", subscription.name, described(error))
                pause = RECONNECT_SECONDS
            rang = pause == 0 or await _rang(bell, pause)
            if pause:
                await asyncio.sleep(begun + subscription.pace - asyncio.get_running_loop().time())


def _pause_after(outcome: Outcome, subscription: Subscription) -> float:
    if outcome is Outcome.MOVED:
        return 0
    if outcome is Outcome.BUSY:
        return _BUSY_SECONDS
    if outcome is Outcome.WAITING and subscription.due is not None:
        return min(max((subscription.due - clock.now()).total_seconds(), _BUSY_SECONDS), SWEEP_SECONDS)
    return SWEEP_SECONDS


async def _rang(bell: asyncio.Event, seconds: float) -> bool:
    """Waits for the bell, but no longer than this; whether it has rung."""
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return False
    return True
