"""The client of the socket protocol: a connection that comes back by itself and loses, doubles and reorders nothing."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeAlias
from uuid import UUID

from src import clock
from src.client import frames, news, pacing, sending, wire
from src.client.constants import (
    EXPIRED,
    FIRST_WAIT_SECONDS,
    HASTE_SECONDS,
    LASTING_SECONDS,
    PAGE,
    PATIENCE_SECONDS,
    PROTOCOL,
    REFRESH_BEFORE_SECONDS,
    REFRESH_EVERY_SECONDS,
    TERMINAL,
)
from src.client.exceptions import ClientError, Ended, Refused, SignedOut, Unreachable
from src.client.streams import Streams

# Gives an access token or an API key; given one that the server does not take, or that ends soon, another one. Raises
# SignedOut when there is none, Unreachable when it cannot be had at present.
Tokens: TypeAlias = Callable[[str | None], Awaitable[str]]

_NOT_SIGNED_IN = frozenset({"not_authenticated", "invalid_token"})
_NOT_OURS = frozenset({"stream_not_found"})


class Client:
    """A connection to a server, open inside of `async with`; `async for` gives its news.

    One task reads the news; any may send and ask. When the server has ended the connection for good, reading raises
    `Ended`, and so does what is asked from then on.
    """

    def __init__(
        self,
        url: str,
        tokens: Tokens,
        *,
        name: str = "hearth-client",
        heads: Mapping[str, int] | None = None,
        epoch: str | None = None,
        tls: ssl.SSLContext | None = None,
        first_wait: float = FIRST_WAIT_SECONDS,
    ) -> None:
        """Opens nothing yet.

        Args:
            url: the server's address, `http://…` or `https://…`, without a slash at the end.
            tokens: gives tokens.
            name: what the client calls itself.
            heads: where another client has read its streams up to (its `heads`): this one goes on there.
            epoch: of the same other client.
            tls: how certificates are checked; by the usual authorities when not given.
            first_wait: seconds before the first attempt to come back, on average half; then up to twice as long.
        """
        self._url = url.rstrip("/")
        self._tokens = tokens
        self._name = name
        self._tls = tls
        self._first_wait = first_wait
        self._streams = Streams(heads or {}, epoch)
        self._outbox = sending.Outbox()
        self._line: wire.Wire | None = None
        self._bye: frames.Bye | None = None
        self._refused: str | None = None
        self._end: ClientError | None = None
        self._told = asyncio.Event()
        self._asking = asyncio.Event()
        self._online = asyncio.Event()
        self._hurried = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    @property
    def heads(self) -> dict[str, int]:
        """The last entry of each stream that has been read: for a client that goes on here another time."""
        return self._streams.heads

    @property
    def epoch(self) -> str | None:
        """Of which state of the server's data the heads are."""
        return self._streams.epoch

    @property
    def is_online(self) -> bool:
        """Whether a socket is open."""
        return self._line is not None

    @property
    def unsent(self) -> int:
        """Messages that are on their way."""
        return len(self._outbox)

    async def __aenter__(self) -> Self:
        self._life = asyncio.create_task(self._live())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        if self._life is not None:
            self._life.cancel()
            # Who is cancelled while it closes has to hear of that, and not take it for the end of its own task.
            await asyncio.wait([self._life])
            if not self._life.cancelled():
                self._life.result()

    def __aiter__(self) -> AsyncIterator[news.News]:
        return self

    async def __anext__(self) -> news.News:
        while not self._streams.news:
            if self._end is not None:
                raise self._end
            self._told.clear()
            await self._told.wait()
        found = self._streams.news.popleft()
        if self._streams.ask_at is not None:
            # There may be room again for what was left out.
            self._asking.set()
        return found

    async def send(
        self,
        chat_id: int,
        text: str,
        *,
        reply_to_id: int | None = None,
        thread_id: int | None = None,
        cid: UUID | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> sending.Sent:
        """Sends a message exactly once, however often the connection breaks meanwhile; returns when it is stored.

        Args:
            chat_id: where to.
            text: of it.
            reply_to_id: the message that it answers.
            thread_id: the message whose thread it belongs to.
            cid: the message's own name, for who keeps it over a restart of the program; else one is made.
            patience: seconds that the server may ask to wait (slow mode, limits) before this is given up.

        Raises:
            Refused: the server does not take it, or not so soon.
            Unreachable: the client was closed meanwhile; only who has kept the `cid` can send it again safely.
            Ended: the connection has ended; so was it perhaps before the server answered.
        """
        self._must_live()
        named = {"reply_to_id": reply_to_id, "thread_id": thread_id}
        fields = {"text": text} | {key: str(value) for key, value in named.items() if value is not None}
        self._hurried.set()
        return await self._outbox.send(chat_id, fields, cid=cid, patience=patience)

    async def request(self, op: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Asks for any operation once there is a socket, and gives its answer. It is not repeated.

        Raises:
            Refused: the server does not do it.
            Unreachable: the connection broke; whether it was done is not known.
            Ended: the connection has ended.
        """
        while self._line is None:
            self._must_live()
            await self._online.wait()
        return await self._line.request(op, fields)

    async def typing(self, chat_id: int) -> None:
        """Shows the other members that something is being written, if there is a socket just now."""
        if self._line is not None:
            with suppress(Unreachable):
                await self._line.tell("typing", {"chat_id": str(chat_id)})

    def _must_live(self) -> None:
        if self._end is not None:
            raise self._end

    async def _live(self) -> None:
        """Opens one socket after the other, until one is closed for good."""
        backoff = pacing.Backoff(self._first_wait)
        try:
            while True:
                began = self._now
                self._hurried.clear()
                try:
                    reason, at_least = await self._open()
                except Unreachable as error:
                    reason, at_least = str(error), 0.0
                if self._now - began > LASTING_SECONDS:
                    backoff.restart()
                wait = at_least + backoff.wait(random.random())  # noqa: S311  no secret
                self._tell(news.Offline(reason, wait))
                await self._stay_away(at_least, wait)
        except ClientError as error:
            self._close(error)
        finally:
            self._close(Unreachable("The connection was closed."))

    async def _stay_away(self, at_least: float, wait: float) -> None:
        """Waits before the next attempt: not so long if something is sent meanwhile, for somebody sits there.

        So it is with what has been sent since the last attempt began, and waits; older messages hurry nobody.
        """
        if not self.unsent:
            self._hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await asyncio.sleep(max(at_least, HASTE_SECONDS))
                await self._hurried.wait()

    def _close(self, error: ClientError) -> None:
        if self._end is None:
            self._end = error
            self._outbox.close(error)
            self._told.set()
            self._online.set()

    async def _open(self) -> tuple[str, float]:
        """Opens a socket and lives with it until it is closed: why it was, and how long to stay away at least."""
        token = await self._tokens(self._refused)
        self._bye = None
        async with wire.opened(self._url, self._take, name=self._name, tls=self._tls) as line:
            reading = asyncio.create_task(line.read())
            try:
                greeting = await self._greet(line, token)
                if greeting is not None:
                    self._refused = None
                    await self._serve(line, greeting, token, reading)
                closed = await reading
            finally:
                reading.cancel()
        return self._closed(closed, token)

    async def _greet(self, line: wire.Wire, token: str) -> frames.Greeting | None:
        """Says hello; None if the socket was closed instead of an answer."""
        heads = self._streams.heads_to_send
        hello = {"v": PROTOCOL, "token": token, "client": self._name, "heads": heads, "epoch": self._streams.epoch}

        def greeted(answer: wire.Answer) -> None:
            greeting = frames.Greeting.model_validate(answer)
            line.limit(greeting.limits, greeting.ping_ms / 1000)
            self._streams.greeted(greeting, heads, self._now)

        try:
            return frames.Greeting.model_validate(await line.request("hello", hello, greeted))
        except Refused as refused:
            if refused.code in _NOT_SIGNED_IN:
                self._doubt(token)
            elif not refused.retry:
                raise Ended(0, str(refused)) from None
            raise Unreachable(str(refused)) from None
        except Unreachable:
            return None

    async def _serve(
        self, line: wire.Wire, greeting: frames.Greeting, token: str, reading: asyncio.Task[wire.Closed]
    ) -> None:
        """Sends, asks and refreshes until the socket is closed."""
        self._line = line
        self._told.set()
        self._asking.set()
        self._online.set()
        work = [
            asyncio.create_task(self._outbox.run(line)),
            asyncio.create_task(self._ask(line)),
            asyncio.create_task(self._refresh(line, token, greeting.exp)),
        ]
        try:
            done, _ = await asyncio.wait([reading, *work], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                # Only the reading ends by itself: another one that has ended tells what went wrong.
                task.result()
        finally:
            self._line = None
            self._online.clear()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            self._streams.closed(self._now)

    def _closed(self, closed: wire.Closed, token: str) -> tuple[str, float]:
        bye = self._bye or frames.Bye(op="bye", code=closed.code, reason=str(closed), reconnect=True)
        if bye.code == EXPIRED:
            self._doubt(token)
            return bye.reason, 0.0
        if bye.code in TERMINAL or not bye.reconnect:
            raise Ended(bye.code, bye.reason or f"The server has closed the connection ({bye.code}).")
        return bye.reason, bye.after_ms / 1000

    def _doubt(self, token: str) -> None:
        """The server does not take this token: the next attempt goes with another one.

        Raises:
            SignedOut: that one has just been given in place of a refused one.
        """
        if self._refused is not None and token != self._refused:
            raise SignedOut
        self._refused = token

    def _take(self, frame: frames.Incoming) -> None:
        """Takes what the server pushes."""
        now = self._now
        match frame:
            case frames.Entry():
                self._streams.entry(frame, now)
            case frames.Ephemeral():
                self._streams.passing(frame)
            case frames.Ping():
                self._streams.pinged(frame, now)
            case frames.Lag():
                self._streams.lagged(frame, now)
            case frames.Bye():
                self._bye = frame
            case frames.Reply():
                pass
        self._told.set()
        if self._streams.ask_at is not None:
            self._asking.set()

    async def _ask(self, line: wire.Wire) -> None:
        """Asks for what is missing, as soon as it is time."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._asking.clear()
                while (question := self._streams.ask(self._now)) is not None:
                    group.create_task(self._sync(line, *question))
                at = self._streams.ask_at
                with suppress(TimeoutError):
                    async with asyncio.timeout(None if at is None else at - self._now):
                        await self._asking.wait()

    async def _sync(self, line: wire.Wire, stream: str, since: int) -> None:
        try:
            answer = await line.request("sync", {"stream": stream, "since": since, "limit": PAGE})
        except Unreachable:
            # An answer that never came, on a socket that still lives; when it is closed its questions end anyway.
            self._streams.unanswered(stream, self._now, is_gone=False)
        except Refused as refused:
            is_gone = refused.code in _NOT_OURS
            if not is_gone:
                await asyncio.sleep(max(refused.after, 1))
            self._streams.unanswered(stream, self._now, is_gone=is_gone)
        else:
            self._streams.answered(frames.PageRead.model_validate(answer), self._now)
        self._told.set()
        self._asking.set()

    async def _refresh(self, line: wire.Wire, token: str, ends: int | None) -> None:
        """Gives the server a new token in time, for as long as tokens end."""
        while ends is not None:
            left = ends - clock.now().timestamp() - REFRESH_BEFORE_SECONDS
            await asyncio.sleep(max(left, REFRESH_EVERY_SECONDS))
            try:
                token = await self._tokens(token)
                ends = frames.Refreshed.model_validate(await line.request("refresh", {"token": token})).exp
            except SignedOut:
                # There is no other; this one is good until the server closes.
                break
            except (Refused, Unreachable):
                # Later, perhaps; if not, the server closes and the next hello tries anew.
                continue
        await asyncio.Event().wait()

    def _tell(self, one: news.News) -> None:
        found = self._streams.news
        if isinstance(one, news.Offline) and found and isinstance(found[-1], news.Offline):
            # One who does not read learns of the last attempt alone.
            found.pop()
        found.append(one)
        self._told.set()

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()
