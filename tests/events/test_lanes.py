"""What is published comes out of a lane once and in order, whatever Kafka, relays and consumers do on the way."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import count

import pytest
from confluent_kafka import Message
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from src.database import Database
from src.events import backbone, consumer, lane_queries, wire
from src.events.bus import Events
from src.events.exceptions import NotAcknowledged
from src.events.kafka import KafkaBus
from src.events.lanes import Lane
from src.events.producer import Producer
from src.events.subscription import Subscription
from tests.events.parts import Rang, after, effects, registry, ring

pytestmark = pytest.mark.integration

# All rings are of one actor, so they go by the one partition.
KAFKA = backbone.backbone("test", {}, events=1, streams=1)
LANE = Lane("bells", KAFKA.events, 0)


class Log(Producer):
    """The partition as a list, instead of a connection."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.what = "keep"

    async def send(self, records: Sequence[wire.Outgoing]) -> None:
        """Keeps the records and acknowledges them, or only the one, or only the other, or neither."""
        if self.what not in {"lose", "refuse"}:
            begin = len(self.messages)
            self.messages += [
                Message(topic=one.topic, partition=0, offset=offset, value=one.value, headers=one.headers)
                for offset, one in enumerate(records, start=begin)
            ]
        if self.what in {"die", "refuse"}:
            raise NotAcknowledged("")


class Owner:
    """A consumer that has the partition, or believes that it still has."""

    def __init__(self, database: Database, package: Subscription) -> None:
        self._database = database
        self._package = package
        self._read = 0
        self._work: consumer._Work | None = None

    async def begin(self) -> consumer._Work:
        """Is given it, and reads it from the beginning."""
        self._read = 0
        async with self._database.read() as session:
            marks = await lane_queries.positions(session, [LANE.mark])
        self._work = consumer._Work(LANE, marks[LANE.mark], self._package)
        return self._work

    async def fetch(self, log: Log) -> consumer._Work:
        """Takes what has come since, and does not handle it yet."""
        work = self._work or await self.begin()
        for message in log.messages[self._read :]:
            work.put(message, frozenset({Rang.type}))
        self._read = len(log.messages)
        return work

    async def work(self, log: Log) -> None:
        """Takes it and handles everything."""
        await (await self.fetch(log)).run()

    async def finish(self, log: Log) -> None:
        """The same, and looks for what should have come."""
        work = await self.begin()
        await self.work(log)
        async with self._database.read() as session:
            marks = await lane_queries.positions(session, [lane_queries.PUBLISHED])
        work.feed.look_up_to(marks[lane_queries.PUBLISHED])
        await work.run()


class Play:
    """Two relays, of which either may lead, and two consumers, of which either may have stood still for long."""

    def __init__(self, database: Database, package: Subscription) -> None:
        self.rung: list[int] = []
        self._database = database
        self._log = Log()
        self._relays = [KafkaBus(database, ["bells"], KAFKA) for _ in range(2)]
        self._owners = [Owner(database, package) for _ in range(2)]

    async def do(self, move: str, who: int) -> None:
        """One move."""
        relay, owner = self._relays[who], self._owners[who]
        if move == "ring":
            self.rung.append(next(NUMBERS))
            await ring(self._database, self.rung[-1])
        elif move == "begin":
            await owner.begin()
        elif move == "fetch":
            await owner.fetch(self._log)
        elif move == "work":
            await owner.work(self._log)
        else:
            self._log.what = move
            with suppress(NotAcknowledged):
                await relay.publish(self._log)

    async def finish(self) -> None:
        """Everything is published, and one of the consumers is given the partition anew."""
        await self.do("keep", 0)
        await self._owners[0].finish(self._log)


NUMBERS = count()
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["ring", "ring", "ring", "keep", "keep", "lose", "die", "refuse", "begin", "fetch", "work"]),
        st.integers(0, 1),
    ),
    max_size=25,
)


@pytest.fixture
async def package(database: Database) -> Subscription:
    """The handlers, whose effect is to be there once."""
    events = Events(database, registry(bells=(after("bells"),)), backbone=KAFKA)
    await events.prepare()
    return events.subscriptions["bells"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
# Another relay leads, and does not know what Kafka has lost before.
@example(moves=[("ring", 0), ("lose", 0), ("ring", 0), ("keep", 1), ("work", 0)])
# What is lost comes before what has come since.
@example(moves=[("ring", 0), ("lose", 0), ("ring", 0), ("keep", 0), ("ring", 0), ("keep", 0), ("work", 0)])
# A consumer that stood still has in memory what another one has handled meanwhile.
@example(moves=[("ring", 0), ("keep", 0), ("fetch", 0), ("work", 1), ("work", 0)])
# What was published by a relay that died comes twice.
@example(moves=[("ring", 0), ("die", 0), ("work", 0), ("keep", 1), ("work", 0)])
# What Kafka has refused is still to be published.
@example(moves=[("ring", 0), ("refuse", 0), ("ring", 0), ("keep", 0), ("work", 0)])
# A relay that leads again does not know what the other one has published meanwhile, and Kafka has lost.
@example(moves=[("ring", 0), ("keep", 0), ("ring", 0), ("lose", 1), ("ring", 0), ("keep", 0), ("work", 0)])
async def test_each_event_is_handled_once_and_in_order_whatever_happens_on_the_way(
    database: Database, package: Subscription, moves: list[tuple[str, int]]
) -> None:
    play = Play(database, package)
    before = len(await effects(database, "bells"))
    for move, who in moves:
        await play.do(move, who)
    await play.finish()
    assert (await effects(database, "bells"))[before:] == play.rung
