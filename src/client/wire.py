"""One open WebSocket: requests with their answers, at the pace that the server takes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from src.client import frames, pacing
from src.client.constants import (
    ANSWER_SECONDS,
    BURST,
    FRAME_BYTES,
    IN_FLIGHT,
    MAX_FRAME_BYTES,
    OPEN_SECONDS,
    RATE,
    SILENCE_SECONDS,
    SOCKET_PATH,
    SUBPROTOCOL,
    TOO_LONG,
)
from src.client.exceptions import Ended, Refused, Unreachable

_CLOSE_SECONDS = 2.0
# The server counts by its own clock: what it takes is not used up to the last frame.
_SHARE = 0.8

Answer: TypeAlias = dict[str, object]


@dataclass(frozen=True)
class _Question:
    answer: "asyncio.Future[Answer]"
    taken: Callable[[Answer], None] | None


class Closed(Exception):
    """The socket is closed; 0: the connection broke without a word."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason or "the connection was lost")
        self.code = code


class Wire:
    """One open socket. Answers go to who asked, everything else to `handle`."""

    def __init__(self, socket: ClientConnection, handle: Callable[[frames.Incoming], None]) -> None:
        self._socket = socket
        self._handle = handle
        self._questions: dict[int, _Question] = {}
        self._number = 0
        self._pong: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._silence = OPEN_SECONDS
        self.limit(frames.Limits(frame=FRAME_BYTES, inflight=IN_FLIGHT, rate=RATE, burst=BURST))

    def limit(self, limits: frames.Limits, ping_seconds: float | None = None) -> None:
        """From now on no more is sent than this, and something comes from the server at least so often."""
        now = asyncio.get_running_loop().time()
        self._bucket = pacing.Bucket(limits.rate * _SHARE, max(1, int(limits.burst * _SHARE)), now)
        self._frame = limits.frame
        self._in_flight = asyncio.Semaphore(max(1, limits.inflight))
        if ping_seconds is not None:
            self._silence = ping_seconds + SILENCE_SECONDS

    async def request(
        self, op: str, fields: Mapping[str, object], taken: Callable[[Answer], None] | None = None
    ) -> Answer:
        """Asks and waits for the answer; `taken` is called with it at once, before anything that comes after it.

        Raises:
            Refused: the server does not do it.
            Unreachable: the socket was closed, or no answer has come, or none that can be understood.
        """
        async with self._in_flight:
            self._number += 1
            number = self._number
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._questions[number] = _Question(answer, taken)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._send(frames.request(op, number, fields))
                    return await answer
            except (TimeoutError, ConnectionClosed):
                raise Unreachable("The server has not answered.") from None
            finally:
                del self._questions[number]

    async def tell(self, op: str, fields: Mapping[str, object]) -> None:
        """Sends something that needs no answer.

        Raises:
            Unreachable: the socket is closed.
        """
        try:
            await self._send(frames.request(op, None, fields))
        except ConnectionClosed:
            raise Unreachable("The connection was lost.") from None

    async def read(self) -> Closed:
        """Takes what comes until the socket is closed, and gives why it was."""
        try:
            while True:
                async with asyncio.timeout(self._silence):
                    frame = await self._socket.recv()
                for one in frames.read(frame):
                    self._take(one)
        except TimeoutError:
            return Closed(0, "the server has fallen silent")
        except ConnectionClosed as closed:
            return Closed(0, "") if closed.rcvd is None else Closed(closed.rcvd.code, closed.rcvd.reason)
        finally:
            for question in self._questions.values():
                if not question.answer.done():
                    question.answer.set_exception(Unreachable("The connection was lost."))
                    # Whoever asked may just be ending, too.
                    question.answer.exception()

    def _take(self, frame: frames.Incoming) -> None:
        if isinstance(frame, frames.Reply):
            question = None if frame.re is None else self._questions.get(frame.re)
            if question is not None and not question.answer.done():
                _settle(question, frame)
            return
        self._handle(frame)
        if isinstance(frame, frames.Ping):
            self._pong = asyncio.create_task(self._answer_ping())

    async def _answer_ping(self) -> None:
        with suppress(Unreachable):
            await self.tell("pong", {})

    async def _send(self, frame: bytes) -> None:
        if len(frame) > self._frame:
            # The server would close the socket, and for good.
            raise Refused(TOO_LONG, "It is longer than the server takes at once.")
        async with self._turn:
            wait = self._bucket.take(asyncio.get_running_loop().time())
            if wait:
                await asyncio.sleep(wait)
            await self._socket.send(frame, text=True)


def _settle(question: _Question, reply: frames.Reply) -> None:
    if reply.err is not None:
        refusal = reply.err
        after = (refusal.after_ms or 0) / 1000
        refused = Refused(refusal.code, refusal.msg, retry=refusal.retry, after=after, errors=refusal.errors)
        question.answer.set_exception(refused)
        return
    found = reply.ok or {}
    try:
        if question.taken is not None:
            question.taken(found)
    except ValidationError:
        question.answer.set_exception(Unreachable("What the server answers cannot be understood."))
    else:
        question.answer.set_result(found)


@asynccontextmanager
async def opened(
    url: str, handle: Callable[[frames.Incoming], None], *, name: str, tls: ssl.SSLContext | None
) -> AsyncIterator[Wire]:
    """A socket of the server at this address; no proxy of the environment comes between, as with calls over HTTP.

    Raises:
        Unreachable: there is none to be had at present.
        Ended: the server, or what answers there, serves no sockets, or none to us.
    """
    scheme, _, rest = url.partition("://")
    address = f"{'wss' if scheme == 'https' else 'ws'}://{rest}{SOCKET_PATH}"
    try:
        socket = await connect(
            address,
            ssl=tls if scheme == "https" else None,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            user_agent_header=name,
            compression=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            ping_interval=None,
            max_size=MAX_FRAME_BYTES,
            proxy=None,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        if 400 <= status < 500 and status not in {408, 425, 429}:
            raise Ended(status, f"There are no sockets at {address} (HTTP {status}).") from None
        raise Unreachable(f"The server opens no socket at present (HTTP {status}).") from None
    except (OSError, TimeoutError, WebSocketException) as error:
        raise Unreachable(str(error) or type(error).__name__) from None
    try:
        yield Wire(socket, handle)
    finally:
        await socket.close()
