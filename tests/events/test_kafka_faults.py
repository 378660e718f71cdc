"""A real broker is killed, stopped and wiped, and so are those around it: each effect is there once all the same."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import text

from src.config import ROOT
from src.database import Database
from src.events import gateway, kafka, lag, producer, topics
from src.events.backbone import Backbone
from src.events.bus import Events
from src.events.exceptions import KafkaUnreachable
from tests.events import brokers, victim
from tests.events.brokers import Broker
from tests.events.parts import (
    EVERYWHERE,
    after,
    effects,
    eventually,
    has_come,
    numbers_in,
    process,
    published,
    registry,
    ring,
)

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

LAST = text("SELECT max((payload->>'number')::int) FROM outbox")
ACTORS = 8
HANDLERS = registry(bells=(after("bells"),))


@pytest.fixture
def backbone(broker: Broker) -> Backbone:
    """Topics of the test's own, which the relay makes."""
    return brokers.renamed(broker.bootstrap)


@asynccontextmanager
async def writing(database: Database, actors: int = 1) -> AsyncIterator[list[int]]:
    """Rings one after the other beside the block, by so many actors in turn; gives the numbers that were committed."""
    done: list[int] = []

    async def write() -> None:
        number = 0
        while True:
            await ring(database, number, actor_id=number % actors)
            done.append(number)
            number += 1
            await asyncio.sleep(0.005)

    task = asyncio.create_task(write())
    try:
        yield done
    finally:
        # Writing has to go on whatever happens to Kafka.
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until_committed(done: list[int], more: int) -> None:
    """Waits for so many more rings."""
    goal = len(done) + more
    async with asyncio.timeout(brokers.PATIENCE):
        while len(done) < goal:  # noqa: ASYNC110  a list does not call
            await asyncio.sleep(0.01)


async def test_a_broker_that_is_killed_again_and_again_costs_no_effect_and_doubles_none(
    database_url: str, database: Database, backbone: Backbone, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So the relay gives up as well, and begins anew.
    monkeypatch.setitem(producer._OPTIONS, "delivery.timeout.ms", 500)
    async with process(database_url, HANDLERS, backbone=backbone, consumes=True) as (own, _):
        async with writing(own) as done:
            await until_committed(done, 50)
            for _ in range(2):
                await asyncio.to_thread(broker.kill)
                await until_committed(done, 50)
                await brokers.started(broker)
                await until_committed(done, 50)
        everything = list(range(await _last(database) + 1))
        await has_come(database, "bells", everything, seconds=brokers.PATIENCE)
        await published(database)
    # Nothing of that had to be read from the outbox: Kafka has it all. What the producer gave up in the middle of is
    # there twice, and in its order the second time.
    assert list(reversed(dict.fromkeys(reversed(await numbers_in(backbone))))) == everything


async def _last(database: Database) -> int:
    """The number of the last ring that was committed; one that was cancelled may have been."""
    async with database.read() as session:
        return int(await session.scalar(LAST) or 0)


async def test_what_happens_while_kafka_is_down_is_written_waits_and_is_caught_up_with(
    database_url: str, database: Database, backbone: Backbone, broker: Broker
) -> None:
    async with process(database_url, HANDLERS, backbone=backbone, consumes=True) as (own, _):
        await ring(own, 1)
        await has_come(database, "bells", [1])
        # Or it would wait with the others.
        await published(database)
        await asyncio.to_thread(broker.stop)
        await ring(own, 2)
        await ring(own, 3)
        async with database.read() as session:
            waiting = await lag.unpublished(session)
        assert waiting.count == 2
        assert waiting.oldest is not None
        with pytest.raises(KafkaUnreachable):
            await asyncio.to_thread(topics.examine, backbone)
        # A process that starts meanwhile does so all the same.
        async with process(database_url, HANDLERS, backbone=backbone) as (other, _):
            await ring(other, 4)
        assert await effects(database, "bells") == [1]
        await brokers.started(broker)
        await has_come(database, "bells", [1, 2, 3, 4], seconds=brokers.PATIENCE)
        # An effect may be there before the relay has noted what it has published.
        await published(database)
    async with database.read() as session:
        assert await lag.unpublished(session) == lag.Lag()


async def test_a_wiped_kafka_is_filled_again_and_what_it_has_lost_is_handled(
    database_url: str, database: Database, backbone: Backbone, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "TOPICS_SECONDS", 0.5)
    async with process(database_url, HANDLERS, backbone=backbone) as (own, events):
        async with process(database_url, HANDLERS, backbone=backbone, consumes=True):
            await ring(own, 1, 2)
            await has_come(database, "bells", [1, 2])
        await ring(own, 3, 4)
        await events.settle()
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.wipe)
        await brokers.started(broker)
        # A relay that has nothing to publish makes the topics, too.
        async with asyncio.timeout(brokers.PATIENCE):
            while (await asyncio.to_thread(topics.examine, backbone)).missing:  # noqa: ASYNC110  Kafka does not call
                await asyncio.sleep(0.05)
        await ring(own, 5)
        await published(database)
        assert set(await numbers_in(backbone)) == {5}
        async with process(database_url, HANDLERS, backbone=backbone, consumes=True):
            await has_come(database, "bells", [1, 2, 3, 4, 5], seconds=brokers.PATIENCE)
            # Under a consumer that is there.
            await asyncio.to_thread(broker.kill)
            await asyncio.to_thread(broker.wipe)
            await ring(own, 6)
            await brokers.started(broker)
            await ring(own, 7)
            await has_come(database, "bells", [1, 2, 3, 4, 5, 6, 7], seconds=brokers.PATIENCE)


