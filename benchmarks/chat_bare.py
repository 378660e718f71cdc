"""What sends are measured against: the same rows by the driver alone."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

import asyncpg

from benchmarks.house import House

_TEXT = "A message as people write it, of about a hundred characters, so that rows have their usual size here."
_SEND = """
WITH counted AS (
    UPDATE chats SET last_seq = last_seq + 1, last_ev = last_ev + 1 WHERE id = $1 RETURNING last_seq, last_ev
), written AS (
    INSERT INTO messages (chat_id, seq, ev, sender_id, cid, digest, text, names_all, version)
    SELECT $1, last_seq, last_ev, $2, $3, 0, $4, false, 1 FROM counted RETURNING id, seq, ev
)
INSERT INTO outbox (stream, ev, actor_id, type, payload, at)
SELECT 'chat:' || $1::bigint, ev, $2, 'benchmark',
       jsonb_build_object('chat_id', $1::bigint, 'message_id', id, 'seq', seq), now()
FROM written RETURNING ev
"""
_INSERT = """
INSERT INTO messages (chat_id, seq, ev, sender_id, cid, digest, text, names_all, version)
VALUES ($1, $2, $2, $3, $4, 0, $5, false, 1)
"""

Write = Callable[["asyncpg.Connection[asyncpg.Record]", int], Awaitable[None]]


async def sends(place: House, chat_ids: Sequence[int], sender_id: int, *, connections: int, seconds: float) -> float:
    """Sends a second by one statement each: the chat's counters, the message, its event."""

    async def write(connection: "asyncpg.Connection[asyncpg.Record]", number: int) -> None:
        await connection.fetch(_SEND, chat_ids[number % len(chat_ids)], sender_id, uuid4(), _TEXT)

    return await _rate(place, write, connections, seconds)


async def paced(
    place: House, chat_ids: Sequence[int], sender_id: int, *, connections: int, rate: float, seconds: float
) -> float:
    """The 99th percentile, in milliseconds, of the same on a fixed schedule; counted from when each was due."""
    due: asyncio.Queue[float] = asyncio.Queue()
    times: list[float] = []

    async def write(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        for number in itertools.count():
            at = await due.get()
            await connection.fetch(_SEND, chat_ids[number % len(chat_ids)], sender_id, uuid4(), _TEXT)
            times.append(time.perf_counter() - at)
            due.task_done()

    opened = [await asyncpg.connect(place.driver_url(), server_settings={"jit": "off"}) for _ in range(connections)]
    writers = [asyncio.create_task(write(connection)) for connection in opened]
    begin = time.perf_counter()
    for number in range(int(rate * seconds)):
        at = begin + number / rate
        await asyncio.sleep(max(at - time.perf_counter(), 0))
        due.put_nowait(at)
    await due.join()
    for writer, connection in zip(writers, opened, strict=True):
        writer.cancel()
        await connection.close()
    return sorted(times)[int(len(times) * 0.99)] * 1000


async def inserts(place: House, chat_id: int, sender_id: int, *, seconds: float) -> float:
    """Messages a second that one connection inserts, and nothing else."""

    async def write(connection: "asyncpg.Connection[asyncpg.Record]", number: int) -> None:
        await connection.execute(_INSERT, chat_id, time.time_ns() + number, sender_id, uuid4(), _TEXT)

    return await _rate(place, write, 1, seconds)


async def _rate(place: House, write: Write, connections: int, seconds: float) -> float:
    numbers = itertools.count()
    opened = [await asyncpg.connect(place.driver_url(), server_settings={"jit": "off"}) for _ in range(connections)]
    begin = time.perf_counter()

    async def writer(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
        count = 0
        while time.perf_counter() < begin + seconds:
            await write(connection, next(numbers))
            count += 1
        return count

    counts = await asyncio.gather(*map(writer, opened))
    speed = sum(counts) / (time.perf_counter() - begin)
    for connection in opened:
        await connection.close()
    return speed
