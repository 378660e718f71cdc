"""A pool that is used up, connections that are cut, a database that is away: over HTTP, with the whole house."""

import asyncio
import time
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from src.config import Settings
from src.database import Database
from src.features import FEATURES
from tests.cluster import Cluster
from tests.ground.test_database import checked_out
from tests.hearth import Hearth, Person, opened, problem
from tests.posts.test_posts import write
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration
_POOL_TIMEOUT = 2
# By a session, by the driver, and both in one request.
_READS = ("/v1/users/me", "/v1/timelines/home", "/v1/timelines/users/ann")


@asynccontextmanager
async def small_house(app: FastAPI, settings: Settings, url: str, pool_timeout: float) -> AsyncIterator[Hearth]:
    """A house with two connections, for which nobody waits longer than this."""
    database = Database(url, pool_size=2, pool_timeout=pool_timeout)
    async with opened(app, settings, database, FEATURES) as house:
        yield house
    await database.close()


def _is_told_to_come_again(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and problem(answer) == "unavailable"
        and answer.json()["retryable"]
        and int(answer.headers["Retry-After"]) >= 1
    )


async def test_a_pool_that_is_used_up_is_a_503_soon_and_passes(
    app: FastAPI, settings: Settings, database_url: str
) -> None:
    async with small_house(app, settings, database_url, _POOL_TIMEOUT) as house:
        ann = await house.account("ann")
        async with AsyncExitStack() as stack:
            for _ in range(2):
                session = await stack.enter_async_context(house.database.read())
                await session.execute(text("SELECT 1"))
            begun = time.monotonic()
            answers = await asyncio.gather(
                *(ann.client.get(path) for path in _READS),
                ann.client.post("/v1/posts", json={"text": "hello"}),
                ann.client.post("/v1/posts", json={"text": "hello"}, headers={"Idempotency-Key": "a"}),
            )
            assert time.monotonic() - begun < 5 * _POOL_TIMEOUT
            assert [_is_told_to_come_again(answer) for answer in answers] == [True] * 5
            # What needs no database is answered.
            assert (await house.client.get("/health/live")).status_code == 200
        assert checked_out(house.database) == 0
        for path in _READS:
            assert (await ann.client.get(path)).status_code == 200
        assert (await ann.client.post("/v1/posts", json={"text": "hello"})).status_code == 201


async def test_more_requests_than_connections_wait_their_turn(
    app: FastAPI, settings: Settings, database_url: str
) -> None:
    async with small_house(app, settings, database_url, 30) as house:
        ann = await house.account("ann")
        answers = await asyncio.gather(*(ann.client.get(path) for path in _READS * 10))
        assert {answer.status_code for answer in answers} == {200}
        assert checked_out(house.database) == 0


