"""The events of one process: writes what is published, runs the relay, and settles everything for tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import MappingProxyType

from src import background
from src.database import Database, WriteSession
from src.events import consumer, dead_letters, event, gateway, queries, records
from src.events.backbone import Backbone
from src.events.catalogue import Catalogue
from src.events.constants import MAX_EVENTS, SETTLE_SECONDS, TO_KAFKA
from src.events.everywhere import Everywhere
from src.events.exceptions import DeadLetterUnclaimed
from src.events.handlers import Place, Resources
from src.events.in_process import InProcessBus
from src.events.kafka import KafkaBus
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
        backbone: Backbone | None = None,
    ) -> None:
        """Takes all handlers of the registry, what EVERYWHERE handlers may touch, and the Kafka to carry events by.

        Raises:
            RegistryError: a handler cannot work as declared.
        """
        self._database = database
        self._catalogue = Catalogue(registry)
        classes = self._catalogue.classes
        self.subscriptions: Mapping[str, Subscription] = {
            name: Subscription(database, name, handlers, classes) for name, handlers in self._catalogue.after.items()
        }
        self._backbone = backbone
        self._everywhere = Everywhere(self._catalogue.everywhere, classes, resources, self._catalogue.echoes)
        # Kafka takes all: who hears of what is its consumers' business.
        heard = frozenset(kind for one in self.subscriptions.values() for kind in one.types)
        self._types = None if backbone else heard
        self._bus: Bus = (
            KafkaBus(database, self.subscriptions.keys(), backbone)
            if backbone
            else InProcessBus(database, list(self.subscriptions.values()))
        )
        tail = None if backbone or self._everywhere.is_silent else self._everywhere
        name = f"relay{TO_KAFKA}" if backbone else "relay"
        self._relay = Relay(database, self._bus, self._types, tail, name=name)
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
        """Relays for the length of the block, beside whatever else the process does.

        Without Kafka, the process that leads runs the AFTER handlers too.
        """
        await self.prepare()
        async with AsyncExitStack() as stack:
            if self._backbone and not self._everywhere.is_silent:
                await stack.enter_async_context(gateway.running(self._everywhere, self._backbone))
            task = asyncio.create_task(self._relay.run(), name="events relay")
            try:
                yield
            finally:
                await background.end(task)

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[None]:
        """Runs AFTER handlers behind Kafka for the length of the block, sharing them with other such processes.

        Raises:
            RuntimeError: there is no Kafka.
        """
        if self._backbone is None:
            message = "without Kafka the process that leads runs the handlers"
            raise RuntimeError(message)
        await self.prepare()
        async with consumer.running(self._database, self.subscriptions.values(), self._backbone):
            yield

    def wake(self) -> None:
        """After a statement that has written events itself: look at once."""
        self._relay.wake()

    def committed_streams(self, places: Sequence[Place]) -> None:
        """After a committed statement that has written these streams' events itself: tells of them here and elsewhere.

        Inside a unit of work it is `event.note_streams` that does so after the commit.
        """
        for place in places:
            self._everywhere.echo(place)
        self._relay.wake()

    async def settle(self, *, seconds: float = SETTLE_SECONDS) -> None:
        """Carries events until none is left that is due by `clock.now()`, whoever leads; for tests and commands.

        With Kafka they are carried as far as there.

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
            subscription = self.subscriptions.get((await dead_letters.find(session, letter_id)).subscription)
            if subscription is None:
                raise DeadLetterUnclaimed
            await subscription.replay(session, letter_id)

    async def _is_held(self) -> bool:
        async with self._database.read() as session:
            return await queries.held(session, self._types)

    async def _store(self, session: WriteSession) -> None:
        noted = event.noted(session)
        if not noted:
            self._tell_of_streams(session)
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
        event.note_streams(session, [(one.stream, one.ev) for one in noted if one.stream and one.ev])
        self._tell_of_streams(session)

    def _tell_of_streams(self, session: WriteSession) -> None:
        places = event.noted_streams(session)
        if places:
            session.after_commit(lambda: self.committed_streams(places))

    def _committed(self, events: list[event.Event]) -> None:
        for one in events:
            self._everywhere.hear(one)
        self._relay.wake()
