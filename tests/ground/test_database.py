"""Sessions and connections: what reads cannot write, what is acknowledged is durable, and what is held comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import BigInteger, Text, bindparam, insert, literal_column, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from starlette.requests import Request

from src import clock
from src.auth.models import Revocation
from src.database import (
    Database,
    HotRead,
    HotWrite,
    ReadSession,
    WriteSession,
    exists,
    sqlstate_of,
    unit_of_work,
    writing,
)
from src.problems import problem_of

pytestmark = pytest.mark.integration

_ROW = insert(Revocation).values(credential_id=1, until=text("now()"))
_COUNT = "SELECT count(*) FROM revocations"
# Longer than `until` waits for it to be stopped.
_SLEEP = "SELECT pg_sleep(90)"


async def rows(database: Database) -> int:
    """How many rows there are for everybody to see."""
    return int((await database.fetch(_COUNT, []))[0][0])


async def busy_with(database: Database, sql: str) -> int:
    """How many connections of this database run this statement."""
    watched = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state = 'active' AND query = $1 AND pid <> pg_backend_pid()"
    )
    return int((await database.fetch(watched, [sql]))[0][0])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for it, thirty seconds at most."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110  the database does not call
            await asyncio.sleep(0.01)


async def test_a_session_that_reads_cannot_write(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(DBAPIError) as caught:
            await session.execute(_ROW)
    assert sqlstate_of(caught.value) == "25006"
    # A bug of ours: nobody is told to try again.
    assert problem_of(caught.value) is None
    assert await rows(database) == 0


async def test_what_is_written_is_there_when_the_block_ends_and_not_before(database: Database) -> None:
    async with database.write() as session:
        await session.execute(_ROW)
        assert await rows(database) == 0
    assert await rows(database) == 1


async def test_a_block_that_raises_has_done_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as session:
            await session.execute(_ROW)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await rows(database) == 0


async def test_what_runs_before_the_commit_is_part_of_it(database: Database) -> None:
    async def write_too(session: WriteSession) -> None:
        await session.execute(_ROW)

    database.before_commit(write_too)
    async with database.write():
        pass
    assert await rows(database) == 1
    # And what fails there undoes everything.
    with pytest.raises(IntegrityError) as caught:
        async with database.write() as session:
            await session.execute(insert(Revocation).values(credential_id=2, until=text("now()")))
    assert sqlstate_of(caught.value) == "23505"
    assert await rows(database) == 1


async def test_what_follows_the_commit_runs_when_it_is_durable_and_never_without(database: Database) -> None:
    called: list[int] = []

    async def write(key: int) -> None:
        async with database.write() as session:
            session.after_commit(lambda: called.append(key))
            await session.execute(insert(Revocation).values(credential_id=key, until=text("now()")))
            assert key not in called

    await write(1)
    await write(2)
    assert called == [1, 2]
    with pytest.raises(IntegrityError):
        await write(2)
    assert called == [1, 2]


async def test_time_outs_hold_on_every_connection(database: Database) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
    usual = database.apart(2)
    try:
        for opened in (usual.read, usual.write):
            async with opened() as session:
                found = [await session.scalar(text(f"SHOW {name}")) for name in names]
            assert found == ["5s", "2s", "10s", "UTC"]
    finally:
        await usual.close()


def _request(database: Database, method: str) -> Request:
    return Request({"type": "http", "method": method, "headers": [], "state": {"database": database}})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_request_that_reads_gets_a_session_that_reads(database: Database, method: str) -> None:
    async for session in unit_of_work(_request(database, method)):
        assert type(session) is ReadSession
        with pytest.raises(TypeError, match="a GET route takes ReadDep"):
            await writing(session)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_any_other_request_gets_one_that_writes(database: Database, method: str) -> None:
    async for session in unit_of_work(_request(database, method)):
        assert await writing(session) is session
        await session.execute(_ROW)
    assert await rows(database) == 1


async def test_exists_says_whether_there_is_a_row(database: Database) -> None:
    async with database.write() as session:
        assert not await exists(session, select(Revocation.credential_id))
        await session.execute(_ROW)
        assert await exists(session, select(Revocation.credential_id))


_HOT = HotRead(
    select(
        bindparam("second", type_=Text),
        bindparam("first", type_=BigInteger) * literal_column("2"),
        bindparam("second", type_=Text),
    ).where(bindparam("first", type_=BigInteger) < 10)
)


async def test_a_hot_read_puts_its_parameters_where_they_belong(database: Database) -> None:
    assert [tuple(row) for row in await _HOT.fetch(database, first=4, second="x")] == [("x", 8, "x")]
    assert await _HOT.fetch(database, second="x", first=10) == []
    with pytest.raises(KeyError):
        await _HOT.fetch(database, first=4)


async def test_a_hot_read_that_is_refused_gives_its_connection_back(database: Database) -> None:
    for _ in range(30):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await database.fetch("SELECT 1 / $1::int", [0])
        with pytest.raises(asyncpg.DataError):
            await database.fetch("SELECT $1::bigint", [2**63])
    assert checked_out(database) == 0


_HOT_ROW = HotWrite(
    insert(Revocation)
    .values(credential_id=bindparam("id", type_=BigInteger), until=text("now()"))
    .returning(Revocation.until)
)


async def test_hot_writes_belong_to_their_unit_of_work(database: Database) -> None:
    async with database.write() as session:
        assert len(await _HOT_ROW.fetch(session, id=1)) == 1
        # Later ones go the short way, and see what the session has yet to write.
        session.add(Revocation(credential_id=2, until=clock.now()))
        with pytest.raises(asyncpg.UniqueViolationError):
            async with session.begin_nested():
                await _HOT_ROW.fetch(session, id=2)
        await _HOT_ROW.fetch(session, id=3)
        assert await rows(database) == 0
    assert await rows(database) == 3


async def _write_hot(database: Database, *ids: int) -> None:
    """One unit of work; 0 makes it fail."""
    async with database.write() as session:
        for id_ in ids:
            await _HOT_ROW.fetch(session, id=id_ or 1 // 0)


async def test_a_hot_write_is_refused_in_the_drivers_words_first_or_last(database: Database) -> None:
    await _write_hot(database, 1)
    for ids in ((1,), (2, 1)):
        with pytest.raises(asyncpg.UniqueViolationError):
            await _write_hot(database, *ids)
    # Nor is anything left of those whose unit of work fails otherwise.
    with pytest.raises(ZeroDivisionError):
        await _write_hot(database, 3, 4, 0)
    assert await rows(database) == 1
    assert checked_out(database) == 0


async def test_a_hot_write_never_takes_the_connection_that_its_session_has_given_back(database: Database) -> None:
    async with database.write() as one:
        await _HOT_ROW.fetch(one, id=1)
        await one.rollback()
        async with database.write() as other:
            await _HOT_ROW.fetch(other, id=2)
            await _HOT_ROW.fetch(one, id=3)
            assert checked_out(database) == 2
            await other.rollback()
    assert await rows(database) == 1


def checked_out(database: Database) -> int:
    """How many connections are in use."""
    pool: Any = database.engine.pool
    return int(pool.checkedout())


async def _session_sleeps(database: Database) -> None:
    async with database.read() as session:
        await session.execute(text(_SLEEP))


async def _writer_sleeps(database: Database) -> None:
    async with database.write() as session:
        await session.execute(_ROW)
        await session.execute(text(_SLEEP))


async def _hot_writer_sleeps(database: Database) -> None:
    async with database.write() as session:
        await session.execute(_ROW)
        await session.fetch("SELECT 1", [])
        await session.fetch(_SLEEP, [])


async def _hot_read_sleeps(database: Database) -> None:
    await database.fetch(_SLEEP, [])


@pytest.mark.parametrize("sleep", [_session_sleeps, _writer_sleeps, _hot_writer_sleeps, _hot_read_sleeps])
async def test_who_leaves_gives_the_connection_back_and_stops_the_statement(
    database: Database, database_url: str, sleep: Callable[[Database], Awaitable[None]]
) -> None:
    # No time-out is to end the statements before all have been seen asleep, nor in the place of who leaves.
    busy = Database(database_url, pool_timeout=30, settings={"statement_timeout": "0", "transaction_timeout": "0"})
    sleepers = [
        asyncio.ensure_future(sleep(busy)) for _ in range(1 if sleep in {_writer_sleeps, _hot_writer_sleeps} else 5)
    ]

    async def all_asleep() -> bool:
        return await busy_with(database, _SLEEP) == len(sleepers)

    async def nobody_asleep() -> bool:
        return await busy_with(database, _SLEEP) == 0

    await until(all_asleep)
    for sleeper in sleepers:
        sleeper.cancel()
    await asyncio.gather(*sleepers, return_exceptions=True)
    assert all(sleeper.cancelled() for sleeper in sleepers)
    assert checked_out(busy) == 0
    await until(nobody_asleep)
    assert await rows(database) == 0
    # All of the pool can be used again.
    assert [len(found) for found in await asyncio.gather(*(busy.fetch(_COUNT, []) for _ in range(30)))] == [1] * 30
    await busy.close()


async def test_who_leaves_while_waiting_for_a_connection_takes_none(database_url: str) -> None:
    small = Database(database_url, pool_size=1, pool_timeout=30)
    async with small.read() as session:
        await session.execute(text("SELECT 1"))
        waiting = [asyncio.ensure_future(one) for one in (small.fetch(_COUNT, []), _session_sleeps(small))]
        await asyncio.sleep(0)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert checked_out(small) == 0
    assert await rows(small) == 0
    await small.close()