def _name(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


async def cut(cluster: Cluster, url: str) -> int:
    """Ends all connections to this database but the one that does it; how many it were."""
    connection = await cluster.connect(_name(url))
    try:
        ended = await connection.fetch(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # These only: others may have come again by now.
        left = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1::int[])"
        pids = [row["pid"] for row in ended]
        async with asyncio.timeout(30):
            while await connection.fetchval(left, pids):  # noqa: ASYNC110  the database does not call
                await asyncio.sleep(0.01)
        return len(ended)
    finally:
        await connection.close()


async def _warm(hearth: Hearth, ann: Person) -> None:
    """Fills the pool with connections."""
    await asyncio.gather(*(ann.client.get(path) for path in _READS * 4))
    assert hearth.database.engine.pool.status()


async def test_reads_do_not_notice_that_all_connections_were_cut(
    hearth: Hearth, cluster: Cluster, database_url: str
) -> None:
    ann = await hearth.account("ann")
    for _ in range(3):
        await _warm(hearth, ann)
        assert await cut(cluster, database_url) > 2
        answers = await asyncio.gather(*(ann.client.get(path) for path in _READS * 5))
        assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert checked_out(hearth.database) == 0


@pytest.mark.parametrize("path", _READS)
async def test_each_kind_of_read_is_tried_again_by_itself(
    hearth: Hearth, cluster: Cluster, database_url: str, path: str
) -> None:
    ann = await hearth.account("ann")
    await _warm(hearth, ann)
    await cut(cluster, database_url)
    assert (await ann.client.get(path)).status_code == 200


async def test_a_write_over_a_cut_connection_is_told_to_come_again_and_has_done_nothing(
    hearth: Hearth, cluster: Cluster, database_url: str
) -> None:
    ann = await hearth.account("ann")
    for _ in range(3):
        await _warm(hearth, ann)
        before = (await ann.client.get("/v1/timelines/home")).json()["items"]
        await cut(cluster, database_url)
        first = await ann.client.post("/v1/posts", json={"text": "hello"})
        assert first.status_code == 201 or _is_told_to_come_again(first)
        now = (await ann.client.get("/v1/timelines/home")).json()["items"]
        assert len(now) == len(before) + (first.status_code == 201)
        assert (await ann.client.post("/v1/posts", json={"text": "hello"})).status_code == 201
    assert checked_out(hearth.database) == 0


async def test_a_write_whose_connection_is_cut_while_it_waits_has_done_nothing(
    hearth: Hearth, cluster: Cluster, database_url: str
) -> None:
    ann = await hearth.account("ann")
    post = await write(ann)
    holder = await cluster.connect(_name(database_url))
    async with holder.transaction():
        await holder.execute("SELECT 1 FROM posts FOR UPDATE")
        liking = asyncio.create_task(ann.client.post(f"/v1/posts/{post['id']}/like"))
        await wait_event(hearth)
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        await holder.execute(f"{ended} AND datname = current_database()")
    await holder.close()
    assert _is_told_to_come_again(await liking)
    assert (await ann.client.get(f"/v1/posts/{post['id']}")).json()["likes_count"] == 0
    assert (await ann.client.post(f"/v1/posts/{post['id']}/like")).json()["likes_count"] == 1


async def test_a_database_that_is_away_is_a_503_for_everybody_and_comes_back(
    hearth: Hearth, cluster: Cluster, database_url: str
) -> None:
    ann = await hearth.account("ann")
    name = _name(database_url)
    admin = await cluster.connect()
    try:
        await admin.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        # The last ones go with the pool.
        await hearth.database.engine.dispose()
        for path in _READS:
            answer = await ann.client.get(path)
            assert (answer.status_code, answer.json()["retryable"]) == (503, True)
        assert _is_told_to_come_again(await ann.client.post("/v1/posts", json={"text": "hello"}))
        assert problem(await hearth.client.get("/health/ready")) == "database_unreachable"
        assert (await hearth.client.get("/health/live")).status_code == 200
    finally:
        await admin.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
        await admin.close()
    assert (await ann.client.post("/v1/posts", json={"text": "hello"})).status_code == 201


async def test_a_request_that_is_given_up_returns_its_connection(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    post = await write(ann)
    async with hearth.database.write() as session:
        await session.execute(text("SELECT 1 FROM posts FOR UPDATE"))
        liking = [asyncio.create_task(ann.client.post(f"/v1/posts/{post['id']}/like")) for _ in range(4)]
        await wait_event(hearth)
        for one in liking:
            one.cancel()
        await asyncio.gather(*liking, return_exceptions=True)
        assert checked_out(hearth.database) == 1
    assert checked_out(hearth.database) == 0
    assert (await ann.client.get(f"/v1/posts/{post['id']}")).json()["likes_count"] == 0


async def test_a_lock_that_somebody_holds_is_a_503(
    app: FastAPI, settings: Settings, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with small_house(app, settings, database_url, 30) as house:
        ann = await house.account("ann")
        post = await write(ann)
        async with house.database.write() as session:
            await session.execute(text("SELECT 1 FROM posts FOR UPDATE"))
            assert _is_told_to_come_again(await ann.client.post(f"/v1/posts/{post['id']}/like"))
            # The lock's own time-out, which is the shortest.
            found = [getattr(record, "sqlstate", None) for record in caplog.records if record.name == "hearth.problems"]
            assert found == ["55P03"]
            assert (await ann.client.get(f"/v1/posts/{post['id']}")).status_code == 200


async def test_a_changed_table_is_no_500(hearth: Hearth, cluster: Cluster, database_url: str) -> None:
    ann = await hearth.account("ann")
    post = await write(ann)
    paths = (f"/v1/posts/{post['id']}", "/v1/timelines/home", "/v1/users/ann")
    await asyncio.gather(*(ann.client.get(path) for path in paths * 4))
    connection = await cluster.connect(_name(database_url))
    for statement in (
        "ALTER TABLE posts ALTER COLUMN version TYPE integer",
        "ALTER TABLE profiles ADD COLUMN shoe_size integer",
        "ALTER TABLE profiles ALTER COLUMN version TYPE integer",
    ):
        await connection.execute(statement)
        answers = await asyncio.gather(*(ann.client.get(path) for path in paths * 4))
        assert {answer.status_code for answer in answers} <= {200, 503}
        for path in paths:
            answers = [await ann.client.get(path) for _ in range(11)]
            assert answers[-1].status_code == 200
    await connection.close()


async def test_what_is_acknowledged_is_committed(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    apart = hearth.database.apart()
    seen: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"text": "hello"}', "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 201
            seen.append((await apart.fetch("SELECT count(*) FROM posts", []))[0][0])

    await hearth.asgi(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/v1/posts",
            "raw_path": b"/v1/posts",
            "query_string": b"",
            "headers": [
                (b"host", b"hearth.test"),
                (b"content-type", b"application/json"),
                (b"content-length", b"17"),
                (b"authorization", f"Bearer {ann.token}".encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("hearth.test", 80),
        },
        receive,
        send,
    )
    assert seen == [1]
    await apart.close()
