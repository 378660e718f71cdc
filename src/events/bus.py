"""The events of one process: writes what is published, runs the relay, and settles everything for tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType

from src.database import Database, WriteSession
from src.events import dead_letters, event, queries, records
from src.events.catalogue import Catalogue
from src.events.constants import MAX_EVENTS, SETTLE_SECONDS
from src.events.everywhere import Everywhere
from src.events.exceptions import DeadLetterUnclaimed
from src.events.handlers import Resources
from src.events.in_process import InProcessBus
from src.events.port import Bus
from src.events.relay import Relay
from src.events.subscription import Subscription
from src.feature import Registry

_NO_RESOURCES: Resources = MappingProxyType({})
_LOOK_AGAIN_SECONDS = 0.005


class UnsettledEvents(Exception):
    """Events were still waiting when `settle` had no more patience: somebody holds a transaction open."""


class Events:
    """Made once by each process that writes; from then on every unit of work of `database` stores its events."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        *,
        resources: Resources = _NO_RESOURCES,
        bus: Bus | None = None,
    ) -> None:
        """Takes all handlers of the registry, what EVERYWHERE handlers may touch, and the way to carry events.

        Raises:
            RegistryError: a handler cannot work as declared.
        """
        self._database = database
        self._catalogue = Catalogue(registry)
        classes = self._catalogue.classes
        self.subscriptions: Mapping[str, Subscription] = {
            name: Subscription(database, name, handlers, classes) for name, handlers in self._catalogue.after.items()
        }
        self._types = frozenset(kind for one in self.subscriptions.values() for kind in one.types)
        self._bus = bus or InProcessBus(database, list(self.subscriptions.values()))
        self._everywhere = Everywhere(self._catalogue.everywhere, classes, resources)
        self._relay = Relay(database, self._bus, self._types, self._everywhere)
        database.before_commit(self._store)

    @property
    def is_leading(self) -> bool:
        """Whether this process leads the relay."""
        return self._relay.is_leading

    async def prepare(self) -> None:
        """Makes this version's subscriptions; `running` does it too. Later packages begin with what comes later."""
        await self._bus.prepare()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relays for the length of the block, beside whatever else the process does."""
        await self.prepare()
        task = asyncio.create_task(self._relay.run(), name="events relay")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def wake(self) -> None:
        """After a statement that has written events itself: look at once."""
        self._relay.wake()

    async def settle(self, *, seconds: float = SETTLE_SECONDS) -> None:
        """Carries events until none is left that is due by `clock.now()`, whoever leads; for tests and commands.

        Raises:
            UnsettledEvents: an open transaction holds events back.
        """
        await self.prepare()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    # Asked first: what becomes readable between the two looks must not be taken for handled.
                    held = await self._is_held()
                    moved = await self._bus.drain()
                    if not moved and not held:
                        return
                    if not moved:
                        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            raise UnsettledEvents from None

    async def replay(self, letter_id: int) -> None:
        """Handles a dead letter once more and throws it away.

        Raises:
            DeadLetterNotFound: there is none, or it is being replayed.
            DeadLetterUnclaimed: no handler of this server waits for it.
            Exception: what the handler raises; the letter stays.
        """
        async with self._database.write() as session:
            subscription = self.subscriptions.get(await dead_letters.subscription_of(session, letter_id))
            if subscription is None:
                raise DeadLetterUnclaimed
            await subscription.replay(session, letter_id)

    async def _is_held(self) -> bool:
        async with self._database.read() as session:
            return await queries.held(session, self._types)

    async def _store(self, session: WriteSession) -> None:
        noted = event.noted(session)
        if not noted:
            return
        # Handlers may publish: the list grows while it is walked.
        for one in noted:
            self._catalogue.refuse_impostor(one.event)
            for handler in self._catalogue.within.get(one.event.type, ()):
                await handler.effect(session, one.event)
            if len(noted) > MAX_EVENTS:
                message = f"{len(noted)} events in one transaction: handlers publish in a circle"
                raise RuntimeError(message)
        places = await queries.append(session, [records.encode(one) for one in noted])
        self._everywhere.expect(places)
        session.after_commit(lambda: self._committed([one.event for one in noted]))

    def _committed(self, events: list[event.Event]) -> None:
        for one in events:
            self._everywhere.hear(one)
        self._relay.wake()
