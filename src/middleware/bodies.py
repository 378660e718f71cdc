"""Request bodies within limits: size, time between pieces, time in all, and JSON that every later layer can hold.

A JSON body is read whole and looked at before the app sees it; any other body streams through with its bytes counted.
"""

import asyncio
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import orjson
from starlette.types import Message, Receive, Send

from src.exceptions import HearthError
from src.problems import BodyTooLarge, MalformedBody, RequestTimeout

MAX_DEPTH: Final = 64
# Opening brackets become 1, closing ones -1 as signed bytes, and everything else is deleted.
_SIGNS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKET: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


@dataclass(frozen=True)
class BodyTimes:
    """How slowly a body may come.

    A body may take `total_seconds`, or the time that its limit takes at `bytes_per_second` where that is longer, so
    that a path which takes films does not need another rule.
    """

    idle_seconds: float = 10.0
    total_seconds: float = 60.0
    bytes_per_second: int = 64 * 1024

    def whole(self, limit: int) -> float:
        """Seconds that a body of up to `limit` bytes may take in all."""
        return max(self.total_seconds, limit / self.bytes_per_second)


class Disconnected(Exception):
    """The client has left before its body was complete; there is nobody to answer."""


class _Reader:
    """Takes a body's messages from the server and keeps the limits."""

    def __init__(self, receive: Receive, limit: int, times: BodyTimes) -> None:
        self._receive = receive
        self._limit = limit
        self._idle = times.idle_seconds
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + times.whole(limit)
        self._size = 0

    async def next(self) -> Message:
        """The next message.

        Raises:
            RequestTimeout: it does not come in time.
            BodyTooLarge: the body exceeds its limit with it.
        """
        try:
            async with asyncio.timeout_at(min(self._loop.time() + self._idle, self._end)):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout from None
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise BodyTooLarge
        return message


async def read_json(receive: Receive, limit: int, times: BodyTimes) -> Receive:
    """Reads and checks a JSON body; gives the `receive` that hands it to the app.

    Raises:
        BodyTooLarge, RequestTimeout, MalformedBody: what the client is told.
        Disconnected: nobody listens any more.
    """
    reader = _Reader(receive, limit, times)
    pieces: list[bytes] = []
    more = True
    while more:
        message = await reader.next()
        if message["type"] == "http.disconnect":
            raise Disconnected
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(pieces)
    check_json(body)
    whole: Message = {"type": "http.request", "body": body, "more_body": False}
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return whole

    return replay


def check_json(body: bytes) -> None:
    """Refuses what a later layer would stumble over.

    orjson refuses NaN, Infinity, 1e400, lone surrogates, every encoding but UTF-8, and a depth above 1,024.

    Raises:
        MalformedBody: it is not JSON, or nested deeper than `MAX_DEPTH`.
    """
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedBody from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and depth_of(body) > MAX_DEPTH:
        raise MalformedBody


def depth_of(body: bytes) -> int:
    """How deep the arrays and objects of this valid JSON are nested; brackets inside strings do not count."""
    # A backslash stands only in strings. Without escaped backslashes and quotes every quote is a string's border.
    outside = b"".join(body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    return max(accumulate(memoryview(outside.translate(_SIGNS, _NO_BRACKET)).cast("b")), default=0)


class StreamedBody:
    """A body that streams through to the app, with its limits kept on the way.

    When a limit is passed, the app gets an exception out of `receive`, and what it makes of it is not sent: a form
    parser would turn a 413 into a 400 of its own. `refusal` then holds the answer, unless the app had `answered`.
    """

    def __init__(self, receive: Receive, send: Send, limit: int, times: BodyTimes) -> None:
        self._receive = receive
        self._send = send
        self._reader = _Reader(receive, limit, times)
        self._complete = False
        self.answered = False
        self.refusal: HearthError | None = None

    async def receive(self) -> Message:
        """The ASGI `receive`; behind the body's end it waits for the client to leave, without a limit."""
        if self._complete:
            return await self._receive()
        try:
            message = await self._reader.next()
        except HearthError as refusal:
            self.refusal = refusal
            raise
        self._complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """The ASGI `send`; swallows the answer of an app whose body was refused."""
        if self.answered or self.refusal is None:
            self.answered = True
            await self._send(message)
