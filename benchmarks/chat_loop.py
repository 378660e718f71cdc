"""The floor of fan-out: bytes of a frame written to the transport of every socket, and nothing else.

`python -m benchmarks.chat_loop PORT` serves it. It believes everybody, knows one chat and stores nothing; the first
socket asks, and all others read.
"""

import asyncio
import sys
from typing import cast

import orjson
import uvloop

from benchmarks import chat_entry
from src.realtime import encoding

_HANDSHAKE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
_FOUND = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
# Of a client's frame with a length of two bytes, and of one with a short one.
_LONG_HEAD, _SHORT_HEAD = 8, 6


class _Chat:
    """Who is there, and how far it goes."""

    def __init__(self) -> None:
        self.transports: list[asyncio.Transport] = []
        self.ev = 0


class _Socket(asyncio.Protocol):
    def __init__(self, chat: _Chat) -> None:
        self._chat = chat
        self._rest = b""
        self._is_upgraded = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's
        if self._transport in self._chat.transports:
            self._chat.transports.remove(self._transport)
        if not self._chat.transports:
            self._chat.ev = 0

    def data_received(self, data: bytes) -> None:
        if not self._is_upgraded:
            self._open(data)
            return
        data = self._rest + data
        while len(data) > _LONG_HEAD:
            is_long = data[1] & 0x7F == 126
            head = _LONG_HEAD if is_long else _SHORT_HEAD
            end = head + (int.from_bytes(data[2:4]) if is_long else data[1] & 0x7F)
            if len(data) < end:
                break
            self._take(orjson.loads(data[head:end]))
            data = data[end:]
        self._rest = data

    def _open(self, data: bytes) -> None:
        if b"Upgrade" not in data:
            self._transport.write(_FOUND)
            self._transport.close()
            return
        self._is_upgraded = True
        self._chat.transports.append(self._transport)
        self._transport.write(_HANDSHAKE)

    def _take(self, request: dict[str, str]) -> None:
        if request["op"] == "push":
            self._chat.ev += 1
            frame = chat_entry.frame(int(request["chat_id"]), self._chat.ev, request["cid"], request["text"])
            for transport in self._chat.transports[1:]:
                transport.write(frame)
        if request["op"] != "pong":
            self._transport.write(encoding.text_frame(encoding.answer(int(request["id"]), b"{}")))


async def _main(port: int) -> None:
    chat = _Chat()
    server = await asyncio.get_running_loop().create_server(lambda: _Socket(chat), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1])))
