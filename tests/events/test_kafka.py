"""The same handlers behind Kafka, over the wire: each effect once, in the order of its key, whatever comes twice."""

import asyncio
import dataclasses
import time
from collections.abc import Sequence

import pytest
from confluent_kafka import Producer as Client
from sqlalchemy import select

from src.database import Database
from src.events import consumer, dead_letters, kafka, lag, subscription, topics, wire
from src.events.backbone import Backbone
from src.events.bus import Events
from src.events.event import publish
from src.events.exceptions import TopicsUnfit
from src.events.kafka import KafkaBus
from src.events.models import Subscription
from src.events.producer import Producer
from src.events.records import Position
from tests.events.brokers import PATIENCE
from tests.events.parts import (
    EVERYWHERE,
    Rang,
    after,
    effects,
    eventually,
    has_come,
    heard_by_both,
    knock,
    numbers_in,
    process,
    published,
    registry,
    ring,
)

pytestmark = pytest.mark.integration


async def swallow(_producer: Producer, _records: Sequence[wire.Outgoing]) -> None:
    """A Kafka that acknowledges and loses."""


async def test_what_is_published_is_handled_by_a_consumer_and_not_by_the_api(
    database_url: str, database: Database, backbone: Backbone
) -> None:
    handlers = registry(bells=(after("bells"),), doors=(after("doors"),))
    async with process(database_url, handlers, backbone=backbone) as (own, events):
        await ring(own, 1, 2)
        await events.settle()
        assert await effects(database, "bells") == []
        async with process(database_url, handlers, backbone=backbone, consumes=True):
            await ring(own, 3)
            await has_come(database, "bells", [1, 2, 3])
            await has_come(database, "doors", [1, 2, 3])


