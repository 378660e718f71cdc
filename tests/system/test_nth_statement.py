"""A fault at the n-th statement of a writing request, for every n: all of it has happened, or nothing."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy import Connection, event, text

from src import clock
from src.auth.config import AuthSettings, RegistrationMode
from src.config import override
from src.features import FEATURES, metadata
from src.media.config import MediaSettings
from tests.hearth import PASSWORD, Hearth, Person, opened, problem
from tests.media import files
from tests.media.conftest import stored
from tests.system.house import is_idle, wrong_in

pytestmark = pytest.mark.system

# Far more than any request sends.
_MOST = 60
Contents = dict[str, tuple[str, ...]]


@dataclass
class Saboteur:
    """Cuts the connection at the n-th statement from now; a commit counts as one."""

    left: int

    def strike(self, connection: Connection, *_details: object) -> None:
        """Hears of every statement before it is sent."""
        self.left -= 1
        driver = connection.connection.driver_connection
        if self.left == 0 and isinstance(driver, asyncpg.Connection):
            driver.terminate()


@contextmanager
def _sabotaged(hearth: Hearth, at: int) -> Iterator[Saboteur]:
    engine, saboteur = hearth.database.engine.sync_engine, Saboteur(at)
    heard = ("before_cursor_execute", "commit")
    for name in heard:
        event.listen(engine, name, saboteur.strike)
    try:
        yield saboteur
    finally:
        for name in heard:
            event.remove(engine, name, saboteur.strike)


async def _contents(hearth: Hearth) -> Contents:
    """Every row of every table."""
    found: Contents = {}
    async with hearth.database.read() as session:
        for table in metadata().sorted_tables:
            rows = await session.execute(text(f'SELECT t::text FROM "{table.name}" t ORDER BY 1'))
            found[table.name] = tuple(rows.scalars())
    return found


async def _all_or_nothing(
    hearth: Hearth, send: Callable[[], Awaitable[httpx.Response]], least: int, first: int = 1
) -> None:
    """Breaks the request at its first statement, its second one, …, until it succeeds.

    A read in front of the writing transaction is sent once more, so there the request does not break (`first`).
    """
    before = await _contents(hearth)
    for at in range(first, _MOST):
        with _sabotaged(hearth, at) as saboteur:
            answer = await send()
        if saboteur.left > 0:
            break
        assert problem(answer) == "unavailable", f"statement {at}"
        assert answer.json()["retryable"]
        await is_idle(hearth.database)
        assert await _contents(hearth) == before, f"statement {at}"
    else:
        pytest.fail("it never succeeds")
    assert at > least
    assert answer.status_code in {200, 201, 202, 204}, answer.text
    assert await _contents(hearth) != before
    await hearth.settle()
    assert await wrong_in(hearth.database) == []
    assert hearth.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.fixture
async def ada(hearth: Hearth) -> Person:
    """The one who acts."""
    return await hearth.account("ada")


@pytest.fixture
async def post_id(hearth: Hearth, ada: Person) -> str:
    """A post of somebody with followers, of whom ada is one."""
    grace = await hearth.account("grace")
    for follower in (ada, await hearth.account("edith")):
        await follower.client.post("/v1/users/grace/follow")
    post: str = (await grace.client.post("/v1/posts", json={"text": "Good morning"})).json()["id"]
    return post


async def test_posting(hearth: Hearth, ada: Person, post_id: str) -> None:
    await (await hearth.account("mary")).client.post("/v1/users/ada/follow")
    body = {"text": "Hello @grace and #everybody", "reply_to_id": post_id, "quote_of_id": post_id}
    key = {"Idempotency-Key": "once"}
    await _all_or_nothing(hearth, lambda: ada.client.post("/v1/posts", json=body, headers=key), least=10)
    again = await ada.client.post("/v1/posts", json=body, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_editing(hearth: Hearth, ada: Person) -> None:
    made = await ada.client.post("/v1/posts", json={"text": "Hello #one"})
    path = f"/v1/posts/{made.json()['id']}"
    await _all_or_nothing(hearth, lambda: ada.client.patch(path, json={"text": "Hello #two @ada"}), least=7)


@pytest.mark.parametrize("what", ["like", "repost", "bookmark"])
async def test_reacting(hearth: Hearth, ada: Person, post_id: str, what: str) -> None:
    await (await hearth.account("mary")).client.post("/v1/users/ada/follow")
    await _all_or_nothing(hearth, lambda: ada.client.post(f"/v1/posts/{post_id}/{what}"), least=3)
    await _all_or_nothing(hearth, lambda: ada.client.delete(f"/v1/posts/{post_id}/{what}"), least=3)


@pytest.mark.usefixtures("post_id")
async def test_following_and_blocking(hearth: Hearth) -> None:
    mary = await hearth.account("mary")
    await _all_or_nothing(hearth, lambda: mary.client.post("/v1/users/grace/follow"), least=6)
    await _all_or_nothing(hearth, lambda: mary.client.post("/v1/users/grace/block"), least=5)


async def test_uploading_and_deleting(hearth: Hearth, ada: Person, tmp_path: Path) -> None:
    picture, key = files.written(files.picture(), "PNG"), {"Idempotency-Key": "once"}
    with override(MediaSettings, media_directory=tmp_path):
        async with opened(hearth.app, hearth.runtime.settings, hearth.database, FEATURES) as house:
            client = house.connect(ada.headers)
            await _all_or_nothing(
                house, lambda: client.post("/v1/media", files={"file": picture}, headers=key), least=6, first=2
            )
            again = await client.post("/v1/media", files={"file": picture}, headers=key)
            assert again.headers["Idempotency-Replayed"] == "true"
            await house.runtime.tasks.drain()
            path = f"/v1/media/{again.json()['id']}"
            assert (await client.get(path)).json()["state"] == "ready"
            await _all_or_nothing(house, lambda: client.delete(path), least=4)
            await house.runtime.tasks.drain()
            await house.run_job("media.sweep", at=clock.now() + timedelta(days=2))
            with clock.shifted(timedelta(days=2)):
                await house.runtime.tasks.drain()
    assert stored(tmp_path) == []


async def test_signing_up(hearth: Hearth) -> None:
    body = {"username": "newcomer", "password": PASSWORD, "email": "new@example.org"}
    with override(AuthSettings, registration=RegistrationMode.OPEN):
        await _all_or_nothing(hearth, lambda: hearth.client.post("/v1/auth/register", json=body), least=6)
