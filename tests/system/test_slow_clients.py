"""Clients that are slow, cut off, or too many: they hold up nobody else, and leave nothing behind."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

import httpx
import pytest
from sqlalchemy import text

from tests.hearth import Hearth
from tests.system.conftest import Build
from tests.system.house import PATIENCE, House, is_idle

pytestmark = pytest.mark.system

PUBLIC = "/v1/timelines/public"


async def _connect(house: House, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = house.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    return reader, writer


async def _is_ended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """What came until the server closed the connection."""
    came = b""
    async with asyncio.timeout(PATIENCE):
        # Cut off is as good as closed.
        with suppress(ConnectionResetError):
            came = await reader.read()
    writer.close()
    return came


async def _is_served(client: httpx.AsyncClient, times: int) -> None:
    """Returns once so many requests in a row were answered: jobs may have the few connections for a while."""
    served = 0
    async with asyncio.timeout(PATIENCE):
        while served < times:
            answer = await client.get(PUBLIC)
            assert answer.status_code in {200, 503}, answer.text
            served = served + 1 if answer.status_code == 200 else 0


async def test_half_requests_hold_up_nobody_and_are_ended(house: House) -> None:
    begun = (b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", b"POST /v1/posts HTTP/1.1\r\nHost: x\r\n")
    body = b"POST /v1/posts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    half = [await _connect(house, sent) for sent in (*begun, body) * 50]
    async with house.client() as client:
        for _ in range(50):
            assert (await client.get(PUBLIC)).status_code == 200
    ends = await asyncio.gather(*(_is_ended(*one) for one in half))
    # Who has sent nothing is owed nothing.
    assert {end[:12] for end in ends} <= {b"", b"HTTP/1.1 408", b"HTTP/1.1 401"}
    assert b"HTTP/1.1 408" in {end[:12] for end in ends}


async def test_who_asks_and_never_reads_holds_no_connection_of_the_pool(build: Build) -> None:
    house = build(POOL_SIZE="2", POOL_TIMEOUT="1")
    await house.start()
    request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" + f"GET {PUBLIC} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    deaf = [await _connect(house, request * 12) for _ in range(20)]
    async with house.client() as client:
        # They ask for more than the server can do at once; but then they all wait for themselves.
        await _is_served(client, 30)
    for _, writer in deaf:
        writer.transport.abort()
    async with house.database() as database:
        await is_idle(database)


async def test_a_full_pool_is_told_and_recovers(build: Build) -> None:
    # Shorter than anybody waits for a lock, and long enough for the jobs that have their first run meanwhile.
    house = build(POOL_SIZE="2", POOL_TIMEOUT="1.5")
    await house.start()
    async with house.client() as client, house.database() as database:
        async with database.write() as session:
            await session.execute(text("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE"))
            answers = await asyncio.gather(*(client.get(PUBLIC) for _ in range(20)))
            assert (await client.get("/health/live")).status_code == 200
        assert {answer.status_code for answer in answers} == {503}
        for answer in answers:
            assert answer.json()["retryable"]
            assert int(answer.headers["Retry-After"]) >= 1
        await _is_served(client, 20)
        await is_idle(database)


async def test_who_hangs_up_leaves_nothing_behind(build: Build) -> None:
    house = build(POOL_SIZE="3")
    await house.start()
    token = await house.sign_up("ada")
    head = f"HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    body = b'{"text": "And gone"}'
    posting = f"POST /v1/posts {head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    reading = f"GET /v1/timelines/home {head}\r\n".encode()
    moments = random.Random(7)
    for _ in range(120):
        _, writer = await _connect(house, moments.choice((posting + body, reading)))
        await asyncio.sleep(moments.uniform(0, 0.01))
        writer.transport.abort()
    async with house.client() as client, house.database() as database:
        await is_idle(database)
        client.headers["Authorization"] = f"Bearer {token}"
        statuses = {503}
        async with asyncio.timeout(PATIENCE):
            # What was asked by those who are gone may still be in front of these. A connection that is lost stays so.
            while 503 in statuses:
                answers = await asyncio.gather(*(client.get("/v1/timelines/home") for _ in range(9)))
                statuses = {answer.status_code for answer in answers}
        assert statuses == {200}
    assert "garbage collector" not in house.log.read_text()


async def test_a_cancelled_request_leaks_no_connection(hearth: Hearth, caplog: pytest.LogCaptureFixture) -> None:
    ada, moments, ends = await hearth.account(), random.Random(8), Counter[str]()
    asked = (("GET", PUBLIC, None), ("GET", "/v1/users/me", None), ("POST", "/v1/posts", {"text": "There"}))
    for _ in range(200):
        method, path, body = moments.choice(asked)
        running = asyncio.create_task(ada.client.request(method, path, json=body))
        await asyncio.sleep(moments.uniform(0, 0.02))
        running.cancel()
        try:
            ends[str((await running).status_code)] += 1
        except asyncio.CancelledError:
            ends["cancelled"] += 1
    assert ends["cancelled"] > 10
    pool = hearth.database.engine.pool
    async with asyncio.timeout(PATIENCE):
        while pool.checkedout():  # type: ignore[attr-defined]  # noqa: ASYNC110  the pool does not call
            await asyncio.sleep(0.01)
    assert (await ada.client.get(PUBLIC)).status_code == 200
    assert "garbage collector" not in caplog.text
