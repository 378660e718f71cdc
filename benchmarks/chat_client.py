"""The sockets of a load: as lean as Python allows, and so strict that a server which loses a message fails.

Every entry is looked at: on each socket each stream has to come dense.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol, cast

import orjson

from benchmarks.chat_log import Broken, Log, Span

_HANDSHAKE = (
    b"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_ANSWER = b'{"re":'
_PING = 0x89
_PONG = 0x8A
_TEXT = 0x81


class Load(Protocol):
    """Who is told what the sockets get."""

    log: Log

    def answered(self, number: int, body: bytes) -> None:
        """A request has been answered, with this object."""
        ...

    def read(self, spans: Sequence[Span]) -> None:
        """These entries have come to a socket."""
        ...

    def broken(self, error: Exception) -> None:
        """Nothing that is measured now counts."""
        ...


class Socket(asyncio.Protocol):
    """One WebSocket, from its handshake on."""

    def __init__(self, load: Load, port: int, token: str) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # The last entry of each stream that it reads.
        self.heads: dict[bytes, int] = {}
        self.is_closing = False
        self._load = load
        self._port = port
        self._token = token
        self._is_upgraded = False
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for a WebSocket."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(_HANDSHAKE % self._port)

    def ask(self, text: bytes) -> None:
        """Sends a text frame."""
        self._transport.write(masked(text))

    def close(self) -> None:
        """Ends it."""
        self.is_closing = True
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server must not end what is not ended here."""
        if not self.is_closing:
            self._load.broken(exc or Broken("a socket was closed"))

    def data_received(self, data: bytes) -> None:
        """The next bytes."""
        if self._rest:
            data = self._rest + data
        try:
            if not self._is_upgraded:
                self._rest = b""
                self._upgrade(data)
                return
            taken = self._load.log.take(data)
            self._rest = taken.rest
            if taken.spans:
                self._read(taken.spans)
            for one in taken.others:
                self._other(one)
        except Exception as error:  # noqa: BLE001  handed to whoever measures
            self._load.broken(error)

    def _upgrade(self, data: bytes) -> None:
        if b"\r\n\r\n" not in data:
            self._rest = data
            return
        if not data.startswith(b"HTTP/1.1 101"):
            raise Broken(data)
        self._is_upgraded = True
        self.ask(orjson.dumps({"op": "hello", "id": 0, "v": 1, "token": self._token}))

    def _read(self, spans: Sequence[Span]) -> None:
        for stream, first, last in spans:
            if self.heads.get(stream, first - 1) != first - 1:
                raise Broken(f"{stream!r}: {first} comes after {self.heads[stream]}")
            self.heads[stream] = last
        self._load.read(spans)

    def _other(self, data: bytes) -> None:
        if data.startswith(_ANSWER):
            comma = data.index(b",", len(_ANSWER))
            if not data.startswith(b'"ok":', comma + 1):
                raise Broken(data)
            number, body = int(data[len(_ANSWER) : comma]), data[comma + 6 : -1]
            if number:
                self._load.answered(number, body)
            else:
                self._greeted(body)
        elif data[0] == _PING:
            self._transport.write(bytes((_PONG, 0x80 | data[1])) + bytes(4) + data[2:])
        elif data.startswith(b'{"op":"ping"'):
            self.ask(b'{"op":"pong"}')
        elif not data.startswith(b'{"op":"eph"'):
            raise Broken(data)

    def _greeted(self, body: bytes) -> None:
        for head in orjson.loads(body).get("heads", ()):
            self.heads[head["stream"].encode()] = head["ev"]
        self.opened.set_result(None)


def masked(text: bytes) -> bytes:
    """A text frame of a client; masked with zeros it stays as it is."""
    size = len(text)
    if size < 126:
        return bytes((_TEXT, 0x80 | size, 0, 0, 0, 0)) + text
    return bytes((_TEXT, 0x80 | 126)) + size.to_bytes(2) + bytes(4) + text
