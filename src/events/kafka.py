"""The bus over Kafka: the leading process copies the outbox there in commit order, consumers run the AFTER handlers.

There is one place in the outbox for all types of events; it moves when Kafka has acknowledged what lies before it. Who
dies in between publishes some events again, which the lanes drop. Kafka is derived from the outbox: when it is down
the place stands still, when it was wiped the lanes find in the outbox what it has lost.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from src import background, clock
from src.database import Database
from src.events import lane_queries, producer, queries, topics, wire
from src.events.backbone import Backbone, tell
from src.events.constants import (
    PACE_SECONDS,
    POLL_SECONDS,
    PUBLISH_BATCH,
    RECONNECT_SECONDS,
    TOPICS_SECONDS,
    UNFIT_SECONDS,
)
from src.events.errors import described
from src.events.exceptions import KafkaUnreachable, NotAcknowledged, TopicsUnfit
from src.events.lane_queries import PUBLISHED
from src.events.lanes import lanes_of
from src.events.records import Position

logger = logging.getLogger("hearth.kafka")

_BUSY_SECONDS = 0.05


class KafkaBus:
    """Publishes; the handlers are the consumers' business."""

    def __init__(self, database: Database, packages: Collection[str], backbone: Backbone) -> None:
        """Takes the packages that have AFTER handlers, and the Kafka to use."""
        self._database = database
        self._backbone = backbone
        self._marks: Mapping[str, list[str]] = {
            package: [lane.mark for lane in lanes_of(package, backbone.topics.values())] for package in packages
        }
        self._bell = asyncio.Event()
        self._is_prepared = False
        self._has_topics = False
        # Of this leadership: where it began or went on, and the last place that was published in each partition.
        self._place: Position | None = None
        self._begin = Position(0, 0)
        self._last: dict[tuple[str, int], Position] = {}

    async def prepare(self) -> None:
        """Makes the relay's place and the marks of all lanes."""
        while not self._is_prepared:
            async with self._database.write() as session:
                self._is_prepared = await lane_queries.divide(session, self._marks, clock.now())
                if self._is_prepared:
                    names = [PUBLISHED, *(mark for marks in self._marks.values() for mark in marks)]
                    await queries.subscribe(session, names, clock.now())
            if not self._is_prepared:
                await asyncio.sleep(_BUSY_SECONDS)

    @asynccontextmanager
    async def leading(self) -> AsyncIterator[None]:
        """Publishes what there is, then waits for bells."""
        task = asyncio.create_task(self._publish_always(), name="events to Kafka")
        try:
            yield
        finally:
            await background.end(task)

    def wake(self, types: Collection[str]) -> None:
        """Rings for events of any type."""
        if types:
            self._bell.set()

    async def drain(self) -> bool:
        """Publishes what there is, whoever leads; whether there was anything."""
        if not self._has_topics:
            await asyncio.to_thread(topics.ensure, self._backbone)
            self._has_topics = True
        if not (await self._next())[1]:
            return False
        async with producer.opened(self._backbone) as opened:
            return await self.publish(opened) > 0

    async def publish(self, to: producer.Producer) -> int:
        """Publishes the next events and moves the place past them; how many there were.

        Raises:
            NotAcknowledged: Kafka did not take all of them; the place stands as before.
        """
        place, batch = await self._next()
        if not batch:
            return 0
        if place != self._place:
            # Another process has published meanwhile.
            self._begin, self._last = place, {}
        last = dict(self._last)
        records: list[wire.Outgoing] = []
        for one in batch:
            topic = self._backbone.topic_of(one.record.stream).name
            lane = (topic, one.partition)
            after = last.get(lane, self._begin)
            records.append(wire.outgoing(one.record, topic=topic, partition=one.partition, key=one.key, after=after))
            last[lane] = one.record.position
        await to.send(records)
        await self._save(batch[-1].record.position)
        self._last = last
        return len(batch)

    async def _next(self) -> tuple[Position, Sequence[lane_queries.Keyed]]:
        """The place, and the events behind it."""
        async with self._database.read() as session:
            place = (await lane_queries.positions(session, [PUBLISHED]))[PUBLISHED]
            return place, await lane_queries.unpublished(session, place, self._backbone.topics, PUBLISH_BATCH)

    async def _save(self, place: Position) -> None:
        async with self._database.write() as session:
            await lane_queries.advance(session, PUBLISHED, place, clock.now())
        self._place = place

    async def _publish_always(self) -> None:
        while True:
            pause = RECONNECT_SECONDS
            try:
                await asyncio.to_thread(topics.ensure, self._backbone)
                async with producer.opened(self._backbone) as opened:
                    await self._publish_until_lost(opened)
            except TopicsUnfit as error:
                logger.error("no events are published: %s", error)  # noqa: TRY400  the text says it all
                pause = UNFIT_SECONDS
            except (KafkaUnreachable, NotAcknowledged) as error:
                tell(f"events wait for Kafka: {error}")
            except Exception as error:  # noqa: BLE001  whatever it was, the events are still there
                logger.warning("no events can be published: %s", described(error))
            await asyncio.sleep(pause)

    async def _publish_until_lost(self, opened: producer.Producer) -> None:
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        while True:
            self._bell.clear()
            if count := await self.publish(opened):
                # Many commits are one look: while events keep coming, each of them for itself would cost senders time.
                await asyncio.sleep(0 if count == PUBLISH_BATCH else PACE_SECONDS)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._bell.wait()
            # Of a Kafka that was wiped nobody else would notice that there are no topics to wait at.
            if loop.time() - checked_at > TOPICS_SECONDS:
                await asyncio.to_thread(topics.ensure, self._backbone)
                checked_at = loop.time()
