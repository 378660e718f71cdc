"""Uploads that are big, hostile, slow or cut off: the server stays small, answers others, and tears nothing."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest

from src.database import Database
from src.media.directory_store import DirectoryStore
from tests.media import files
from tests.system.conftest import Build
from tests.system.house import PATIENCE, House, until, wrong_in

pytestmark = pytest.mark.system

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
PUBLIC = "/v1/timelines/public"
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="../a"\r\n\r\n'
END = b"\r\n--x--\r\n"
TYPE = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.fixture
async def house(build: Build) -> House:
    """One in which the uploads of one person wait for each other for as long as a busy machine takes."""
    made = build(POOL_TIMEOUT="30")
    made.module = "tests.system.patient"
    await made.start()
    return made


async def pieces(start: bytes, size: int) -> AsyncIterator[bytes]:
    """A form with a file of so many bytes."""
    yield HEAD + start
    for _ in range((size - len(start)) // MEBIBYTE):
        yield bytes(MEBIBYTE)
    yield END


class Memory:
    """The most memory that the server and what it has started take, looked at all the time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.most = 0
        self.alone = 0

    def look(self) -> None:
        """Looks once more."""
        server = psutil.Process(self._house.process.pid)
        self.alone = max(self.alone, server.memory_info().rss)
        total = server.memory_info().rss
        for child in self._house.family():
            with suppress(psutil.NoSuchProcess):
                # One that has just been born has its parent's memory, until it becomes a program of its own.
                if "postgres" not in child.name() and child.cmdline() != server.cmdline():
                    total += child.memory_info().rss
        self.most = max(self.most, total)


@contextmanager
def memory(house: House) -> Iterator[Memory]:
    """Looks for the length of the block."""
    found = Memory(house)
    found.look()
    before = Memory(house)
    before.look()
    running = True

    async def watch() -> None:
        while running:
            found.look()
            await asyncio.sleep(0.02)

    task = asyncio.get_running_loop().create_task(watch())
    yield found
    running = False
    task.cancel()
    found.most -= before.most
    found.alone -= before.alone


async def sign_up(house: House) -> httpx.AsyncClient:
    """Somebody's client."""
    client = house.client()
    client.headers["Authorization"] = f"Bearer {await house.sign_up('ada')}"
    return client


@pytest.mark.usefixtures("ffmpeg")
async def test_a_hundred_megabytes_cost_a_few(house: House) -> None:
    async with await sign_up(house) as client:
        warm = await client.post("/v1/media", files={"file": files.written(files.picture(), "PNG")})
        assert warm.status_code == 202
        with memory(house) as used:
            answer = await client.post("/v1/media", content=pieces(b"OggS", 100 * MEBIBYTE), headers=TYPE)
        assert answer.status_code == 202, answer.text
        assert used.alone < 20 * MEBIBYTE
        refused = await client.post("/v1/media", content=pieces(b"OggS", 102 * MEBIBYTE), headers=TYPE)
        assert refused.json()["code"] in {"media_too_large", "body_too_large"}


