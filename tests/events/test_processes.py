"""Several processes on one database: one leads, another takes over, and all hear what is meant for all."""

import asyncio
from collections.abc import Mapping
from itertools import count

import pytest
from sqlalchemy import text

from src.database import Database
from src.events import line, queries, relay
from src.events.bus import Events
from src.events.constants import Moment
from src.events.handlers import Handler
from tests.events.parts import (
    EVERYWHERE,
    Rang,
    after,
    effects,
    eventually,
    fail_after,
    has_come,
    heard_by_both,
    process,
    registry,
    ring,
)

pytestmark = pytest.mark.integration


def break_down(_event: Rang, _resources: Mapping[str, object]) -> None:
    """A handler with a mistake in it."""
    raise LookupError


async def cut_lines(database: Database) -> None:
    """Ends the connections of both relays from the server's side, once both are there."""
    of_relays = "FROM pg_stat_activity WHERE application_name = 'hearth relay' AND datname = current_database()"
    found = 0
    async with asyncio.timeout(30):
        while found < 2:
            async with database.read() as session:
                found = (await session.execute(text(f"SELECT count(*) {of_relays}"))).scalar_one()
    async with database.read() as session:
        await session.execute(text(f"SELECT pg_terminate_backend(pid) {of_relays}"))


async def test_events_are_handled_without_being_asked(database_url: str) -> None:
    async with process(database_url, registry(bells=(after("rang"),))) as (database, _):
        await ring(database, 1)
        await has_come(database, "rang", [1])
        await ring(database, 2, 3)
        await has_come(database, "rang", [1, 2, 3])


async def test_what_has_failed_is_tried_again_in_its_time(database_url: str) -> None:
    tries = count()
    async with process(database_url, registry(bells=(after("rang", poison=lambda _: next(tries) < 2),))) as (own, _):
        await ring(own, 1)
        await has_come(own, "rang", [1])


async def test_what_waited_for_the_start_is_handled(database_url: str, database: Database) -> None:
    handlers = registry(bells=(after("rang"),))
    async with process(database_url, handlers) as (first, _):
        await ring(first, 1)
        await has_come(first, "rang", [1])
    async with process(database_url, registry()) as (silent, _):
        await ring(silent, 2)
    async with process(database_url, handlers):
        await has_come(database, "rang", [1, 2])


