"""The embedded PostgreSQL is killed under load: requests are told to come again, and soon succeed."""

import asyncio
from collections import Counter

import psutil
import pytest
from sqlalchemy import text

from src.database import Database
from tests.system.house import PATIENCE, House, until
from tests.system.load import Load

pytestmark = pytest.mark.system

KILLS = 3


async def _read(house: House, statuses: Counter[int], over: asyncio.Event) -> None:
    """Reads without a pause."""
    async with house.client() as client:
        while not over.is_set():
            answer = await client.get("/v1/timelines/public")
            statuses[answer.status_code] += 1
            if answer.status_code != 200:
                assert answer.status_code == 503, answer.text
                assert answer.json()["retryable"]
                assert "Retry-After" in answer.headers


async def test_a_killed_database_comes_back_and_nothing_acknowledged_is_lost(house: House) -> None:
    load, reads, over = Load(house), Counter[int](), asyncio.Event()
    await load.gather("ada", "grace", "edith")
    async with asyncio.TaskGroup() as group:
        group.create_task(_read(house, reads, over))
        async with load.running():
            for _ in range(KILLS):
                await load.goes_on(15)
                victim = house.postmaster()
                assert victim is not None
                victim.kill()
                await load.goes_on(15)
        over.set()
    # A request that was under way is refused or answered, never cut off.
    assert load.cut == 0
    assert load.statuses[503]
    await load.is_read()
    async with house.database() as database:
        await load.is_whole(database)
    assert house.process.poll() is None


async def test_a_read_does_not_notice_that_all_connections_were_cut(house: House) -> None:
    await house.sign_up("ada")
    async with house.client() as client, house.database() as database:
        for _ in range(20):
            await _cut_all_connections(database)
            for path in ("/v1/timelines/public", "/v1/users/ada"):
                answer = await client.get(path)
                assert answer.status_code == 200, answer.text


async def test_a_house_whose_database_is_away_says_that_it_is_not_ready(house: House) -> None:
    victim = house.postmaster()
    assert victim is not None
    # Stopped, not dead: nobody is told that the connections are of no use.
    victim.suspend()
    try:
        await until(lambda: victim.status() == psutil.STATUS_STOPPED, "the standstill")
        # From here on no child is born, and none that ends is taken out of the system's table.
        children = victim.children()
        for process in children:
            process.suspend()
        await _is_ready(house, 503)
    finally:
        for process in (*victim.children(), victim):
            process.resume()
    await _is_ready(house, 200)
    assert house.process.poll() is None


async def _is_ready(house: House, status: int) -> None:
    """Waits for this answer; the process is alive all the while."""
    async with house.client() as client, asyncio.timeout(PATIENCE):
        while (await client.get("/health/ready")).status_code != status:
            assert (await client.get("/health/live")).status_code == 200
            await asyncio.sleep(0.02)


async def _cut_all_connections(database: Database) -> None:
    """Ends every session but this one."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = :name"
    async with database.read() as session:
        await session.execute(text(others), {"name": "hearth"})
