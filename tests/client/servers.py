"""A server of the socket protocol that does to its clients whatever a test wants: one chat, real sockets, no data."""

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from src.client.connection import Tokens

CHAT = 17
STREAM = f"chat:{CHAT}"
Frame = dict[str, object]


@dataclass
class Unreliable:
    """The server.

    Attributes:
        url: where it answers.
        texts: of the chat's messages, in order: the entry `n` is the `n`-th.
        way: what becomes of a frame that is pushed: the frames that go out instead.
        breaks: called for each request; True: the connection breaks when it has been done, before it is answered.
        tokens: that are good.
        kept_from: entries before this one are forgotten.
        said: all requests.
    """

    url: str = ""
    texts: list[str] = field(default_factory=list)
    way: Callable[[Frame], list[Frame]] = field(default=lambda frame: [frame])
    breaks: Callable[[Frame], bool] = field(default=lambda _: False)
    refusals: list[Frame] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {"good"})
    epoch: str = "e1"
    exp: int | None = None
    ping_ms: int = 50
    kept_from: int = 0
    in_stream: bool = True
    said: list[Frame] = field(default_factory=list)
    sockets: set[ServerConnection] = field(default_factory=set)
    _first: dict[str, int] = field(default_factory=dict)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, text: str, cid: str = "") -> int:
        """A new entry, pushed to all."""
        self.texts.append(text)
        ev = len(self.texts)
        if cid:
            self._first[cid] = ev
        for frame in self.way(self._entry(ev)):
            await self.push(frame)
        return ev

    async def push(self, frame: Frame) -> None:
        """To all sockets."""
        for socket in tuple(self.sockets):
            with suppress(ConnectionClosed):
                await socket.send(json.dumps(frame))

    async def close(self, code: int, reason: str = "", **bye: object) -> None:
        """Says good-bye to all, and closes."""
        if bye:
            await self.push({"op": "bye", "code": code, "reason": reason, **bye})
        for socket in tuple(self.sockets):
            await socket.close(code, reason)

    def sent(self, op: str) -> list[Frame]:
        """The requests of this kind."""
        return [frame for frame in self.said if frame["op"] == op]

    async def asked(self, op: str) -> None:
        """Returns once there has been a request of this kind."""
        while not self.sent(op):
            self._heard.clear()
            await self._heard.wait()

    async def serve(self, socket: ServerConnection) -> None:
        """One client."""
        pinging = asyncio.create_task(self._ping(socket))
        try:
            async for message in socket:
                frame: Frame = json.loads(message)
                self.said.append(frame)
                self._heard.set()
                answer = await self._answer(frame)
                if self.breaks(frame):
                    socket.transport.abort()
                elif "id" in frame:
                    await socket.send(json.dumps({"re": frame["id"], **answer}))
                    if frame["op"] == "hello" and "ok" in answer:
                        self.sockets.add(socket)
        except ConnectionClosed:
            pass
        finally:
            self.sockets.discard(socket)
            pinging.cancel()

    async def _ping(self, socket: ServerConnection) -> None:
        while True:
            await asyncio.sleep(self.ping_ms / 1000)
            if socket in self.sockets:
                heads = [[STREAM, len(self.texts)]] if self.in_stream else []
                with suppress(ConnectionClosed):
                    await socket.send(json.dumps({"op": "ping", "h": heads}))

    async def _answer(self, frame: Frame) -> Frame:
        # What has no id gets no answer: it must not take the refusal that is meant for the next request.
        if "id" in frame and frame["op"] != "hello" and self.refusals:
            return {"err": self.refusals.pop(0)}
        match frame["op"]:
            case "hello":
                return self._greet(frame)
            case "send":
                return {"ok": await self._send(frame)}
            case "sync":
                return {"ok": self._page(int(str(frame["since"])), int(str(frame["limit"])))}
            case "refresh":
                return {"ok": {"exp": self.exp}}
            case _:
                return {"ok": {}}

    def _greet(self, frame: Frame) -> Frame:
        if frame["token"] not in self.tokens:
            return {"err": {"code": "invalid_token", "msg": "No.", "retry": False}}
        heads = frame["heads"]
        assert isinstance(heads, dict)
        head = {"stream": STREAM, "ev": len(self.texts), "state": {"unread": 2}}
        return {
            "ok": {
                "conn": "k1",
                "account": "1",
                "epoch": self.epoch,
                "fresh": frame["epoch"] not in {None, self.epoch},
                "ping_ms": self.ping_ms,
                "pong_ms": 1000,
                "exp": self.exp,
                "limits": {"frame": 65536, "inflight": 8, "rate": 10_000, "burst": 1000},
                "heads": [head] if self.in_stream and heads.get(STREAM) != len(self.texts) else [],
                "gone": [] if self.in_stream else list(heads),
                "more": False,
                "later": "A field that no client knows.",
            }
        }

    async def _send(self, frame: Frame) -> Frame:
        cid = str(frame["cid"])
        dup = cid in self._first
        ev = self._first[cid] if dup else await self.write(str(frame["text"]), cid)
        return {"id": str(ev), "seq": ev, "ev": ev, "dup": dup, "created_at": "2026-11-21T12:00:00.000Z"}

    def _page(self, since: int, limit: int) -> Frame:
        end = len(self.texts)
        if since + 1 < self.kept_from:
            return {"stream": STREAM, "events": [], "upto": end, "more": False, "reset": True}
        upto = min(end, since + limit)
        events = [self._entry(ev) for ev in range(since + 1, upto + 1)]
        return {"stream": STREAM, "events": events, "upto": upto, "more": upto < end, "reset": False}

    def _entry(self, ev: int) -> Frame:
        return {"op": "ev", "stream": STREAM, "ev": ev, "t": "msg.new", "d": {"text": self.texts[ev - 1]}}


@contextmanager
def place(server: Unreliable) -> Iterator[sockets.socket]:
    """Where the server is to be found: nobody listens there yet, and nobody else gets the port meanwhile."""
    with sockets.socket() as found:
        found.bind(("127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{found.getsockname()[1]}"
        yield found


@asynccontextmanager
async def serving(server: Unreliable, there: sockets.socket | None = None) -> AsyncIterator[Server]:
    """Serves there, or at a place of its own."""
    with ExitStack() as stack:
        there = there or stack.enter_context(place(server))
        async with serve(server.serve, sock=there, close_timeout=1) as listening:
            yield listening


def tokens(*given: str) -> Tokens:
    """These, one after the other, each when the one before is not taken."""
    left = list(given)

    async def give(instead_of: str | None) -> str:
        if instead_of == left[0] and len(left) > 1:
            left.pop(0)
        return left[0]

    return give
