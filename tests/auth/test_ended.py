"""Ended credentials: refused here at once, in every other process within a second, and 503 where nobody can tell."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace

import asyncpg
import pytest
from sqlalchemy import text

from src import clock
from src.auth import ended, models
from src.auth.authenticator import opened
from src.config import Settings
from src.database import Database
from src.exceptions import Unavailable
from src.feature import Role
from tests.auth.people import SOON, another_process, log_in, seconds_until_refused, status_with, until
from tests.hearth import Hearth, problem

LOCK = text("LOCK TABLE revocations IN ACCESS EXCLUSIVE MODE")


@pytest.fixture(autouse=True)
def trusting() -> None:
    """Not here: it is what these tests are about."""


async def test_another_process_refuses_within_a_second(hearth: Hearth, settings: Settings, database_url: str) -> None:
    ada = await hearth.account("ada")
    key = (await ada.client.post("/v1/auth/api-keys", json={"name": "k", "scopes": ["auth:read"]})).json()
    grant = await log_in(hearth.client, "ada")
    async with another_process(settings, database_url) as other:
        for credential in (key["secret"], grant["access_token"]):
            assert (await other.caller(credential)).account_id == ada.id
        await ada.client.delete(f"/v1/auth/api-keys/{key['id']}")
        await ada.client.delete(f"/v1/auth/sessions/{grant['session_id']}")
        waits = [await seconds_until_refused(other, text_) for text_ in (key["secret"], grant["access_token"])]
        assert max(waits) < SOON
        # What makes it a second.
        assert ended.EVERY_SECONDS < ended.GOOD_SECONDS <= 1
        assert (await other.caller(ada.token)).account_id == ada.id


async def test_who_outlives_a_request_is_told(hearth: Hearth, settings: Settings, database_url: str) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    here: list[int] = []
    there: list[int] = []
    hearth.authenticator.ended.listen(here.extend)
    async with another_process(settings, database_url) as other:
        other.ended.listen(there.extend)

        async def is_told() -> bool:
            return bool(there)

        await ada.client.delete("/v1/auth/sessions")
        assert here == [int(grant["session_id"])]
        assert await until(is_told) < SOON
        assert there == here
    # Each end is told once, however often it is read.
    for _ in range(2):
        hearth.authenticator.ended._known_at -= 60
        await hearth.authenticator.ended.be_fresh()
    assert here == [int(grant["session_id"])]


class SlowReading:
    """A database whose answers arrive late."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.answered, self.arrived = asyncio.Event(), asyncio.Event()

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        rows = await self._database.fetch(sql, arguments)
        self.answered.set()
        await self.arrived.wait()
        return rows


async def test_what_ends_during_a_reading_stays_ended_after_it(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await hearth.account("ada")
    slow = SlowReading(hearth.database)
    monkeypatch.setattr(hearth.authenticator.ended, "_database", slow)
    # What was known before the reading is good for as long as this takes.
    monkeypatch.setattr(ended, "GOOD_SECONDS", 60)
    await slow.answered.wait()
    assert (await ada.client.post("/v1/auth/logout")).status_code == 204
    slow.arrived.set()
    reading = hearth.authenticator.ended._reading
    assert reading is not None
    await reading
    assert await status_with(hearth.client, ada.token) == 401


async def test_who_joins_a_reading_of_before_the_process_stood_still_waits_for_the_next(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowReading(hearth.database)
    monkeypatch.setattr(hearth.authenticator.ended, "_database", slow)
    await slow.answered.wait()
    monkeypatch.setattr(ended, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 2 * ended.GOOD_SECONDS))
    asking = asyncio.create_task(hearth.authenticator.ended.be_fresh())
    await asyncio.sleep(0)
    slow.arrived.set()
    await asking


async def test_an_end_that_a_reading_finds_before_its_own_process_hears_of_it_is_told_once(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await hearth.account("ada")
    known, told, late = hearth.authenticator.ended, list[int](), list[frozenset[int]]()
    known.listen(told.extend)
    apply = known._apply
    monkeypatch.setattr(known, "_apply", late.append)
    assert (await ada.client.post("/v1/auth/logout")).status_code == 204
    while not told:
        await known._reread()
    apply(*late)
    assert told == [ada.session_id]
    assert ada.session_id in known


class StandingStill:
    """A database; once, all stands still when it has been asked."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._left = [seconds]

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        if self._left:
            time.sleep(self._left.pop())  # noqa: ASYNC251  nothing else may go on
        return await self._database.fetch(sql, arguments)


async def test_a_machine_that_stood_still_for_a_while_refuses_nobody(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await hearth.account("ada")
    known = hearth.authenticator.ended
    await known._reread()
    monkeypatch.setattr(known, "_database", StandingStill(known._database, 1.5 * ended.GOOD_SECONDS))
    known._known_at -= 60
    assert await status_with(hearth.client, ada.token) == 200


async def test_what_was_rolled_back_has_not_ended(hearth: Hearth) -> None:
    ada = await hearth.account("ada")

    async def fail_after_ending() -> None:
        async with hearth.database.write() as session:
            await ended.end(session, models.Session, models.Session.account_id == ada.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_ending()
    assert await status_with(hearth.client, ada.token) == 200


async def test_a_process_that_cannot_read_what_has_ended_answers_503_and_recovers(hearth: Hearth) -> None:
    ada = await hearth.account("ada")

    async def is_let_in() -> bool:
        return await status_with(hearth.client, ada.token) == 200

    async def is_refused() -> bool:
        return not await is_let_in()

    async with hearth.database.write() as session:
        await session.execute(LOCK)
        await until(is_refused)
        answer = await ada.client.get("/v1/auth/me")
        assert (answer.status_code, problem(answer)) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
        # Strangers need no credential.
        assert (await hearth.client.post("/v1/auth/login", json={"login": "x", "password": "y"})).status_code == 401
    await until(is_let_in)


async def test_a_busy_process_looks_again_before_it_refuses(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    hearth.authenticator.ended._known_at -= 60
    assert await status_with(hearth.client, ada.token) == 200


async def test_an_authenticator_without_a_database_refuses(settings: Settings, database_url: str) -> None:
    database = Database(database_url)
    async with opened(settings, database) as authenticator:
        token = authenticator.access_token(account_id=1, session_id=2, role=Role.MEMBER)
        assert (await authenticator.caller(token)).account_id == 1
        await authenticator.ended._database.close()
        authenticator.ended._database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
        # One that is under way has begun while there was a database.
        await authenticator.ended._reread()
        authenticator.ended._known_at -= 60
        with pytest.raises(Unavailable):
            await authenticator.caller(token)
    await database.close()


async def test_a_revocation_outlives_every_token_and_is_forgotten_then(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    await ada.client.delete("/v1/auth/sessions")

    async def revocations() -> int:
        async with hearth.database.read() as session:
            return len((await session.execute(text("SELECT 1 FROM revocations"))).all())

    await hearth.run_job("auth.purge_revocations", at=clock.now() + timedelta(minutes=10))
    assert await revocations() == 1
    late = timedelta(minutes=10, seconds=30)
    await hearth.run_job("auth.purge_revocations", at=clock.now() + late)
    assert await revocations() == 0
    with clock.shifted(late):
        assert await status_with(hearth.client, grant["access_token"]) == 401
