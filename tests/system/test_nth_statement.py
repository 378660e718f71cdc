"""A fault at the n-th statement of a writing request, for every n: all of it has happened, or nothing."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from asyncpg.exceptions import InterfaceError
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from src import clock
from src.auth.config import AuthSettings, RegistrationMode
from src.config import override
from src.features import FEATURES, metadata
from src.media.config import MediaSettings
from tests.hearth import PASSWORD, Hearth, Person, opened, problem
from tests.mastodon_archive import archives
from tests.mastodon_archive.archives import uri
from tests.mastodon_archive.imports import bring, post, zipped
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
def sabotaged(hearth: Hearth, at: int) -> Iterator[Saboteur]:
    """Cuts a connection at the statement of this number, counted from here."""
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
    """Every row of every table, but for the times of last use, which are written down now and then."""
    found: Contents = {}
    async with hearth.database.read() as session:
        for table in metadata().sorted_tables:
            rows = await session.execute(
                text(f"SELECT (to_jsonb(t) - 'last_used_at')::text FROM \"{table.name}\" t ORDER BY 1")
            )
            found[table.name] = tuple(rows.scalars())
    return found


async def _all_or_nothing(
    hearth: Hearth, send: Callable[[], Awaitable[httpx.Response]], least: int, first: int = 1
) -> None:
    """Breaks the request at its first statement, its second one, …, until it succeeds.

    A look that comes before the unit of work is repeated by itself; `first` is the statement after it.
    """
    before = await _contents(hearth)
    for at in range(first, _MOST):
        with sabotaged(hearth, at) as saboteur:
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


async def test_deleting_ones_own_post(hearth: Hearth, ada: Person, post_id: str) -> None:
    grace = await hearth.account("mary")
    body = {"text": "Hello @grace and #everybody", "reply_to_id": post_id, "quote_of_id": post_id}
    made = (await ada.client.post("/v1/posts", json=body)).json()["id"]
    for what in ("like", "repost", "bookmark"):
        await grace.client.post(f"/v1/posts/{made}/{what}")
    await hearth.settle()
    await _all_or_nothing(hearth, lambda: ada.client.delete(f"/v1/posts/{made}"), least=4)


async def test_removing_a_post_by_the_power_of_a_role_and_saying_so(hearth: Hearth, post_id: str) -> None:
    moderator = await hearth.moderator()
    await _all_or_nothing(hearth, lambda: moderator.client.delete(f"/v1/posts/{post_id}"), least=4)
    assert len((await _contents(hearth))["audit_entries"]) == 1


async def test_suspending_somebody(hearth: Hearth, ada: Person) -> None:
    boss = await hearth.admin()
    await _all_or_nothing(hearth, lambda: boss.client.put(f"/v1/admin/accounts/{ada.id}/suspension"), least=5)


async def test_an_import_that_breaks_at_each_statement_in_turn_ends_like_one_that_does_not(
    hearth: Hearth, tmp_path: Path
) -> None:
    outbox = [post(number, inReplyTo=uri(number - 1) if number % 5 else None) for number in range(1, 301)]
    archive = zipped(tmp_path, outbox, bookmarks_json=archives.collection("bookmarks.json", [uri(3), uri(4)]))
    whole, broken = await hearth.account("whole"), await hearth.account("broken")
    await bring(hearth.database, archive, "whole")
    for at in range(1, 10 * _MOST):
        with sabotaged(hearth, at) as saboteur, suppress(DBAPIError, InterfaceError):
            await bring(hearth.database, archive, "broken")
        await is_idle(hearth.database)
        if saboteur.left > 0:
            break
    assert at > 10
    assert await wrong_in(hearth.database) == []
    same = "SELECT text, thread_id IS NULL, replies_count, id >> 16 FROM posts WHERE author_id = $1 ORDER BY id"
    found = [await hearth.database.fetch(same, [person.id]) for person in (whole, broken)]
    assert [tuple(row) for row in found[0]] == [tuple(row) for row in found[1]]
    assert len(found[0]) == 300


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
        await _all_or_nothing(hearth, lambda: hearth.client.post("/v1/auth/register", json=body), least=6, first=2)
