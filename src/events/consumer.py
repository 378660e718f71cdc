"""AFTER handlers behind Kafka: this process is a member of one consumer group for each package.

A group's partitions are shared among its members. What arrives goes into the partition's lane, is handled there in a
transaction together with the lane's mark, and then Kafka is told to go on; who dies in between is given the same again
and drops it by the mark. A lane that waits for its next attempt holds up no other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from confluent_kafka import KafkaException, Message

from src import background, clock
from src.database import Database
from src.events import fetching, lane_queries, wire
from src.events.backbone import Backbone, Topic
from src.events.constants import (
    FETCH_BATCH,
    FIRST_SWEEP_SECONDS,
    LANES_SWEEP_SECONDS,
    PACKAGES_AT_ONCE,
    RECONNECT_SECONDS,
)
from src.events.errors import described
from src.events.fetching import Fetched, Fetcher, Partition
from src.events.lane_queries import PUBLISHED
from src.events.lanes import Feed, Lane
from src.events.records import Position
from src.events.subscription import Outcome, Subscription, is_ahead

logger = logging.getLogger("hearth.kafka")

_DONE = frozenset({Outcome.MOVED, Outcome.CAUGHT_UP})


class _Work:
    """One partition that this member has."""

    def __init__(self, lane: Lane, begin: Position, package: Subscription) -> None:
        self.lane = lane
        self.feed = Feed(lane, begin)
        self.subscription = package.lane(lane.mark, self.feed.read)
        # Where Kafka is to begin after a restart, once all before is handled; and what it has been told.
        self.next = self.told = -1
        self.is_paused = False

    def put(self, message: Message, types: frozenset[str]) -> None:
        """Takes a record of the partition."""
        self.next = fetching.place_behind(message)
        head = wire.letterhead(message)
        if head is None:
            logger.warning("%s: a record that is not Hearth's lies in Kafka", self.lane.mark)
            return
        self.feed.put(wire.arrived(message, head, is_heard=head.type in types))

    async def run(self) -> None:
        """Handles all that is due."""
        if is_ahead(self.subscription.due):
            return
        outcome = Outcome.MOVED
        while outcome in _DONE and not self.feed.is_empty:
            outcome = await self.subscription.step()
            if self.subscription.position is not None:
                self.feed.forget(self.subscription.position)


class Group:
    """This process as a member of one package's group."""

    def __init__(self, database: Database, package: Subscription, backbone: Backbone, slots: asyncio.Semaphore) -> None:
        """Takes the package's handlers, and the slots that it shares with other packages."""
        self._database = database
        self._package = package
        self._backbone = backbone
        self._slots = slots
        self._topics: dict[str, Topic] = {topic.name: topic for topic in backbone.topics.values()}
        self._work: dict[Partition, _Work] = {}
        self._sweep_at = 0.0

    async def run(self) -> None:
        """Serves until cancelled, as one consumer after the other."""
        while True:
            try:
                async with fetching.member(self._backbone, self._package.name) as fetcher:
                    while True:
                        fetched = await fetcher.fetch()
                        begun = asyncio.get_running_loop().time()
                        await self._turn(fetcher, fetched)
                        if 0 < len(fetched.messages) < FETCH_BATCH:
                            await asyncio.sleep(begun + self._package.pace - asyncio.get_running_loop().time())
            except KafkaException as error:
                logger.warning("%s: begins anew with Kafka: %s", self._package.name, error)
            except Exception:
                logger.exception("%s: the consumer failed and begins anew", self._package.name)
            self._work.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _turn(self, fetcher: Fetcher, fetched: Fetched) -> None:
        for partition in fetched.taken:
            self._work.pop(partition, None)
        await self._take(fetched.given)
        for message in fetched.messages:
            work = self._work.get(Partition(message.topic() or "", message.partition() or 0))
            if work is not None:
                work.put(message, self._package.types)
        try:
            async with self._slots:
                await self._sweep(is_quiet=not fetched.messages)
                for work in self._work.values():
                    await work.run()
        except Exception as error:  # noqa: BLE001  whatever it was, the events are still there
            logger.warning("%s: no events can be handled: %s", self._package.name, described(error))
            await asyncio.sleep(RECONNECT_SECONDS)
        await self._settle(fetcher)

    async def _take(self, partitions: Sequence[Partition]) -> None:
        """Begins with partitions at their marks."""
        if not partitions:
            return
        lanes = {one: Lane(self._package.name, self._topics[one.topic], one.number) for one in partitions}
        async with self._database.read() as session:
            marks = await lane_queries.positions(session, [lane.mark for lane in lanes.values()])
        for partition, lane in lanes.items():
            self._work[partition] = _Work(lane, marks[lane.mark], self._package)
        # Kafka shall have a moment to bring what it has.
        self._sweep_at = asyncio.get_running_loop().time() + FIRST_SWEEP_SECONDS

    async def _sweep(self, *, is_quiet: bool) -> None:
        """Moves the marks of lanes in which nothing has happened, and looks for what Kafka should have brought."""
        late = asyncio.get_running_loop().time() - self._sweep_at
        idle = {work.lane.mark: work for work in self._work.values() if work.feed.is_empty}
        if not idle or late < (0 if is_quiet else LANES_SWEEP_SECONDS):
            return
        self._sweep_at += late + LANES_SWEEP_SECONDS
        package = lane_queries.Package(self._package.name, self._package.types, self._backbone.topics)
        async with self._database.write() as session:
            end = (await lane_queries.positions(session, [PUBLISHED]))[PUBLISHED]
            behind = await lane_queries.step_over(session, package, idle.keys(), end, clock.now())
        for mark in behind:
            idle[mark].feed.look_up_to(end)

    async def _settle(self, fetcher: Fetcher) -> None:
        """Tells Kafka what is handled, and to wait with partitions whose events could not be."""
        done = [(partition, work) for partition, work in self._work.items() if work.feed.is_empty]
        new = [(partition, work.next) for partition, work in done if work.next > work.told]
        if new:
            await fetcher.note(new)
        for _, work in done:
            work.told = work.next
        await self._pause(fetcher, (one for one in self._work if not self._work[one].feed.is_empty), pause=True)
        await self._pause(fetcher, (partition for partition, _ in done), pause=False)

    async def _pause(self, fetcher: Fetcher, partitions: Iterable[Partition], *, pause: bool) -> None:
        changed = [one for one in partitions if self._work[one].is_paused is not pause]
        if not changed:
            return
        await (fetcher.pause(changed) if pause else fetcher.resume(changed))
        for one in changed:
            self._work[one].is_paused = pause


@asynccontextmanager
async def running(database: Database, packages: Iterable[Subscription], backbone: Backbone) -> AsyncIterator[None]:
    """Is a member of all packages' groups for the length of the block."""
    slots = asyncio.Semaphore(PACKAGES_AT_ONCE)
    tasks = [
        asyncio.create_task(Group(database, package, backbone, slots).run(), name=f"events {package.name}")
        for package in packages
    ]
    try:
        yield
    finally:
        await background.end(*tasks)
