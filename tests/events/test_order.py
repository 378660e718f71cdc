"""What is committed is handled, in commit order, exactly once; what is committed late is not stepped over."""

import asyncio
from itertools import count
from typing import Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from src.database import Database, WriteSession
from src.events import queries, records
from src.events.bus import Events, UnsettledEvents
from src.events.event import Noted
from src.events.subscription import Outcome
from tests.events.parts import Rang, after, effects, has_come, process, registry, ring

pytestmark = pytest.mark.integration


class Transaction:
    """An open transaction that writes events when told to, as a statement of a package may."""

    def __init__(self, database: Database) -> None:
        self.numbers: list[int] = []
        self.began = self.ended = 0
        self._block = database.write()
        self._session: WriteSession

    async def begin(self) -> Self:
        """Takes its place among the others."""
        self._session = await self._block.__aenter__()
        await self._session.execute(text("SELECT pg_current_xact_id()"))
        return self

    async def write(self, number: int) -> None:
        """Writes an event, seen by nobody yet."""
        await queries.append(self._session, [records.encode(Noted(Rang(actor_id=7, number=number), None, None))])
        self.numbers.append(number)

    async def commit(self) -> None:
        """Ends it well."""
        await self._block.__aexit__(None, None, None)

    async def roll_back(self) -> None:
        """Ends it badly."""
        await self._block.__aexit__(ZeroDivisionError, ZeroDivisionError(), None)


async def test_a_late_commit_is_not_stepped_over(database: Database) -> None:
    events = Events(database, registry(bells=(after("rang"),)))
    await events.prepare()
    late = await Transaction(database).begin()
    await late.write(1)
    await ring(database, 2)
    assert await events.subscriptions["bells"].step() is Outcome.IDLE
    await late.commit()
    await events.settle()
    assert await effects(database, "rang") == [1, 2]


async def test_a_late_begin_does_not_overtake_either(database: Database) -> None:
    events = Events(database, registry(bells=(after("rang"),)))
    await events.prepare()
    first, second = await Transaction(database).begin(), await Transaction(database).begin()
    await second.write(2)
    await second.commit()
    await first.write(1)
    await first.commit()
    await events.settle()
    assert await effects(database, "rang") == [1, 2]


async def test_rolled_back_events_are_never_handled(database: Database) -> None:
    events = Events(database, registry(bells=(after("rang"),)))
    await events.prepare()
    lost = await Transaction(database).begin()
    await lost.write(1)
    await ring(database, 2)
    await lost.roll_back()
    await events.settle()
    assert await effects(database, "rang") == [2]


async def test_an_idle_transaction_holds_the_order_and_loses_nothing(database_url: str, database: Database) -> None:
    async with process(database_url, registry(bells=(after("rang"),))) as (own, _):
        idle = await Transaction(database).begin()
        await ring(own, *range(1, 6))
        await asyncio.sleep(0.3)
        assert await effects(database, "rang") == []
        await idle.write(0)
        await idle.commit()
        await has_come(database, "rang", [0, 1, 2, 3, 4, 5])


async def test_settle_says_when_somebody_holds_events_back(database: Database) -> None:
    events = Events(database, registry(bells=(after("rang"),)))
    idle = await Transaction(database).begin()
    await ring(database, 1)
    with pytest.raises(UnsettledEvents):
        await events.settle(seconds=0.1)
    await idle.commit()
    await events.settle()
    assert await effects(database, "rang") == [1]


async def test_many_writers_at_once_are_all_heard_once(database_url: str) -> None:
    async with process(database_url, registry(bells=(after("one"),), doors=(after("two"),))) as (database, events):

        async def write(first: int) -> None:
            for number in range(first, first + 25):
                await ring(database, number)

        await asyncio.gather(*(write(first) for first in range(0, 100, 25)))
        await events.settle()
        for note in ("one", "two"):
            found = await effects(database, note)
            assert sorted(found) == list(range(100))
            for first in range(0, 100, 25):
                assert [number for number in found if first <= number < first + 25] == list(range(first, first + 25))


class Play:
    """Transactions in four lanes, and what became of them."""

    def __init__(self, database: Database, events: Events) -> None:
        self.committed: list[Transaction] = []
        self._database = database
        self._events = events
        self._lanes: dict[int, Transaction] = {}
        self._ticks = count(1)

    async def do(self, move: str, lane: int) -> None:
        """One move; one that the lane's state does not allow is left out."""
        tick = next(self._ticks)
        if move == "step":
            await self._events.subscriptions[("bells", "doors")[lane % 2]].step(sweep=lane > 1)
        elif move == "begin" and lane not in self._lanes:
            self._lanes[lane] = await Transaction(self._database).begin()
            self._lanes[lane].began = tick
        elif move == "write" and lane in self._lanes:
            await self._lanes[lane].write(next(NUMBERS))
        elif move == "roll_back" and lane in self._lanes:
            await self._lanes.pop(lane).roll_back()
        elif move == "commit" and lane in self._lanes:
            done = self._lanes.pop(lane)
            done.ended = tick
            await done.commit()
            self.committed.append(done)

    async def finish(self) -> None:
        """Commits what is open and lets everything be handled."""
        for lane in list(self._lanes):
            await self.do("commit", lane)
        await self._events.settle()


NUMBERS = count()
MOVES = st.lists(
    st.tuples(st.sampled_from(["begin", "begin", "write", "write", "commit", "roll_back", "step"]), st.integers(0, 3)),
    max_size=40,
)


@pytest.fixture
async def events(database: Database) -> Events:
    """Two subscriptions that hear the same."""
    found = Events(database, registry(bells=(after("one"),), doors=(after("two"),)))
    await found.prepare()
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
async def test_any_interleaving_is_handled_in_one_order(
    database: Database, events: Events, moves: list[tuple[str, int]]
) -> None:
    """Transactions begin, write and end in any order while two subscriptions take steps in between."""
    play = Play(database, events)
    first = len(await effects(database, "one"))
    for move, lane in moves:
        await play.do(move, lane)
    await play.finish()
    one, two = await effects(database, "one"), await effects(database, "two")
    assert one == two
    handled = {number: place for place, number in enumerate(one[first:])}
    assert len(handled) == len(one) - first
    assert handled.keys() == {number for done in play.committed for number in done.numbers}
    for done in play.committed:
        assert [handled[number] for number in done.numbers] == sorted(handled[number] for number in done.numbers)
        for later in play.committed:
            if done.ended < later.began and done.numbers and later.numbers:
                assert handled[done.numbers[-1]] < handled[later.numbers[0]]