async def test_two_consumers_share_the_work_and_nothing_is_done_twice(
    database_url: str, database: Database, backbone: Backbone
) -> None:
    handlers = registry(bells=(after("bells"),))
    async with (
        process(database_url, handlers, backbone=backbone, consumes=True) as (own, _),
        process(database_url, handlers, backbone=backbone, consumes=True),
    ):
        for first in range(0, 60, 10):
            for actor in range(5):
                async with own.write() as session:
                    for number in range(first, first + 10):
                        publish(session, Rang(actor_id=actor, number=100 * actor + number))
        everything = sorted(100 * actor + number for actor in range(5) for number in range(60))
        await has_come(database, "bells", everything, in_any_order=True)
        found = await effects(database, "bells")
        for actor in range(5):
            # In each actor's order.
            assert [number for number in found if number // 100 == actor] == list(range(100 * actor, 100 * actor + 60))


async def test_events_that_keep_coming_are_published_together(
    database_url: str, database: Database, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = 0.5
    monkeypatch.setattr(kafka, "PACE_SECONDS", pace)
    sizes: list[int] = []

    async def send(producer: Producer, records: Sequence[wire.Outgoing]) -> None:
        sizes.append(len(records))
        await really_send(producer, records)

    really_send = Producer.send
    monkeypatch.setattr(Producer, "send", send)
    async with process(database_url, registry(bells=(after("bells"),)), backbone=backbone) as (own, _):
        await ring(own, 0)
        await eventually(lambda: bool(sizes))
        begin = time.monotonic()
        for number in range(1, 21):
            await ring(own, number)
        await published(database)
        assert len(sizes) <= 2 + (time.monotonic() - begin) / pace
        assert await numbers_in(backbone) == list(range(21))


async def test_each_stream_keeps_its_order(database_url: str, database: Database, backbone: Backbone) -> None:
    handlers = registry(bells=(after("bells"),))
    async with process(database_url, handlers, backbone=backbone, consumes=True) as (own, _):
        for ev in range(1, 21):
            async with own.write() as session:
                for chat in (1, 2, 3):
                    rang = Rang(actor_id=ev, number=100 * chat + ev)
                    publish(session, rang, stream=f"chat:{chat}", ev=ev)
        await has_come(
            database, "bells", [100 * chat + ev for chat in (1, 2, 3) for ev in range(1, 21)], in_any_order=True
        )
        found = await effects(database, "bells")
        for chat in (1, 2, 3):
            of_chat = [number for number in found if number // 100 == chat]
            assert of_chat == sorted(of_chat)


async def test_a_relay_that_dies_between_publish_and_save_makes_no_second_effect(
    database_url: str, database: Database, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = registry(bells=(after("bells"),))
    async with process(database_url, handlers, backbone=backbone, consumes=True) as (own, _):
        await ring(own, 1)
        await has_come(database, "bells", [1])
        # A relay that ends before it has noted that would publish it once more, too.
        await published(database)

    async def die(_bus: KafkaBus, _place: Position) -> None:
        raise ConnectionResetError

    events = Events(database, handlers, backbone=backbone)
    await ring(database, 2, 3)
    with monkeypatch.context() as patched:
        patched.setattr(KafkaBus, "_save", die)
        with pytest.raises(ConnectionResetError):
            await events.settle()
    await events.settle()
    assert sorted(await numbers_in(backbone)) == [1, 2, 2, 3, 3]
    async with process(database_url, handlers, backbone=backbone, consumes=True) as (own, _):
        await ring(own, 4)
        await has_come(database, "bells", [1, 2, 3, 4])


async def test_what_kafka_has_lost_is_read_from_the_outbox_in_its_order(
    database_url: str, database: Database, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = registry(bells=(after("bells"),))
    events = Events(database, handlers, backbone=backbone)
    await ring(database, 1)
    await events.settle()
    await ring(database, 2, 3)
    with monkeypatch.context() as patched:
        patched.setattr(Producer, "send", swallow)
        await events.settle()
    await ring(database, 4)
    await events.settle()
    assert await numbers_in(backbone) == [1, 4]
    async with process(database_url, handlers, backbone=backbone, consumes=True):
        await has_come(database, "bells", [1, 2, 3, 4])


async def test_what_kafka_has_lost_at_the_end_is_found_too(
    database_url: str, database: Database, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = registry(bells=(after("bells"),))
    events = Events(database, handlers, backbone=backbone)
    await ring(database, 1, 2)
    monkeypatch.setattr(Producer, "send", swallow)
    monkeypatch.setattr(consumer, "FIRST_SWEEP_SECONDS", 0.1)
    await events.settle()
    async with process(database_url, handlers, backbone=backbone, consumes=True):
        await has_come(database, "bells", [1, 2])


async def test_an_event_that_is_too_big_for_kafka_goes_by_the_outbox(
    database_url: str, database: Database, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MAX_BYTES", 10)
    handlers = registry(bells=(after("bells"),))
    async with process(database_url, handlers, backbone=backbone, consumes=True) as (own, _):
        await ring(own, 1, 2)
        await has_come(database, "bells", [1, 2])


async def test_a_record_of_somebody_else_harms_nobody(
    database_url: str, database: Database, backbone: Backbone
) -> None:
    client = Client(backbone.client())
    for partition in range(backbone.events.partitions):
        client.produce(backbone.events.name, value=b"{}", partition=partition)
        client.produce(backbone.events.name, value=b"{", partition=partition, headers={"place": "1.x", "after": "0.0"})
    client.flush(PATIENCE)
    handlers = registry(bells=(after("bells"),))
    async with process(database_url, handlers, backbone=backbone, consumes=True) as (own, _):
        await ring(own, 1)
        await has_come(database, "bells", [1])


async def test_poison_is_set_aside_and_its_partition_goes_on(
    database_url: str, database: Database, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(subscription, "MAX_ATTEMPTS", 3)
    handlers = registry(bells=(after("bells", poison=lambda number: number == 2),), doors=(after("doors"),))
    async with process(database_url, handlers, backbone=backbone, consumes=True) as (own, _):
        await ring(own, 1, 2, 3)
        await has_come(database, "doors", [1, 2, 3])
        await has_come(database, "bells", [1, 3])
    async with database.read() as session:
        (letter,) = await dead_letters.list_dead(session)
    assert (letter.subscription, letter.payload, letter.attempts) == ("bells", {"number": 2}, 3)


async def test_everywhere_is_heard_once_by_each_process(database_url: str, backbone: Backbone) -> None:
    handlers = registry(bells=EVERYWHERE)
    here: list[int] = []
    there: list[int] = []
    async with (
        process(database_url, handlers, {"numbers": here}, backbone=backbone) as (first, _),
        process(database_url, handlers, {"numbers": there}, backbone=backbone) as (second, _),
    ):
        await heard_by_both(first, second, here, there)
        await asyncio.gather(*(ring((first, second)[number % 2], number) for number in range(1, 40)))
        await knock(first, 1)
        await ring(second, 40)
        # Rings that found out whether both listen may come late.
        await eventually(lambda: 40 in here and sum(number > 0 for number in there) >= 40)
        for heard in (here, there):
            assert sorted(number for number in heard if number > 0) == list(range(1, 41))


async def test_kafka_is_taken_up_and_given_up_again_without_a_second_effect(
    database_url: str, database: Database, backbone: Backbone
) -> None:
    handlers = registry(bells=(after("bells"),), doors=(after("doors"),))
    async with process(database_url, handlers) as (own, events):
        await ring(own, 1)
        await events.settle()
    async with process(database_url, handlers, backbone=backbone) as (own, events):
        # By different actors, so that they go different ways.
        for number in range(2, 8):
            async with own.write() as session:
                publish(session, Rang(actor_id=number, number=number))
        await events.settle()
        async with process(database_url, handlers, backbone=backbone, consumes=True):
            await has_come(database, "bells", [1, 2, 3, 4, 5, 6, 7], in_any_order=True)
            await has_come(database, "doors", [1, 2, 3, 4, 5, 6, 7], in_any_order=True)
        for number in range(8, 12):
            async with own.write() as session:
                publish(session, Rang(actor_id=number, number=number))
    async with process(database_url, handlers) as (own, events):
        await ring(own, 12)
        await events.settle()
    assert sorted(await effects(database, "bells")) == sorted(await effects(database, "doors")) == [*range(1, 13)]
    async with database.read() as session:
        names = (await session.scalars(select(Subscription.name))).all()
    assert sorted(names) == ["@published", "bells", "doors"]


async def test_what_waits_is_counted_in_both_modes(database: Database, backbone: Backbone) -> None:
    handlers = registry(bells=(after("bells"),), doors=(after("doors"),))
    listeners = {"bells": {Rang.type}, "doors": {Rang.type}}
    behind = Events(database, handlers, backbone=backbone)
    await behind.prepare()
    for number in range(5):
        async with database.write() as session:
            publish(session, Rang(actor_id=number, number=number))
            publish(session, Rang(actor_id=number, number=number), stream=f"chat:{number}", ev=1)
    await knock(database, 1)
    async with database.read() as session:
        assert (await lag.unpublished(session)).count == 11
        assert (await lag.unhandled(session, listeners)).count == 20
    await behind.settle()
    async with database.read() as session:
        assert await lag.unpublished(session) == lag.Lag()
        assert (await lag.unhandled(session, listeners)).count == 20
    plain = Events(database, handlers)
    await plain.settle()
    async with database.read() as session:
        assert await lag.unhandled(session, listeners) == lag.Lag()
    assert len(await effects(database, "bells")) == len(await effects(database, "doors")) == 10


def test_partitions_of_another_number_are_never_used(backbone: Backbone) -> None:
    other = dataclasses.replace(backbone, events=dataclasses.replace(backbone.events, partitions=7))
    with pytest.raises(TopicsUnfit, match=rf"{backbone.events.name} has \d partitions instead of 7"):
        topics.ensure(other)
