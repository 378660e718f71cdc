"""An event is stored with its change or not at all, and WITHIN handlers belong to the change."""

from datetime import UTC, datetime
from typing import ClassVar

import asyncpg
import pytest
from sqlalchemy import text

from src.database import Database, WriteSession
from src.events.bus import Events
from src.events.constants import Moment
from src.events.event import Event, publish
from src.events.handlers import Handler
from tests.events.parts import Knocked, Rang, count, effects, fail_after, recorder, registry, ring, rows_in

pytestmark = pytest.mark.integration


class Impostor(Event):
    """Has the type of another class."""

    type: ClassVar[str] = "bells.rang"


async def pass_on(session: WriteSession, event: Rang) -> None:
    """Publishes a knock for each ring."""
    publish(session, Knocked(actor_id=event.actor_id, number=event.number + 100))


async def ring_again(session: WriteSession, event: Rang) -> None:
    """A circle."""
    publish(session, Rang(actor_id=0, number=event.number))


async def test_an_event_is_one_row_with_all_its_columns(database: Database) -> None:
    Events(database, registry())
    at = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    async with database.write() as session:
        publish(session, Rang(actor_id=7, number=2**62, at=at))
        publish(session, Rang(actor_id=0, number=2), stream="bell:1", ev=1)
    async with database.read() as session:
        rows = (await session.execute(text("SELECT *, xid::text AS writer FROM outbox ORDER BY gid"))).all()
    assert [(row.stream, row.ev, row.actor_id, row.type) for row in rows] == [
        (None, None, 7, "bells.rang"),
        ("bell:1", 1, 0, "bells.rang"),
    ]
    assert (rows[0].payload, rows[0].at) == ({"number": 2**62}, at)
    assert rows[0].writer == rows[1].writer


async def test_events_keep_their_order_and_go_in_one_statement(database: Database) -> None:
    Events(database, registry())
    await ring(database, *range(500))
    async with database.read() as session:
        rows = await session.execute(text("SELECT (payload->>'number')::int, cmin::text FROM outbox ORDER BY gid"))
        numbers, commands = zip(*rows.all(), strict=True)
    assert list(numbers) == list(range(500))
    assert len(set(commands)) == 1


async def test_nothing_is_left_of_a_transaction_that_fails(database: Database) -> None:
    Events(database, registry(bells=(Handler(Rang, recorder("within"), when=Moment.WITHIN),)))
    with pytest.raises(ZeroDivisionError):
        await fail_after(database, Rang(actor_id=7, number=1))
    assert await rows_in(database, "outbox") == 0
    assert await effects(database, "within") == []


async def test_within_handlers_see_and_share_the_transaction(database: Database) -> None:
    seen: list[int] = []

    async def look(session: WriteSession, _event: Rang) -> None:
        seen.append(await count(session, "effects"))

    parts = (Handler(Rang, recorder("within"), when=Moment.WITHIN), Handler(Rang, look, when=Moment.WITHIN))
    Events(database, registry(bells=parts))
    async with database.write() as session:
        await recorder("change")(session, Rang(actor_id=7, number=0))
        publish(session, Rang(actor_id=7, number=1))
        assert await count(session, "effects") == 1
    assert seen == [2]
    assert await effects(database, "within") == [1]


async def test_a_failing_within_handler_fails_the_write(database: Database) -> None:
    poisoned = recorder("within", poison=lambda number: number == 2)
    Events(database, registry(bells=(Handler(Rang, poisoned, when=Moment.WITHIN),)))
    with pytest.raises(LookupError):
        await ring(database, 1, 2)
    assert await rows_in(database, "effects") == 0
    assert await rows_in(database, "outbox") == 0


async def test_within_handlers_may_publish_further_events(database: Database) -> None:
    parts = (Handler(Rang, pass_on, when=Moment.WITHIN), Handler(Knocked, recorder("knocks"), when=Moment.WITHIN))
    Events(database, registry(bells=parts))
    await ring(database, 1, 2)
    assert await effects(database, "knocks") == [101, 102]
    assert await rows_in(database, "outbox") == 4


async def test_a_circle_of_publishing_handlers_ends(database: Database) -> None:
    Events(database, registry(bells=(Handler(Rang, ring_again, when=Moment.WITHIN),)))
    with pytest.raises(RuntimeError, match="circle"):
        await ring(database, 1)
    assert await rows_in(database, "outbox") == 0


async def test_an_event_cannot_be_published_within_a_savepoint(database: Database) -> None:
    Events(database, registry())
    async with database.write() as session:
        async with session.begin_nested():
            with pytest.raises(RuntimeError, match="savepoint"):
                publish(session, Rang(actor_id=7, number=1))
        publish(session, Rang(actor_id=7, number=2))
    assert await rows_in(database, "outbox") == 1


async def test_a_streams_numbers_are_unique_and_belong_together(database: Database) -> None:
    Events(database, registry())
    async with database.write() as session:
        with pytest.raises(ValueError, match="has a number"):
            publish(session, Rang(actor_id=7, number=1), stream="bell:1")
        with pytest.raises(ValueError, match="has a number"):
            publish(session, Rang(actor_id=7, number=1), ev=1)
        publish(session, Rang(actor_id=7, number=1), stream="bell:1", ev=1)
        publish(session, Rang(actor_id=7, number=1), stream="bell:2", ev=1)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.write() as session:
            publish(session, Rang(actor_id=7, number=2), stream="bell:1", ev=1)


async def test_a_class_with_anothers_type_is_not_published(database: Database) -> None:
    Events(database, registry(bells=(Handler(Rang, recorder("within"), when=Moment.WITHIN),)))
    with pytest.raises(TypeError, match="Impostor"):
        async with database.write() as session:
            publish(session, Impostor(actor_id=7))
    assert await rows_in(database, "outbox") == 0
