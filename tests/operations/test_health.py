"""What balancers and containers ask: whether the process lives, and whether it should get requests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import event, text

from src.config import Settings, override
from src.database import Database
from src.operations import readiness
from src.operations.config import OperationsSettings
from src.operations.exceptions import DatabaseUnreachable
from tests.hearth import Hearth, problem

pytestmark = pytest.mark.integration


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """The statements that the block sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that a busy machine holds up is not away, and what was found is good for long."""
    monkeypatch.setattr(readiness, "PING_SECONDS", 30)
    monkeypatch.setattr(readiness, "READY_SECONDS", 30)


async def answered(hearth: Hearth, status: int) -> httpx.Response:
    """Asks until the status comes: what was found is good for a second."""
    async with asyncio.timeout(30):
        while True:
            answer = await hearth.client.get("/health/ready")
            if answer.status_code == status:
                return answer
            await asyncio.sleep(0.05)


async def stand_at(hearth: Hearth, revision: str) -> None:
    async with hearth.database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


@pytest.mark.usefixtures("patient")
async def test_a_server_that_is_well_lives_and_is_ready(hearth: Hearth) -> None:
    assert (await hearth.client.get("/health/live")).json() == {"status": "live"}
    assert (await hearth.client.get("/health/ready")).json() == {"status": "ready"}


@pytest.mark.usefixtures("patient")
async def test_probes_need_no_account_where_strangers_may_read_nothing(hearth: Hearth) -> None:
    with override(Settings, public_read=False):
        assert (await hearth.client.get("/health/live")).status_code == 200
        assert (await hearth.client.get("/health/ready")).status_code == 200
        stale = {"Authorization": "Bearer of-a-proxy-that-adds-one"}
        assert (await hearth.client.get("/health/ready", headers=stale)).status_code == 200


async def test_life_needs_no_database(hearth: Hearth) -> None:
    with statements_of(hearth.database) as sent:
        assert (await hearth.client.get("/health/live")).status_code == 200
    assert sent == []


@pytest.mark.usefixtures("patient")
async def test_a_crowd_of_probes_is_one_look_at_the_database(hearth: Hearth) -> None:
    with statements_of(hearth.database) as sent:
        answers = await asyncio.gather(*(hearth.client.get("/health/ready") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len([statement for statement in sent if "alembic_version" in statement]) == 1


async def test_a_server_without_its_database_is_not_ready() -> None:
    nowhere = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseUnreachable):
        await readiness.Readiness(nowhere).check()
    await nowhere.close()


async def test_a_database_that_does_not_answer_in_time_is_away(database_url: str) -> None:
    busy = Database(database_url, pool_size=1, pool_timeout=60)
    loop = asyncio.get_running_loop()
    async with busy.read() as session:
        # Its only connection is taken.
        await session.execute(text("SELECT 1"))
        begun = loop.time()
        with pytest.raises(DatabaseUnreachable):
            await readiness.Readiness(busy).check()
        # Not as long as a connection is waited for.
        assert loop.time() - begun < 30
    await busy.close()


async def test_a_schema_that_lacks_migrations_is_not_ready_until_it_is_migrated(hearth: Hearth) -> None:
    head = readiness.history().head
    assert head is not None
    await stand_at(hearth, "0001_ground")
    answer = await answered(hearth, 503)
    assert problem(answer) == "schema_behind"
    assert answer.json()["retryable"]
    assert answer.headers["retry-after"]
    await stand_at(hearth, head)
    await answered(hearth, 200)


@pytest.mark.usefixtures("patient")
async def test_a_schema_of_a_newer_version_does_not_stop_the_servers_that_it_replaces(hearth: Hearth) -> None:
    await stand_at(hearth, "9999_of_tomorrow")
    await readiness.Readiness(hearth.database).check()


async def test_a_server_that_drains_still_answers_but_wants_no_more(hearth: Hearth) -> None:
    found = hearth.runtime.resources["readiness"]
    assert isinstance(found, readiness.Readiness)
    with override(OperationsSettings, drain_seconds=3):
        assert found.drain() == 3
    assert problem(await hearth.client.get("/health/ready")) == "draining"
    assert (await hearth.client.get("/health/live")).status_code == 200
    assert (await hearth.client.get("/v1/users")).status_code == 200
