"""The process that `chat_load` starts: sends messages in turns or on a schedule, and proves what came of them."""

import asyncio
import gc
import itertools
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import orjson
import uvloop

from benchmarks.chat_client import Socket
from benchmarks.chat_load import Job, Result
from benchmarks.chat_log import Broken, Log, Span

_CORE = 1
_AT_ONCE = 50
_SETTLE_SECONDS = 20
_LOOK_AGAIN = 0.01
_TEXT = "A message as people write it, of about a hundred characters, so that rows have their usual size here."
# Everybody's own stream is called so, and is another one for each.
_OWN = b"own"
_REQUEST = b'{"op":"%b","id":%d,"chat_id":"%d","cid":"%b","text":"' + _TEXT.encode() + b'"}'


@dataclass(slots=True)
class _Flight:
    """A message under way."""

    turn: Iterator[tuple[int, int]]
    due: float
    is_answered: bool = False
    is_read: bool = False


@dataclass
class _Figures:
    answers: int = 0
    deliveries: int = 0


class Run:
    """One load; see `chat_client.Load`."""

    def __init__(self, job: Job) -> None:
        self.log = Log()
        self._job = job
        self._sockets: list[Socket] = []
        self._name = secrets.token_hex(4).encode()
        self._numbers = itertools.count(1)
        self._asked: dict[int, bytes] = {}
        self._flights: dict[bytes, _Flight] = {}
        # How many sockets have an entry, until all have.
        self._readers: dict[tuple[bytes, int], int] = {}
        # Where an answer said that a message stands; None where the answer does not say.
        self._acknowledged: dict[bytes, int | None] = {}
        self._figures = _Figures()
        self._times: list[float] = []
        self._last_times: list[float] = []
        self._is_measuring = False
        self._is_over = False
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        """Opens all sockets."""
        for start in range(0, len(self._job.tokens), _AT_ONCE):
            await self._open_some(self._job.tokens[start : start + _AT_ONCE])

    async def measure(self) -> Result:
        """Sends, and gives the figures once all that was answered has been found.

        Raises:
            Broken: a message was lost, doubled or out of order, or a request refused.
        """
        schedule = asyncio.create_task(self._schedule()) if self._job.rate else None
        if schedule is None:
            for turn in self._turns():
                for _ in range(self._job.each):
                    self._launch(turn, time.perf_counter())
        await self._watched(self._job.warm_up)
        before, begin, self._is_measuring = replace(self._figures), time.perf_counter(), True
        await self._watched(self._job.seconds)
        after, end, self._is_measuring, self._is_over = replace(self._figures), time.perf_counter(), False, True
        if schedule is not None:
            await schedule
        await self._settle()
        p50, p99 = _percentiles(self._times)
        last_p50, last_p99 = _percentiles(self._last_times)
        return Result(
            answers=(after.answers - before.answers) / (end - begin),
            deliveries=(after.deliveries - before.deliveries) / (end - begin),
            p50=p50,
            p99=p99,
            last_p50=last_p50,
            last_p99=last_p99,
        )

    def close(self) -> None:
        """Ends all sockets."""
        for socket in self._sockets:
            socket.close()

    # What the sockets say.

    def answered(self, number: int, body: bytes) -> None:
        """See `Load`."""
        cid = self._asked.pop(number)
        at = body.find(b'"ev":')
        self._acknowledged[cid] = int(body[at + 5 : body.index(b",", at)]) if at >= 0 else None
        flight = self._flights[cid]
        flight.is_answered = True
        self._figures.answers += 1
        now = time.perf_counter()
        if self._is_measuring:
            self._times.append(now - flight.due)
        turn = flight.turn
        if flight.is_read:
            del self._flights[cid]
        if not self._job.until_read:
            self._next(turn, now)

    def read(self, spans: Sequence[Span]) -> None:
        """See `Load`."""
        readers = self._readers
        for stream, first, last in spans:
            self._figures.deliveries += last + 1 - first
            for ev in range(first, last + 1):
                place = (stream, ev)
                count = readers.get(place, 0) + 1
                if count == self._job.readers:
                    readers.pop(place, None)
                    self._all_read(place)
                else:
                    readers[place] = count

    def broken(self, error: Exception) -> None:
        """See `Load`."""
        if not self._failed.done():
            self._failed.set_exception(error)

    def _all_read(self, place: tuple[bytes, int]) -> None:
        cid = self.log.cids.get(place)
        flight = None if cid is None else self._flights.get(cid)
        if cid is None or flight is None:
            return
        now = time.perf_counter()
        if self._is_measuring:
            self._last_times.append(now - flight.due)
        flight.is_read = True
        if flight.is_answered:
            del self._flights[cid]
        if self._job.until_read:
            self._next(flight.turn, now)

    # Sending.

    def _turns(self) -> list[Iterator[tuple[int, int]]]:
        return [itertools.cycle(turn) for turn in self._job.turns]

    def _next(self, turn: Iterator[tuple[int, int]], now: float) -> None:
        if not self._is_over and not self._job.rate:
            self._launch(turn, now)

    def _launch(self, turn: Iterator[tuple[int, int]], due: float) -> None:
        socket, chat_id = next(turn)
        number = next(self._numbers)
        cid = b"%b-0000-4000-8000-%012x" % (self._name, number)
        self._asked[number] = cid
        self._flights[cid] = _Flight(turn, due)
        self._sockets[socket].ask(_REQUEST % (self._job.operation.encode(), number, chat_id, cid))

    async def _schedule(self) -> None:
        turns = itertools.cycle(self._turns())
        begin = time.perf_counter()
        for number in itertools.count():
            due = begin + number / self._job.rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            if self._is_over:
                return
            self._launch(next(turns), due)

    # Waiting and proving.

    async def _open_some(self, tokens: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        sockets = [Socket(self, self._job.port, token) for token in tokens]
        self._sockets += sockets
        for socket in sockets:
            await loop.create_connection(lambda socket=socket: socket, "127.0.0.1", self._job.port)  # type: ignore[misc]
        for socket in sockets:
            await asyncio.wait((socket.opened, self._failed), return_when=asyncio.FIRST_COMPLETED)
            self._look()

    async def _watched(self, seconds: float) -> None:
        await asyncio.wait((self._failed,), timeout=seconds)
        self._look()

    def _look(self) -> None:
        if self._failed.done():
            self._failed.result()

    async def _settle(self) -> None:
        """Waits until all that was sent is answered, and read by all who read."""
        deadline = time.perf_counter() + _SETTLE_SECONDS
        while why := self._missing():
            if time.perf_counter() > deadline:
                raise Broken(why)
            await self._watched(_LOOK_AGAIN)

    def _missing(self) -> str:
        if self._flights:
            cid, flight = next(iter(self._flights.items()))
            place = self.log.places.get(cid)
            return (
                f"{len(self._flights)} messages are not answered or not read: {cid!r}, "
                f"answered: {flight.is_answered} ({self._acknowledged.get(cid)}), stands at {place}, "
                f"read by {0 if place is None else self._readers.get(place, 0)} of {self._job.readers}"
            )
        ends: dict[bytes, int] = {}
        for socket in self._sockets:
            for stream, ev in socket.heads.items():
                ends[stream] = max(ev, ends.get(stream, 0))
        for socket in self._sockets:
            if any(ends[stream] != ev for stream, ev in socket.heads.items() if stream != _OWN):
                return "a socket is behind the others"
        for cid, acknowledged in self._acknowledged.items():
            place = self.log.places.get(cid)
            if place is None or (acknowledged is not None and place[1] != acknowledged):
                return f"{cid!r} was acknowledged as {acknowledged} and stands at {place}"
        return ""


def _percentiles(times: list[float]) -> tuple[float, float]:
    times.sort()
    if not times:
        return 0.0, 0.0
    return times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000


async def _main() -> None:
    job = Job(**orjson.loads(sys.stdin.buffer.readline()))
    if job.pinned and hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > _CORE:
        os.sched_setaffinity(0, {_CORE})
    run = Run(job)
    await run.open()
    # Its own pauses are not the server's.
    gc.disable()
    sys.stdout.write("open\n")
    sys.stdout.flush()
    if await asyncio.to_thread(sys.stdin.buffer.readline):
        sys.stdout.buffer.write(orjson.dumps(asdict(await run.measure())) + b"\n")
    run.close()


if __name__ == "__main__":
    uvloop.run(_main())
