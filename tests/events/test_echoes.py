"""Streams echo in every process: at once where they are written, and from the tail of the outbox or Kafka elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select

from src.database import Database
from src.events import everywhere
from src.events.backbone import Backbone
from src.events.bus import Events
from src.events.event import note_streams, publish
from src.events.handlers import StreamEcho
from src.feature import Feature, Registry
from tests.events.parts import Rang, eventually
from tests.patience import PATIENT

Heard = list[tuple[str, int]]


def hear(stream: str, ev: int, resources: Mapping[str, object]) -> None:
    """Keeps what it hears."""
    heard = resources["heard"]
    assert isinstance(heard, list)
    heard.append((stream, ev))


def stumble(_stream: str, _ev: int, _resources: Mapping[str, object]) -> None:
    """Harms nobody."""
    raise ZeroDivisionError


@asynccontextmanager
async def process(url: str, heard: Heard, backbone: Backbone | None = None) -> AsyncIterator[tuple[Database, Events]]:
    """A process that hears of streams."""
    database = Database(url, pool_size=3, pool_timeout=30, settings=PATIENT)
    registry = Registry([Feature("bells", (StreamEcho(stumble), StreamEcho(hear)))], consumed=[StreamEcho])
    events = Events(database, registry, resources={"heard": heard}, backbone=backbone)
    try:
        async with events.running():
            yield database, events
    finally:
        await database.close()


async def ring(database: Database, stream: str, ev: int) -> None:
    """One event of a stream."""
    async with database.write() as session:
        publish(session, Rang(actor_id=7, number=ev), stream=stream, ev=ev)


async def until_both_listen(first: Database, second: Database, here: Heard, there: Heard) -> None:
    """Rings at both until each has heard the other: the first one rings odd numbers, the second one even ones."""
    ev = 0
    while not (any(ev % 2 for _, ev in there) and any(ev % 2 == 0 for _, ev in here)):
        ev += 2
        await ring(first, "bell:1", ev - 1)
        await ring(second, "bell:1", ev)
        await asyncio.sleep(0.05)


async def test_each_process_hears_of_each_place_by_the_tail(database_url: str) -> None:
    await heard_everywhere(database_url, None)


async def test_each_process_hears_of_each_place_by_kafka(database_url: str, backbone: Backbone) -> None:
    await heard_everywhere(database_url, backbone)


async def heard_everywhere(database_url: str, bus: Backbone | None) -> None:
    """The story of two processes."""
    here: Heard = []
    there: Heard = []
    async with (
        process(database_url, here, bus) as (first, _),
        process(database_url, there, bus) as (second, _),
    ):
        await until_both_listen(first, second, here, there)
        here.clear()
        there.clear()
        await ring(first, "bell:2", 1)
        # What was rung before may still be on its way.
        assert [place for place in here if place[0] != "bell:1"] == [("bell:2", 1)]
        await eventually(lambda: ("bell:2", 1) in there)
        await ring(second, "bell:2", 2)
        await eventually(lambda: ("bell:2", 2) in here)
        # An event without a stream is none of their business.
        async with first.write() as session:
            publish(session, Rang(actor_id=7, number=9))
        await ring(first, "bell:3", 1)
        await eventually(lambda: ("bell:3", 1) in there)
        assert {place for place in (*here, *there) if place[0] != "bell:1"} == {
            ("bell:2", 1),
            ("bell:2", 2),
            ("bell:3", 1),
        }


async def test_much_at_once_is_heard_in_parts_and_each_place_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everywhere, "TAIL_BATCH", 3)
    here: Heard = []
    there: Heard = []
    async with process(database_url, here) as (first, _), process(database_url, there) as (second, _):
        await until_both_listen(first, second, here, there)
        there.clear()
        # Several transactions in one look, one of them with more than a part, and of one that lasts.
        async with first.write() as lasting:
            publish(lasting, Rang(actor_id=7, number=1), stream="bell:4", ev=1)
            await lasting.execute(select(func.pg_current_xact_id()))
            for number in range(1, 5):
                async with first.write() as session:
                    for ev in range(1, 2 * number):
                        publish(session, Rang(actor_id=7, number=ev), stream=f"bell:1{number}", ev=ev)
            last = {(f"bell:1{number}", ev) for number in range(1, 5) for ev in range(1, 2 * number)}
            await eventually(lambda: last <= set(there))
        # And of one before which nothing is open any more.
        async with first.write() as session:
            for ev in range(1, 8):
                publish(session, Rang(actor_id=7, number=ev), stream="bell:5", ev=ev)
        await eventually(lambda: ("bell:4", 1) in there and ("bell:5", 7) in there)
        heard = [place for place in there if place[0] != "bell:1"]
        assert sorted(heard) == sorted([*last, ("bell:4", 1), *(("bell:5", ev) for ev in range(1, 8))])


async def test_a_statement_that_writes_streams_itself_tells_of_them_after_its_commit(database_url: str) -> None:
    here: Heard = []
    async with process(database_url, here) as (database, events):
        async with database.write() as session:
            note_streams(session, [("bell:5", 1), ("bell:6", 4)])
            assert here == []
        assert here == [("bell:5", 1), ("bell:6", 4)]
        events.committed_streams([("bell:7", 2)])
        assert here[2:] == [("bell:7", 2)]
        with pytest.raises(ZeroDivisionError):
            await fail_after_noting(database)
        assert len(here) == 3


async def fail_after_noting(database: Database) -> None:
    """A transaction that notes, then fails."""
    async with database.write() as session:
        note_streams(session, [("bell:8", 1)])
        raise ZeroDivisionError