async def test_hostile_uploads_do_not_make_it_big_or_slow(house: House) -> None:
    attacks = (
        files.bomb(),
        files.bomb(6300, 6300),
        files.many_frames(),
        files.many_frames(100_000),
        b"RIFF\xff\xff\xff\x7fWEBPVP8X" + b"\xff" * 5000,
        files.written(files.picture(2000, 2000), "PNG")[:-500],
        files.animation("GIF", 40) + b"<script>" * 10_000,
    )
    first = files.written(files.picture(), "PNG")
    async with await sign_up(house) as client:
        for _ in range(20):
            assert (await client.get(PUBLIC)).status_code == 200
        with memory(house) as used:
            sent = [client.post("/v1/media", files={"file": attack}) for attack in attacks * 2]
            endless = [client.post("/v1/media", content=pieces(first, GIBIBYTE), headers=TYPE) for _ in range(4)]
            working = asyncio.gather(*sent)
            refused = asyncio.gather(*endless, return_exceptions=True)
            times = []
            while not (working.done() and refused.done()) or await _is_busy(client):
                begin = time.perf_counter()
                assert (await client.get(PUBLIC)).status_code == 200
                times.append(time.perf_counter() - begin)
        assert {answer.status_code for answer in await working} == {202}
        for answer in await refused:
            # Whoever is still sending may find the line cut before it has read why.
            if not isinstance(answer, httpx.TransportError):
                assert isinstance(answer, httpx.Response)
                assert answer.json()["code"] in {"media_too_large", "body_too_large"}
        items = (await client.get("/v1/media?limit=80")).json()["items"]
    assert len(items) == 2 * len(attacks)
    assert {item["state"] for item in items} == {"ready", "failed"}
    assert used.most < 300 * MEBIBYTE
    assert sorted(times)[len(times) // 2] < 5


async def _is_busy(client: httpx.AsyncClient) -> bool:
    items = (await client.get("/v1/media?limit=80")).json()["items"]
    return any(item["state"] == "processing" for item in items)


async def test_an_upload_that_stalls_is_ended(house: House) -> None:
    token = await house.sign_up("ada")
    host, port = house.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 5000\r\n"
    writer.write(f"{head}Content-Type: {TYPE['Content-Type']}\r\n\r\n".encode() + HEAD + b"GIF89a")
    async with asyncio.timeout(PATIENCE):
        answer = await reader.readuntil(b"}")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"request_timeout"' in answer
    assert not list((house.data / "media" / "incoming").iterdir())


async def _rows(database: Database) -> set[str]:
    return {str(row[0]) for row in await database.fetch("SELECT key FROM media_files", ())}


async def _files(folder: Path) -> set[str]:
    return {found.key async for found in DirectoryStore(folder).listed()}


async def _without_files(house: House, database: Database) -> set[str]:
    """The rows whose files are missing; those that go while one looks take their files along."""
    before = await _rows(database)
    found = await _files(house.data / "media")
    return (before & await _rows(database)) - found


@pytest.mark.timeout(400)
async def test_kills_leave_no_row_without_a_file_and_lose_no_upload(house: House) -> None:
    picture = files.written(files.picture(900, 700), "PNG")
    accepted: set[str] = set()
    moments, numbers = random.Random(11), count()
    token = await house.sign_up("ada")
    for _ in range(3):
        async with house.client() as client:
            client.headers["Authorization"] = f"Bearer {token}"

            async def send(client: httpx.AsyncClient = client) -> None:
                with suppress(httpx.TransportError):
                    while True:
                        key = {"Idempotency-Key": f"upload-{next(numbers)}"}
                        answer = await client.post("/v1/media", files={"file": picture}, headers=key)
                        # Whose uploads wait to be processed in great number has to wait, too.
                        assert answer.status_code in {202, 429}, answer.text
                        if answer.status_code == 202:
                            accepted.add(answer.json()["id"])

            senders = [asyncio.create_task(send()) for _ in range(3)]
            # Right after an answer, which is right in the middle of the others.
            goal = len(accepted) + moments.randint(2, 20)
            await until(lambda goal=goal: len(accepted) >= goal, "uploads")  # type: ignore[misc]
            await house.kill()
            await asyncio.gather(*senders)
        await house.start()
        async with house.database() as database:
            assert await _without_files(house, database) == set()
    async with house.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        # All of them are waited for, and those that a kill met begin when their lease has run out.
        async with asyncio.timeout(2 * PATIENCE):
            while await _is_busy(client):  # noqa: ASYNC110  another process works
                await asyncio.sleep(0.1)
        states = [(await client.get(f"/v1/media/{media_id}")).json()["state"] for media_id in sorted(accepted)]
    # What a killed server was at three times might be the one at fault, so it is not taken up for ever.
    assert set(states) <= {"ready", "failed"}
    assert states.count("ready") >= len(states) - 4
    async with house.database() as database:
        assert await _without_files(house, database) == set()
        assert await wrong_in(database) == []


async def test_who_hangs_up_in_the_middle_leaves_nothing(house: House) -> None:
    async with await sign_up(house) as client:
        for _ in range(10):

            async def cut_off() -> AsyncIterator[bytes]:
                yield HEAD + b"GIF89a" + bytes(2 * MEBIBYTE)
                raise ConnectionAbortedError

            with suppress(ConnectionAbortedError, httpx.TransportError):
                await client.post("/v1/media", content=cut_off(), headers=TYPE)
        await until(lambda: not list((house.data / "media" / "incoming").iterdir()), "the end of what was cut off")
        assert (await client.get("/v1/media")).json()["items"] == []
    assert "Unhandled" not in house.log.read_text()
