"""Row: what hostile uploads, many at once, do to everybody else's requests and to the server's memory.

`python -m benchmarks.attacks` is the attackers' process: it reads a job as JSON and attacks until it is ended.
"""

import asyncio
import itertools
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass

import orjson
import uvloop

from benchmarks import dataset, house, load, rows
from tests.media import files

_PORT = 8708
_ATTACKERS = 4
# At once of each attacker.
_CONNECTIONS = 2
_SECONDS = 20.0
_LOOK_AGAIN = 0.02
_PAUSE = 0.05
_PIECE = bytes(1024 * 1024)
_BOMB_SIDES = (30_000, 6_300)
_GIGABYTE = 1024
_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../a.svg"\r\n\r\n'
_END = b"\r\n--x--\r\n"
_NICENESS = 19


@dataclass(frozen=True)
class _Job:
    """Whom to attack, and in whose names."""

    port: int
    tokens: list[str]


async def measured() -> list[rows.Row]:
    """The slowest requests of others and the growth of the server's memory."""
    async with house.house() as place:
        await dataset.fill(place, 20_000)
        reader = await dataset.reader(place, "person19000", 150)
        attackers = [await dataset.reader(place, f"person{number + 1}", 0) for number in range(_ATTACKERS)]
        async with house.hearth(place, _PORT, pinned=False) as server:
            home = load.Job(
                _PORT, [load.get("/v1/timelines/home", reader.token)], connections=4, pause=0.01, seconds=_SECONDS
            )
            quiet = await load.run(home)
            before = server.memory()
            async with _attacked([one.token for one in attackers]), _watched(server) as memory:
                busy = await load.run(home)
    assert not busy.failures, busy
    return [
        rows.at_most("p99 of home during attacks by uploads, against quiet", busy.p99, "ms", quiet.p99, 3.0),
        rows.at_most("growth of the server's memory under these attacks", max(memory) - before, "MB", None, 300),
    ]


@asynccontextmanager
async def _attacked(tokens: list[str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.attacks", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(orjson.dumps(asdict(_Job(_PORT, tokens))))
    process.stdin.write_eof()
    # It says so once its files are made.
    await process.stdout.readline()
    try:
        yield
        assert process.returncode is None
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


@asynccontextmanager
async def _watched(server: house.Server) -> AsyncIterator[list[float]]:
    """The memory of server and children, in MB, looked at all the time."""
    seen: list[float] = []

    async def watch() -> None:
        while True:
            seen.append(server.memory())
            await asyncio.sleep(_LOOK_AGAIN)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()


def _bodies() -> list[bytes]:
    """The small ones: bombs, endless frames, what is cut off, and what is two things at once."""
    return [
        *(files.bomb(side, side) for side in _BOMB_SIDES),
        files.many_frames(),
        files.many_frames(900),
        files.written(files.picture(3000, 3000), "PNG")[:-500],
        files.written(files.picture(4000, 3000), "JPEG")[:-5000],
        files.animation("GIF", 40) + b"<script>" * 10_000,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
    ]


async def _attack(port: int, token: str, bodies: list[bytes]) -> None:
    head = f"POST /v1/media HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    head += "Content-Type: multipart/form-data; boundary=x\r\n"
    for body in itertools.cycle([*bodies, None]):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        with suppress(ConnectionError):
            for piece in _gigabyte() if body is None else _small(body):
                writer.write(piece)
                await writer.drain()
            await reader.read()
        writer.close()
        await asyncio.sleep(_PAUSE)


def _small(body: bytes) -> Iterator[bytes]:
    whole = _HEAD + body + _END
    yield f"Content-Length: {len(whole)}\r\n\r\n".encode() + whole


def _gigabyte() -> Iterator[bytes]:
    """A body that does not say how long it is, and claims to be a picture."""
    first = _HEAD + b"\x89PNG\r\n\x1a\n"
    yield b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(first), first)
    for _ in range(_GIGABYTE):
        yield b"%x\r\n%b\r\n" % (len(_PIECE), _PIECE)
    yield b"0\r\n\r\n"


async def _main() -> None:
    job = _Job(**orjson.loads(sys.stdin.buffer.read()))
    bodies = _bodies()
    sys.stdout.write("\n")
    sys.stdout.flush()
    async with asyncio.TaskGroup() as group:
        for number, token in enumerate(job.tokens * _CONNECTIONS):
            place = number % len(bodies)
            group.create_task(_attack(job.port, token, bodies[place:] + bodies[:place]))


if __name__ == "__main__":
    # Attackers are elsewhere: what sending costs is not to be the server's.
    os.nice(_NICENESS)
    uvloop.run(_main())