@pytest.mark.parametrize(("is_wiped", "heard"), [(False, 0), (True, 0), (True, 10)])
async def test_what_is_written_while_kafka_is_away_is_heard_everywhere(
    database_url: str,
    database: Database,
    backbone: Backbone,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_wiped: bool,
    heard: int,
) -> None:
    # So Kafka has it all again before anybody looks.
    monkeypatch.setattr(gateway, "RECONNECT_SECONDS", 3.0)
    bells, there = registry(bells=EVERYWHERE), list[int]()
    async with (
        process(database_url, bells, {"numbers": []}, backbone=backbone) as (first, _),
        process(database_url, bells, {"numbers": there}, backbone=backbone),
    ):
        before = list(range(-heard, 0))
        await ring(first, *before)
        await published(database)
        await eventually(lambda: there == before)
        await asyncio.to_thread(broker.kill)
        if is_wiped:
            await asyncio.to_thread(broker.wipe)
        for number in range(2 * ACTORS):
            await ring(first, number, actor_id=number % ACTORS)
        await brokers.started(broker)
        await published(database)
        await eventually(lambda: len(there) >= heard + 2 * ACTORS, brokers.PATIENCE)
        assert sorted(there) == [*before, *range(2 * ACTORS)]


async def test_consumers_that_come_and_go_all_the_time_cost_no_effect_and_double_none(
    database_url: str, database: Database, backbone: Backbone
) -> None:
    async def come_and_go(times: int) -> None:
        for _ in range(times):
            async with process(database_url, HANDLERS, backbone=backbone, consumes=True):
                await until_committed(done, 40)

    async with process(database_url, HANDLERS, backbone=backbone, consumes=True) as (own, _):
        # By so many that all partitions have some.
        async with writing(own, actors=ACTORS) as done:
            # Whenever one of them goes, others are at work, and share its partitions anew.
            await asyncio.gather(*(come_and_go(times) for times in (5, 6)))
        # One has been there all the while, and has everything in the end.
        everything = list(range(await _last(database) + 1))
        await has_come(database, "bells", everything, seconds=brokers.PATIENCE, in_any_order=True)
    found = await effects(database, "bells")
    for actor in range(ACTORS):
        assert [number for number in found if number % ACTORS == actor] == everything[actor::ACTORS]


@pytest.mark.parametrize("moment", [victim.EFFECT, victim.MOVED, victim.NOTED])
async def test_a_consumer_that_is_killed_at_the_worst_moment_leaves_one_effect(
    database_url: str, database: Database, backbone: Backbone, moment: str
) -> None:
    async with process(database_url, HANDLERS, backbone=backbone) as (own, events):
        await ring(own, 1)
        await ring(own, 2)
        await events.settle()
        await _die(moment, database_url, backbone)
        async with process(database_url, HANDLERS, backbone=backbone, consumes=True):
            await ring(own, 3)
            await has_come(database, "bells", [1, 2, 3], seconds=brokers.PATIENCE)


async def test_a_relay_that_is_killed_between_publish_and_save_leaves_one_effect(
    database_url: str, database: Database, backbone: Backbone
) -> None:
    await Events(database, HANDLERS, backbone=backbone).prepare()
    await ring(database, 1, 2)
    await _die(victim.SAVED, database_url, backbone)
    async with database.read() as session:
        assert (await lag.unpublished(session)).count == 2
    assert await numbers_in(backbone) == [1, 2]
    async with process(database_url, HANDLERS, backbone=backbone, consumes=True) as (own, _):
        await ring(own, 3)
        await has_come(database, "bells", [1, 2, 3], seconds=brokers.PATIENCE)
    assert await numbers_in(backbone) == [1, 2, 1, 2, 3]


async def _die(moment: str, url: str, backbone: Backbone) -> None:
    """Runs the victim to its end."""
    arguments = (moment, url, backbone.options["bootstrap.servers"], backbone.prefix)
    process_ = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.events.victim", *arguments, cwd=ROOT)
    async with asyncio.timeout(brokers.PATIENCE):
        assert await process_.wait() == -signal.SIGKILL