async def test_a_process_that_leads_is_told_by_the_others(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # It would not look by itself.
    monkeypatch.setattr(relay, "POLL_SECONDS", 600)
    handlers = registry(bells=(after("rang"),))
    async with process(database_url, handlers) as (first, leader):
        await eventually(lambda: leader.is_leading)
        async with process(database_url, handlers) as (second, _):
            await ring(second, 1)
            await has_come(first, "rang", [1])


async def test_one_process_leads_and_works_for_the_others(database_url: str) -> None:
    handlers = registry(bells=(after("rang"),))
    async with process(database_url, handlers) as (first, leader):
        await eventually(lambda: leader.is_leading)
        async with process(database_url, handlers) as (second, follower):
            await ring(second, 1)
            await has_come(first, "rang", [1])
            await asyncio.sleep(1.2)
            assert not follower.is_leading
            await asyncio.gather(ring(first, 2), ring(second, 3))
            await eventually(lambda: leader.is_leading)
            await leader.settle()
            assert sorted(await effects(first, "rang")) == [1, 2, 3]


async def test_leadership_moves_when_the_leader_goes(database_url: str) -> None:
    handlers = registry(bells=(after("rang"),))
    async with process(database_url, handlers) as (second, follower):
        async with process(database_url, handlers) as (_, other):
            await eventually(lambda: follower.is_leading != other.is_leading)
        await eventually(lambda: follower.is_leading)
        await ring(second, 1)
        await has_come(second, "rang", [1])


async def test_leadership_moves_when_the_leaders_connection_dies(database_url: str, database: Database) -> None:
    handlers = registry(bells=(after("rang"),))
    async with process(database_url, handlers) as (first, leader), process(database_url, handlers) as (_, follower):
        await eventually(lambda: leader.is_leading != follower.is_leading)
        for round_ in range(3):
            await cut_lines(database)
            await ring(first, round_)
            await has_come(first, "rang", list(range(round_ + 1)))
            await eventually(lambda: leader.is_leading != follower.is_leading)


async def test_everywhere_is_heard_once_by_each_process(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each is told by the other.
    monkeypatch.setattr(relay, "POLL_SECONDS", 600)
    handlers = registry(bells=EVERYWHERE)
    here: list[int] = []
    there: list[int] = []
    async with (
        process(database_url, handlers, {"numbers": here}) as (first, _),
        process(database_url, handlers, {"numbers": there}) as (second, _),
    ):
        await heard_by_both(first, second, here, there)
        here.clear()
        there.clear()
        await ring(first, 1)
        assert here == [1]
        await eventually(lambda: there == [1])
        await asyncio.gather(*(ring((first, second)[number % 2], number) for number in range(2, 40)))
        await eventually(lambda: len(here) >= 39 and len(there) >= 39)
        await asyncio.sleep(0.1)
        assert sorted(here) == sorted(there) == list(range(1, 40))


async def test_what_a_process_writes_during_its_first_look_is_heard_once(database: Database) -> None:
    here: list[int] = []
    everywhere = Events(database, registry(bells=EVERYWHERE), resources={"numbers": here})._everywhere
    async with line.opened(database, name="test") as opened:
        # As a relay does it.
        everywhere.follow()
        horizon = await queries.read_horizon(opened)
        await ring(database, 1)
        for end in (horizon, horizon, await queries.read_horizon(opened)):
            await everywhere.read_tail(opened, end)
        assert here == [1]
        assert all(place.xid >= end for place in everywhere._seen)


async def test_everywhere_does_not_wait_for_open_transactions(database_url: str, database: Database) -> None:
    handlers = registry(bells=EVERYWHERE)
    here: list[int] = []
    there: list[int] = []
    async with (
        process(database_url, handlers, {"numbers": here}) as (first, _),
        process(database_url, handlers, {"numbers": there}) as (second, _),
    ):
        await heard_by_both(first, second, here, there)
        there.clear()
        async with database.write() as idle:
            await idle.execute(text("SELECT pg_current_xact_id()"))
            await ring(first, 1)
            await eventually(lambda: there == [1])
            await ring(first, 2)
            await eventually(lambda: there == [1, 2])
        await ring(first, 3)
        await eventually(lambda: there == [1, 2, 3])


async def test_everywhere_is_not_heard_of_what_was_rolled_back(database_url: str) -> None:
    here: list[int] = []
    async with process(database_url, registry(bells=EVERYWHERE), {"numbers": here}) as (database, _):
        with pytest.raises(ZeroDivisionError):
            await fail_after(database, Rang(actor_id=7, number=1))
        await ring(database, 2)
        assert here == [2]


async def test_a_mistake_in_an_everywhere_handler_harms_nobody(database_url: str) -> None:
    here: list[int] = []
    parts = (Handler(Rang, break_down, when=Moment.EVERYWHERE), *EVERYWHERE, after("rang"))
    async with process(database_url, registry(bells=parts), {"numbers": here}) as (database, _):
        await ring(database, 1)
        assert here == [1]
        await has_come(database, "rang", [1])


async def test_the_tail_goes_on_where_it_was_when_the_line_was_cut(database_url: str, database: Database) -> None:
    handlers = registry(bells=EVERYWHERE)
    here: list[int] = []
    there: list[int] = []
    async with (
        process(database_url, handlers, {"numbers": here}) as (first, _),
        process(database_url, handlers, {"numbers": there}) as (second, _),
    ):
        await heard_by_both(first, second, here, there)
        there.clear()
        await cut_lines(database)
        await ring(first, 1, 2)
        await eventually(lambda: there == [1, 2])
