"""A whole Hearth in two processes behind a real Kafka: the server answers, the consumer does what follows."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from src.config import ROOT
from src.database import Database
from tests.events.brokers import PATIENCE, REAL, Broker, note, running, started
from tests.events.parts import published
from tests.system.conftest import Build
from tests.system.house import House, until, wrong_in

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A real broker of the test's own."""
    note(request, REAL)
    with running(tmp_path / "kafka") as found:
        yield found


@asynccontextmanager
async def consumer(house: House) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """`hearth consumer` beside this server; told to stop at the end, which has to go well."""
    log = house.data.with_suffix(".consumer.log")
    environment = {**os.environ, "ENVIRONMENT": "development", "HEARTH_ENV_FILE": "", **house.environment}
    with log.open("ab") as output:
        said_before = output.tell()
        process = subprocess.Popen(  # noqa: ASYNC220  its files are not pipes
            [sys.executable, "-m", "src", "consumer"],
            cwd=ROOT,
            env={**environment, "HEARTH_DATA": str(house.data)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        # Others may have said so before it.
        ready = b"consumer works for"
        await until(lambda: process.poll() is not None or ready in log.read_bytes()[said_before:], "the consumer")
        assert process.poll() is None, log.read_text()
        yield process
        if process.poll() is None:
            process.terminate()
            assert await asyncio.to_thread(process.wait, PATIENCE) == 0, log.read_text()
    finally:
        process.kill()


async def _notified(database: Database, count: int) -> None:
    """Returns once there are so many notifications."""
    found = 0
    async with asyncio.timeout(PATIENCE):
        while found < count:
            async with database.read() as session:
                found = int(await session.scalar(text("SELECT count(*) FROM notifications")) or 0)
            await asyncio.sleep(0.05)
    assert found == count


async def test_what_follows_from_a_like_is_the_consumers_work_whatever_happens_to_kafka(
    build: Build, broker: Broker
) -> None:
    house = build(KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap)
    await house.start()
    ada, ben = [{"Authorization": f"Bearer {await house.sign_up(name)}"} for name in ("ada", "ben")]
    async with house.client() as client, house.database() as database:

        async def like() -> None:
            post = (await client.post("/v1/posts", json={"text": "Bread"}, headers=ada)).json()["id"]
            assert (await client.post(f"/v1/posts/{post}/like", headers=ben)).is_success

        await like()
        await published(database)
        # The server runs no such handlers.
        await _notified(database, 0)
        async with consumer(house):
            await _notified(database, 1)
            await like()
            await _notified(database, 2)
            await asyncio.to_thread(broker.kill)
            await like()
            await started(broker)
            await _notified(database, 3)
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.wipe)
        await like()
        await started(broker)
        async with consumer(house) as process:
            await _notified(database, 4)
            process.kill()
            await asyncio.to_thread(process.wait, PATIENCE)
            await like()
            async with consumer(house):
                await _notified(database, 5)
        assert await wrong_in(database) == []
        async with database.read() as session:
            assert await session.scalar(text("SELECT count(*) FROM dead_letters")) == 0
