"""Words that the tests of this package share: signing in, from other addresses too, and what the tables say."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from src import clock
from src.auth import models
from src.auth.authenticator import Authenticator, opened
from src.auth.constants import AccountState
from src.auth.exceptions import InvalidToken
from src.config import Settings
from src.database import Database, exists
from src.exceptions import Unavailable
from tests.hearth import PASSWORD, Hearth, Person

LOGIN = "/v1/auth/login"
REFRESH = "/v1/auth/refresh"
ME = "/v1/auth/me"

# Seconds; where a second is promised, on a machine that may stand still for some.
SOON = 5.0

Grant = dict[str, Any]

_WAITING = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
_LOOK_SECONDS = 0.02


async def until(condition: Callable[[], Awaitable[bool]]) -> float:
    """Waits for it, half a minute at most; the seconds between its looks, so none in which all stood still."""
    began, looks = time.monotonic(), 0
    while time.monotonic() - began < 30:
        if await condition():
            return looks * _LOOK_SECONDS
        await asyncio.sleep(_LOOK_SECONDS)
        looks += 1
    raise TimeoutError


async def until_somebody_waits_for_a_lock(database: Database, task: asyncio.Task[Any] | None = None) -> None:
    """Returns also when the task, if one is given, is done without having waited."""

    async def is_waiting() -> bool:
        # In a transaction of its own: one sees the same activity until its end.
        async with database.read() as session:
            return (task is not None and task.done()) or await exists(session, _WAITING)

    await until(is_waiting)


async def try_login(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post(LOGIN, json={"login": login, "password": password})


async def log_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> Grant:
    response = await try_login(client, login, password)
    assert response.status_code == 200, response.text
    grant: Grant = response.json()
    return grant


async def try_refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(REFRESH, json={"refresh_token": token})


async def refresh(client: httpx.AsyncClient, token: str) -> Grant:
    response = await try_refresh(client, token)
    assert response.status_code == 200, response.text
    grant: Grant = response.json()
    return grant


async def status_with(client: httpx.AsyncClient, credential: str) -> int:
    """What a request with this token or key is answered."""
    return (await client.get(ME, headers={"Authorization": f"Bearer {credential}"})).status_code


async def seconds_until_refused(authenticator: Authenticator, credential: str) -> float:
    """How long a process goes on to let this token or key in: until the last time that it was shown and taken.

    However long a busy machine then takes to answer, it is none of this.
    """
    began = taken = time.monotonic()

    async def is_refused() -> bool:
        nonlocal taken
        shown = time.monotonic()
        try:
            await authenticator.caller(credential)
        except InvalidToken:
            return True
        except Unavailable:
            # It cannot tell at the moment, which lets nobody in.
            return False
        taken = shown
        return False

    await until(is_refused)
    return taken - began


@contextmanager
def clock_stopped_at(instant: datetime) -> Iterator[None]:
    """It is this instant for the length of the block, however long the machine takes for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: instant)
        yield


@asynccontextmanager
async def client_at(hearth: Hearth, address: str, user_agent: str = "test") -> AsyncIterator[httpx.AsyncClient]:
    """A client at this network address."""
    transport = httpx.ASGITransport(app=hearth.asgi, client=(address, 50_000))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://hearth.test", headers={"User-Agent": user_agent}
    ) as client:
        yield client


@asynccontextmanager
async def another_process(settings: Settings, url: str) -> AsyncIterator[Authenticator]:
    """The authenticator of a second process on the same database and data directory."""
    database = Database(url)
    try:
        async with opened(settings, database) as authenticator:
            yield authenticator
    finally:
        await database.close()


async def set_state(hearth: Hearth, account_id: int, state: AccountState) -> None:
    """Changes the row alone: no credential is ended by it."""
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, account_id)).state = state


async def event_kinds(hearth: Hearth, person: Person) -> list[str]:
    """What the person reads about their account, newest first."""
    await hearth.authenticator.gathered.write()
    token = (await log_in(hearth.client, person.username))["access_token"]
    response = await hearth.client.get("/v1/auth/security-events", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200, response.text
    # The first is the login of this look.
    return [event["kind"] for event in response.json()["items"]][1:]
