"""AFTER handlers: once with effect, retried with patience, set aside in the end; and nobody waits for another."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import ClassVar

import pytest
from pydantic import Field
from sqlalchemy import text

from src import clock
from src.database import Database, WriteSession
from src.events import dead_letters, queries, subscription
from src.events.bus import Events
from src.events.constants import BATCH, MAX_ATTEMPTS, Moment
from src.events.event import Event, publish
from src.events.exceptions import DeadLetterNotFound, DeadLetterUnclaimed
from src.events.handlers import Handler
from src.events.models import DeadLetter
from src.events.records import Position
from src.events.subscription import Outcome, is_ahead, retry_after
from tests.events.parts import Knocked, Rang, after, effects, knock, recorder, registry, ring, rows_in

pytestmark = pytest.mark.integration

LONG = timedelta(minutes=6)
START = Position(0, 0)


class RangLess(Event):
    """What `Rang` may become: with a bound that old rows do not keep."""

    type: ClassVar[str] = "bells.rang"

    number: int = Field(lt=10)


async def letters(database: Database) -> list[DeadLetter]:
    """All dead letters, newest first."""
    async with database.read() as session:
        return list(await dead_letters.list_dead(session))


async def exhaust(events: Events) -> None:
    """Lets time pass until every retry has been made."""
    for attempt in range(MAX_ATTEMPTS + 1):
        with clock.shifted(LONG * attempt):
            await events.settle()


async def test_each_package_hears_what_it_asked_for(database: Database) -> None:
    parts = (after("bells"), Handler(Knocked, recorder("knocks"), when=Moment.AFTER))
    events = Events(database, registry(bells=parts, doors=(after("doors"),)))
    await ring(database, 1, 2)
    await knock(database, 3)
    await events.settle()
    assert await effects(database, "bells") == [1, 2]
    assert await effects(database, "knocks") == [3]
    assert await effects(database, "doors") == [1, 2]


async def test_the_event_comes_back_as_it_was_published(database: Database) -> None:
    heard: list[Rang] = []

    async def hear(_session: WriteSession, event: Rang) -> None:
        heard.append(event)

    events = Events(database, registry(bells=(Handler(Rang, hear, when=Moment.AFTER),)))
    said = Rang(actor_id=7, number=2**62)
    async with database.write() as session:
        publish(session, said)
    await events.settle()
    assert heard == [said]


async def test_who_asks_to_be_alone_has_the_transaction_end_with_it(database: Database) -> None:
    heard: list[tuple[int, int]] = []

    async def hear(session: WriteSession, event: Rang | Knocked) -> None:
        heard.append((event.number, int(await session.scalar(text("SELECT pg_current_xact_id()::text")) or 0)))

    parts = (
        Handler(Rang, hear, when=Moment.AFTER, alone=True),
        Handler(Rang, recorder("bells"), when=Moment.AFTER),
        Handler(Knocked, hear, when=Moment.AFTER),
    )
    events = Events(database, registry(bells=parts))
    await knock(database, 1, 2)
    await ring(database, 3, 4)
    await knock(database, 5, 6)
    await events.settle()
    assert [number for number, _ in heard] == [1, 2, 3, 4, 5, 6]
    transactions = [transaction for _, transaction in heard]
    assert transactions == sorted(transactions)
    # The first one shares with what came before it.
    assert [transactions.count(one) for one in sorted(set(transactions))] == [3, 1, 2]
    assert await effects(database, "bells") == [3, 4]


async def test_who_asks_for_many_gets_those_that_follow_each_other_at_once(database: Database) -> None:
    heard: list[list[int]] = []
    tries = count()

    async def hear(session: WriteSession, those: Sequence[Rang]) -> None:
        heard.append([event.number for event in those])
        for event in those:
            await recorder("rang", poison=lambda number: number == 5 and next(tries) < 2)(session, event)

    parts = (
        Handler(Rang, hear, when=Moment.AFTER, together=True),
        Handler(Knocked, recorder("knocks"), when=Moment.AFTER),
    )
    events = Events(database, registry(bells=parts))
    await ring(database, 1, 2)
    await knock(database, 3, 4)
    await ring(database, *range(10, 10 + BATCH))
    await events.settle()
    assert heard == [[1, 2], list(range(10, 10 + BATCH))]
    assert await effects(database, "knocks") == [3, 4]
    heard.clear()
    # One that fails is tried by itself, as everywhere.
    await ring(database, 4, 5, 6)
    await exhaust(events)
    assert heard == [[4, 5, 6], [4], [5], [5], [6]]
    assert (await effects(database, "rang"))[-3:] == [4, 5, 6]


async def test_what_a_handler_publishes_is_heard(database: Database) -> None:
    async def pass_on(session: WriteSession, event: Rang) -> None:
        publish(session, Knocked(actor_id=0, number=event.number + 100))

    parts = (Handler(Rang, pass_on, when=Moment.AFTER), Handler(Knocked, recorder("knocks"), when=Moment.AFTER))
    events = Events(database, registry(bells=parts))
    await ring(database, 1)
    await events.settle()
    assert await effects(database, "knocks") == [101]


async def test_a_crash_between_effect_and_watermark_is_one_effect(database: Database) -> None:
    tries = count()

    async def die_once(session: WriteSession, event: Rang) -> None:
        await recorder("rang")(session, event)
        if next(tries) == 0:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    events = Events(database, registry(bells=(Handler(Rang, die_once, when=Moment.AFTER),)))
    await ring(database, 1)
    await exhaust(events)
    assert next(tries) >= 2
    assert await effects(database, "rang") == [1]


async def test_a_failure_in_a_batch_undoes_nobody_elses_effect(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No retry is due before the clock is shifted.
    monkeypatch.setattr(subscription, "FIRST_RETRY_SECONDS", 10)
    tries = count()
    events = Events(database, registry(bells=(after("rang", poison=lambda number: number == 3 and next(tries) < 2),)))
    await ring(database, 1, 2, 3, 4, 5)
    await events.settle()
    # The batch has failed, then the third alone; it blocks those behind it until it is due again.
    assert await effects(database, "rang") == [1, 2]
    with clock.shifted(retry_after(1)):
        await events.settle()
    assert await effects(database, "rang") == [1, 2, 3, 4, 5]
    assert await letters(database) == []
    await ring(database, 6, 7, 8)
    await events.settle()
    async with database.read() as session:
        together = text("SELECT count(DISTINCT xmin::text) FROM effects WHERE number > 5")
        assert (await session.execute(together)).scalar_one() == 1


async def test_what_fails_for_good_is_set_aside_and_the_others_go_on(database: Database) -> None:
    parts = (after("bells", poison=lambda number: number == 2),)
    events = Events(database, registry(bells=parts, doors=(after("doors"),)))
    await ring(database, 1, 2, 3)
    await events.settle()
    assert await effects(database, "bells") == [1]
    assert await effects(database, "doors") == [1, 2, 3]
    await exhaust(events)
    assert await effects(database, "bells") == [1, 3]
    (letter,) = await letters(database)
    assert (letter.subscription, letter.type, letter.payload) == ("bells", "bells.rang", {"number": 2})
    assert letter.attempts == MAX_ATTEMPTS


async def test_a_dead_letter_repeats_no_words(database: Database) -> None:
    events = Events(database, registry(bells=(after("bells", poison=lambda _: True),)))
    await ring(database, 1)
    await exhaust(events)
    (letter,) = await letters(database)
    assert letter.error.startswith("LookupError at tests/events/parts.py:")
    assert "private" not in letter.error


async def test_a_handler_that_hangs_has_failed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_session: WriteSession, _event: Rang) -> None:
        await asyncio.Event().wait()

    events = Events(database, registry(bells=(Handler(Rang, hang, when=Moment.AFTER),), doors=(after("doors"),)))
    await events.prepare()
    await ring(database, 1)
    with monkeypatch.context() as patched:
        patched.setattr(subscription, "HANDLER_SECONDS", 0.05)
        assert await events.subscriptions["bells"].step() is Outcome.MOVED
    # With the time that those have who do not hang.
    assert await events.subscriptions["doors"].step() is Outcome.CAUGHT_UP
    assert await effects(database, "doors") == [1]
    monkeypatch.setattr(subscription, "HANDLER_SECONDS", 0.05)
    await exhaust(events)
    (letter,) = await letters(database)
    assert letter.error.startswith("TimeoutError")


def waits() -> list[float]:
    """The seconds before each retry."""
    return [retry_after(attempt).total_seconds() for attempt in range(1, MAX_ATTEMPTS)]


async def test_retries_wait_longer_each_time_and_five_minutes_in_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = Events(database, registry(bells=(after("bells", poison=lambda _: True),)))
    await ring(database, 1)
    assert waits() == sorted(waits())
    assert 240 <= sum(waits()) <= 300
    # From here on, however slow this machine is, no retry is due before the clock is shifted.
    monkeypatch.setattr(subscription, "FIRST_RETRY_SECONDS", 10)
    bells = events.subscriptions["bells"]
    await events.prepare()
    passed = 0.0
    for wait in waits():
        with clock.shifted(timedelta(seconds=passed)):
            assert await bells.step() is Outcome.MOVED
            assert await bells.step() is Outcome.WAITING
        passed += wait + 0.2
    with clock.shifted(timedelta(seconds=passed)):
        assert await bells.step() is Outcome.MOVED
        assert await bells.step() is Outcome.IDLE
    assert len(await letters(database)) == 1


async def test_no_wait_is_longer_because_a_clock_was_ahead(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not over before it was looked at.
    monkeypatch.setattr(subscription, "FIRST_RETRY_SECONDS", 10)
    failures = [True]
    events = Events(database, registry(bells=(after("bells", poison=lambda _: bool(failures)),)))
    await ring(database, 1)
    bells = events.subscriptions["bells"]
    await events.prepare()
    with clock.shifted(timedelta(days=1)):
        assert await bells.step() is Outcome.MOVED
        assert await bells.step() is Outcome.WAITING
    failures.clear()
    assert not is_ahead(bells.due)
    assert await bells.step() is not Outcome.WAITING
    assert await effects(database, "bells") == [1]


async def test_attempts_are_remembered_across_processes(database: Database, another: Callable[[], Database]) -> None:
    parts = registry(bells=(after("bells", poison=lambda _: True),))
    await Events(database, parts).prepare()
    await ring(database, 1)
    for attempt in range(MAX_ATTEMPTS):
        assert await letters(database) == []
        with clock.shifted(LONG * attempt):
            assert await Events(another(), parts).subscriptions["bells"].step() is Outcome.MOVED
    assert len(await letters(database)) == 1


async def test_an_event_that_no_longer_fits_its_class_is_set_aside_at_once(
    database: Database, another: Callable[[], Database]
) -> None:
    async def hear(session: WriteSession, event: RangLess) -> None:
        await recorder("rang")(session, Rang(actor_id=event.actor_id, number=event.number))

    Events(database, registry())
    await ring(database, 1, 10, 2)
    events = Events(another(), registry(bells=(Handler(RangLess, hear, when=Moment.AFTER),)))
    await events.settle()
    # It alone, of those that were taken with it.
    assert await effects(database, "rang") == [1, 2]
    (letter,) = await letters(database)
    assert (letter.payload, letter.attempts) == ({"number": 10}, 1)
    assert letter.error.startswith("src.events.exceptions.UndecodableEvent")


async def test_fields_of_a_newer_version_are_left_out(database: Database) -> None:
    events = Events(database, registry(bells=(after("rang"),)))
    async with database.write() as session:
        await session.execute(
            text(
                "INSERT INTO outbox (actor_id, type, payload, at)"
                """ VALUES (7, 'bells.rang', '{"number": 1, "volume": 11}', '2026-01-01')"""
            )
        )
    await events.settle()
    assert await effects(database, "rang") == [1]


async def test_a_dead_letter_is_replayed_once(database: Database) -> None:
    ill = {1, 2}
    events = Events(database, registry(bells=(after("bells", poison=lambda number: number in ill),)))
    await ring(database, 1, 2)
    await exhaust(events)
    for attempt in range(MAX_ATTEMPTS + 1):
        with clock.shifted(LONG * (attempt + 10)):
            await events.settle()
    second, first = await letters(database)
    with pytest.raises(LookupError):
        await events.replay(first.id)
    assert len(await letters(database)) == 2
    ill.clear()
    await events.replay(first.id)
    assert await effects(database, "bells") == [1]
    assert [letter.id for letter in await letters(database)] == [second.id]
    with pytest.raises(DeadLetterNotFound):
        await events.replay(first.id)


async def test_a_letter_that_nobody_waits_for_stays(database: Database, another: Callable[[], Database]) -> None:
    events = Events(database, registry(bells=(after("bells", poison=lambda _: True),)))
    await ring(database, 1)
    await exhaust(events)
    (letter,) = await letters(database)
    knocks = Handler(Knocked, recorder("knocks"), when=Moment.AFTER)
    with pytest.raises(DeadLetterUnclaimed):
        await Events(another(), registry()).replay(letter.id)
    with pytest.raises(DeadLetterUnclaimed):
        await Events(another(), registry(bells=(knocks,))).replay(letter.id)
    assert len(await letters(database)) == 1


async def test_dead_letters_are_listed_by_subscription_and_page(database: Database) -> None:
    parts = (after("bells", poison=lambda _: True),)
    events = Events(database, registry(bells=parts, doors=(after("doors", poison=lambda _: True),)))
    await ring(database, 1)
    await exhaust(events)
    newest, oldest = await letters(database)
    async with database.read() as session:
        assert [one.id for one in await dead_letters.list_dead(session, limit=1)] == [newest.id]
        assert [one.id for one in await dead_letters.list_dead(session, before=newest.id)] == [oldest.id]
        (of_doors,) = await dead_letters.list_dead(session, subscription="doors")
    assert of_doors.subscription == "doors"


async def test_a_new_server_begins_at_the_first_event_and_a_new_package_at_the_present(
    database: Database, another: Callable[[], Database]
) -> None:
    command = another()
    Events(command, registry())
    await ring(command, 1)
    first = Events(database, registry(bells=(after("bells"),)))
    await first.settle()
    assert await effects(database, "bells") == [1]
    later = Events(another(), registry(bells=(after("bells"),), doors=(after("doors"),)))
    await later.prepare()
    await ring(database, 2)
    await later.settle()
    assert await effects(database, "bells") == [1, 2]
    assert await effects(database, "doors") == [2]


async def test_a_sweep_steps_over_the_events_of_others_and_never_over_ones_own(database: Database) -> None:
    events = Events(
        database, registry(bells=(after("bells"),), doors=(Handler(Knocked, recorder("knocks"), when=Moment.AFTER),))
    )
    await events.prepare()
    doors = events.subscriptions["doors"]
    await ring(database, 1, 2)
    assert await doors.step() is Outcome.IDLE
    async with database.read() as session:
        place = text("SELECT gid FROM subscriptions WHERE name = 'doors'")
        assert (await session.execute(place)).scalar_one() == 0
    assert await doors.step(sweep=True) is Outcome.IDLE
    async with database.read() as session:
        last = (await session.execute(text("SELECT max(gid) FROM outbox"))).scalar_one()
        assert (await session.execute(place)).scalar_one() == last
    await knock(database, 3)
    assert await doors.step(sweep=True) is Outcome.CAUGHT_UP
    assert await effects(database, "knocks") == [3]


async def test_a_sweep_sees_what_has_become_readable_since_the_last_look(database: Database) -> None:
    events = Events(database, registry(bells=(after("bells"),)))
    await events.prepare()
    await ring(database, 1)
    async with database.write() as session:
        await queries.skip_foreign(session, "bells", ["bells.rang"], clock.now())
    await events.settle()
    assert await effects(database, "bells") == [1]


async def test_a_late_leaders_failure_does_not_count_against_what_is_done(
    database: Database, another: Callable[[], Database]
) -> None:
    parts = registry(bells=(after("bells"),))
    late, present = (Events(one, parts).subscriptions["bells"] for one in (another(), another()))
    Events(database, registry())
    await Events(another(), parts).prepare()
    await ring(database, 1)
    async with database.read() as session:
        (record,) = await queries.after(session, START, late.types, 1)
    assert await present.step() is Outcome.CAUGHT_UP
    await late._failed([record], LookupError())
    async with database.read() as session:
        assert (await session.execute(text("SELECT attempts FROM subscriptions"))).scalar_one() == 0


async def test_a_mark_that_another_holds_is_left_alone(database: Database) -> None:
    events = Events(database, registry(bells=(after("bells"),)))
    await events.prepare()
    await ring(database, 1)
    async with database.write() as session:
        await session.execute(text("SELECT 1 FROM subscriptions FOR UPDATE"))
        assert await events.subscriptions["bells"].step() is Outcome.BUSY
    assert await events.subscriptions["bells"].step() is Outcome.CAUGHT_UP
    assert await rows_in(database, "effects") == 1
