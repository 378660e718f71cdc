"""A load of HTTP requests over kept connections, in a process of its own: the server must not share our loop.

`python -m benchmarks.load` reads a job as JSON from standard input and writes the result as JSON.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import orjson
import uvloop

_CORE = 1


@dataclass(frozen=True)
class Job:
    """What to send: whole requests in turn, over so many connections, for so many seconds after a warm-up."""

    port: int
    requests: list[str]
    connections: int = 16
    seconds: float = 5.0
    warm_up: float = 1.5
    # Pause of a connection between two requests, for a moderate load.
    pause: float = 0.0


@dataclass(frozen=True)
class Result:
    """What came back; latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    failures: int


def get(path: str, token: str | None = None) -> str:
    """The text of a GET."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}\r\n"


def post(path: str, body: object, token: str | None = None) -> str:
    """The text of a POST with a JSON body."""
    text = orjson.dumps(body).decode()
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}Content-Type: application/json\r\n"
    return f"{head}Content-Length: {len(text.encode())}\r\n\r\n{text}"


async def run(job: Job) -> Result:
    """Sends the load from another process and waits for its figures."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    output, _ = await process.communicate(orjson.dumps(asdict(job)))
    return Result(**orjson.loads(output))


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    start = lower.find(b"content-length:")
    if start >= 0:
        await reader.readexactly(int(lower[start + 15 : lower.index(b"\r\n", start)]))
    return status


async def _connection(job: Job, offset: int, begin: float, end: float, times: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
    failures = 0
    requests = itertools.cycle(job.requests[offset % len(job.requests) :] + job.requests[: offset % len(job.requests)])
    for request in requests:
        sent = time.perf_counter()
        if sent > end:
            break
        writer.write(request.encode())
        status = await _answer(reader)
        now = time.perf_counter()
        if sent > begin:
            times.append(now - sent)
            failures += status >= 400
        if job.pause:
            await asyncio.sleep(job.pause)
    writer.close()
    return failures


async def _main() -> None:
    job = Job(**orjson.loads(sys.stdin.buffer.read()))
    begin = time.perf_counter() + job.warm_up
    times: list[float] = []
    failures = await asyncio.gather(
        *(_connection(job, n, begin, begin + job.seconds, times) for n in range(job.connections))
    )
    times.sort()
    p50, p99 = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
    result = Result(len(times) / job.seconds, p50, p99, sum(failures))
    sys.stdout.buffer.write(orjson.dumps(asdict(result)))


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > _CORE:
        os.sched_setaffinity(0, {_CORE})
    uvloop.run(_main())
