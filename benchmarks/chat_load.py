"""A load of messages over sockets, in a process of its own: the server must not share our loop.

`python -m benchmarks.chat_run` is that process: it reads a job as a line of JSON, opens its sockets, says `open`, waits
for a line, sends, checks that nothing was lost, doubled or out of order, and writes its figures as JSON.
"""

import subprocess
import sys
from asyncio import create_subprocess_exec
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

import orjson

_LINE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Job:
    """What to send.

    Attributes:
        port: where the server listens.
        tokens: one socket each.
        turns: each goes round through its pairs of a socket's number and a chat, one message after the other.
        readers: sockets that read each of the chats, one at least.
        until_read: the next message of a turn is sent when all readers have the last one, not when it is answered.
        each: messages of a turn under way.
        operation: what is asked for.
        rate: messages a second on a fixed schedule, whatever comes back; 0: as fast as the turns go.
        seconds: how long is measured, after `warm_up`.
        pinned: the process stays on a core of its own.
    """

    port: int
    tokens: list[str]
    turns: list[list[tuple[int, int]]] = field(default_factory=list)
    readers: int = 1
    until_read: bool = False
    each: int = 1
    operation: str = "send"
    rate: float = 0.0
    seconds: float = 3.0
    warm_up: float = 1.0
    pinned: bool = False


@dataclass(frozen=True)
class Result:
    """What came back: figures a second, and latencies in milliseconds, counted from when a message was due.

    `last_*` is the time until the last of the readers has it.
    """

    answers: float
    deliveries: float
    p50: float
    p99: float
    last_p50: float
    last_p99: float


async def run(job: Job) -> Result:
    """Sends the load from another process and waits for its figures."""
    async with opened(job) as go:
        return await go()


@asynccontextmanager
async def opened(job: Job) -> AsyncIterator[Callable[[], Awaitable[Result]]]:
    """The same, with its sockets open and idle until the call that is given."""
    process = await create_subprocess_exec(
        sys.executable, "-m", "benchmarks.chat_run", stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=_LINE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    into, out = process.stdin, process.stdout

    async def go() -> Result:
        into.write(b"go\n")
        line = await out.readline()
        assert line, "what was measured does not count: see above"
        return Result(**orjson.loads(line))

    try:
        into.write(orjson.dumps(asdict(job)) + b"\n")
        await into.drain()
        assert await out.readline() == b"open\n", "the sockets could not be opened"
        yield go
    finally:
        into.close()
        await process.wait()
