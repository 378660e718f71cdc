"""SIGTERM under load: what is running is answered, and nothing of the server stays behind."""

import asyncio

import psutil
import pytest
from sqlalchemy import text

from src.database import Database, ReadSession
from tests.system.conftest import Build
from tests.system.house import House, until
from tests.system.load import Load

pytestmark = pytest.mark.system

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def _waits(database: Database) -> None:
    """Returns once somebody waits for a lock."""
    async with asyncio.timeout(60):
        while True:
            async with database.read() as session:
                if await session.scalar(text(_WAITING)):
                    return


async def _refuses(house: House) -> None:
    """Returns once the server takes nobody any more."""
    host, port = house.url.removeprefix("http://").split(":")
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                return
            writer.close()
            await asyncio.sleep(0.01)


async def _hold(session: ReadSession, post_id: str) -> None:
    await session.execute(text("SELECT 1 FROM posts WHERE id = :id FOR UPDATE"), {"id": int(post_id)})


async def test_a_running_request_is_answered_and_nothing_stays_behind(build: Build) -> None:
    house = build()
    # However slow this machine is, the lock is not what ends the wait.
    house.module = "tests.system.patient"
    await house.start()
    token = await house.sign_up("ada")
    postmaster = house.postmaster()
    assert postmaster is not None
    async with house.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        post_id = (await client.post("/v1/posts", json={"text": "Last words"})).json()["id"]
        async with house.database() as database:
            async with database.write() as session:
                await _hold(session, post_id)
                running = asyncio.create_task(client.post(f"/v1/posts/{post_id}/like"))
                await _waits(database)
                below = house.family()
                house.ask_to_stop()
                await _refuses(house)
                # Longer than a server that did not wait would need to be gone.
                await session.execute(text("SELECT pg_sleep(0.7)"))
            answer = await running
    assert answer.status_code == 200, answer.text
    assert answer.json()["liked"]
    assert await asyncio.to_thread(house.process.wait, 60) == 0
    for process in (*below, postmaster):
        await until(lambda process=process: not _lives(process), f"the end of {process}")  # type: ignore[misc]
    assert house.postmaster() is None
    # The folder is free again, and the like was no empty promise.
    await house.start()
    async with house.client() as client:
        assert (await client.get(f"/v1/posts/{post_id}")).json()["likes_count"] == 1


async def test_stops_under_load_lose_nothing(house: House) -> None:
    load = Load(house)
    await load.gather("ada", "grace", "edith")
    async with load.running():
        for _ in range(3):
            await load.goes_on(15)
            assert await house.stop() == 0
            await house.start()
        await load.goes_on(5)
    assert set(load.statuses) <= {200, 201, 503}
    await load.is_read()
    async with house.database() as database:
        await load.is_whole(database)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
