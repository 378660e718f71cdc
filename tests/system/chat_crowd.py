"""A crowd of sockets in one process, as light as they come: each follows the rule of clients and nothing else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from tests.system.chat_people import Person
from tests.system.house import PATIENCE, until

_HANDSHAKE = (
    "GET /v1/ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)
_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
_TEXT = 0x1
# How long one waits whose connection was refused.
_AGAIN_SECONDS = 0.2
_PAGE = 200


def frame(**fields: object) -> bytes:
    """A frame of a client, whose mask changes nothing."""
    payload = orjson.dumps(fields)
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE]) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


@dataclass(eq=False)
class Socket(asyncio.Protocol):
    """One of them, over all of its connections.

    Attributes:
        ev: the last entry that it has applied.
        last: the last one that it has heard of.
        wrong: what it was given that is not the log.
        byes: why the server has ended it, and when it may come again.
        greeted: how often it was let in.
        late: how often its connection ended before it was.
    """

    person: Person
    stream: str
    ev: int = 0
    last: int = 0
    wrong: list[str] = field(default_factory=list)
    byes: list[tuple[int, int]] = field(default_factory=list)
    greeted: int = 0
    late: int = 0
    is_lost: bool = True
    transport: asyncio.Transport | None = None
    _came: bytearray = field(default_factory=bytearray)
    _is_open: bool = False
    _is_asking: bool = False
    # It has been let in, or its connection has ended.
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    async def come(self, host: str, port: int, *, times: int) -> None:
        """Comes back until it has been let in so often in all."""
        while True:
            await self.open(host, port)
            await self._settled.wait()
            if self.greeted >= times:
                return
            self.late += 1
            await asyncio.sleep(_AGAIN_SECONDS)

    async def open(self, host: str, port: int) -> None:
        """Connects, again and again until it has a connection."""
        loop = asyncio.get_running_loop()
        self._settled.clear()
        self._came, self._is_open, self._is_asking = bytearray(), False, False
        while True:
            try:
                transport, _ = await loop.create_connection(lambda: self, host, port)
            except OSError:
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self.is_lost = False
                transport.write(_HANDSHAKE.format(host=f"{host}:{port}", key=_KEY).encode())
                self.transport = transport
                return

    def connection_lost(self, exc: Exception | None) -> None:
        """See `Protocol`."""
        del exc
        self.is_lost = True
        self._settled.set()

    def data_received(self, data: bytes) -> None:
        """See `Protocol`."""
        self._came += data
        if not self._is_open:
            head, end, rest = self._came.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.wrong.append(head.decode())
                return
            self._is_open, self._came = True, rest
            self._ask(op="hello", id=1, v=1, token=self.person.token, heads={self.stream: self.ev})
        while (found := self._next()) is not None:
            for line in found.split(b"\n"):
                self._take(orjson.loads(line))

    def _next(self) -> bytes | None:
        """The text of the next whole frame; of others nothing."""
        came = self._came
        size, begin = (came[1], 2) if len(came) > 1 else (0, 0)
        if size in {126, 127}:
            begin = 4 if size == 126 else 10
            size = int.from_bytes(came[2:begin], "big")
        if not begin or len(came) < begin + size:
            return None
        kind, text = came[0] & 0xF, bytes(came[begin : begin + size])
        del came[: begin + size]
        return text if kind == _TEXT else b"{}"

    def _take(self, one: dict[str, object]) -> None:
        match one:
            case {"re": 1, "ok": {"heads": heads}}:
                self.greeted += 1
                self._settled.set()
                if any(head["stream"] == self.stream for head in heads):
                    self._sync()
            case {"re": 2, "ok": {"events": _, "more": _, "reset": False}} | {"re": 2, "err": {"retry": True}}:
                self._answered(one)
            case {"op": "ev", "stream": self.stream, "ev": int(ev)}:
                self._apply(ev)
            case {"op": "ping", "h": list(moved)}:
                self._ask(op="pong")
                self._hear(dict(moved).get(self.stream, 0))
            case {"op": "bye", "code": int(code), "after_ms": int(after_ms)}:
                self.byes.append((code, after_ms))
            case {"err": {"retry": False}} | {"re": _, "ok": _}:
                self.wrong.append(str(one))
            case _:
                # Other streams, and what passes.
                return

    def _answered(self, one: dict[str, object]) -> None:
        match one:
            case {"ok": {"events": events, "more": more}}:
                for entry in events:
                    self._apply(entry["ev"])
                self._is_asking = False
                if more or self.last > self.ev:
                    self._sync()
            case _:
                self._is_asking = False
                asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._sync_on, self.transport)

    def _apply(self, ev: int) -> None:
        if ev == self.ev + 1:
            self.ev = ev
        self._hear(ev)

    def _hear(self, ev: int) -> None:
        self.last = max(self.last, ev)
        if self.last > self.ev:
            self._sync()

    def _sync_on(self, transport: asyncio.Transport | None) -> None:
        """Asks once more; on another connection than this it has been done anyway."""
        if self.transport is transport:
            self._sync()

    def _sync(self) -> None:
        if not self._is_asking:
            self._is_asking = True
            self._ask(op="sync", id=2, stream=self.stream, since=self.ev, limit=_PAGE)

    def _ask(self, **fields: object) -> None:
        if self.transport is not None:
            self.transport.write(frame(**fields))


class Crowd:
    """All of them."""

    def __init__(self, url: str, cast: Sequence[Person], stream: str, each: int) -> None:
        """So many sockets for each person."""
        self.host, _, port = url.removeprefix("http://").partition(":")
        self.port = int(port)
        self.sockets = [Socket(one, stream) for one in cast for _ in range(each)]

    async def come(self, *, times: int, waits: Sequence[float] = ()) -> None:
        """Connects all at once, or each after its wait; until each has been let in so often in all."""

        async def one(socket: Socket, wait: float) -> None:
            await asyncio.sleep(wait)
            await socket.come(self.host, self.port, times=times)

        async with asyncio.timeout(2 * PATIENCE):
            await asyncio.gather(*(map(one, self.sockets, waits or [0.0] * len(self.sockets))))

    def cut(self) -> None:
        """All connections break without a word."""
        for one in self.sockets:
            if one.transport is not None:
                one.transport.abort()

    async def has_read(self, ev: int) -> None:
        """Waits until each has applied everything up to here."""
        await until(lambda: all(one.ev >= ev for one in self.sockets), f"{ev} at each")
