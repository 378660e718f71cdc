"""Server-sent events: a stream followed over plain HTTP, each entry fetched when there is one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Send

from src import clock
from src.auth import authenticator as auth_authenticator
from src.realtime import exceptions, pages
from src.realtime.constants import MAX_PAGE
from src.realtime.hub import Hub
from src.realtime.line import Entry

# Proxies take a connection without a byte in half a minute for dead.
_KEEP_ALIVE_SECONDS: Final = 15.0
_KEEP_ALIVE: Final = b": \n\n"
EVENT_STREAM: Final = "text/event-stream"


class Follower:
    """One reader of one stream, from a number on until its session ends or it is taken out of the stream.

    Made in the task that answers the request.
    """

    def __init__(self, hub: Hub, admitted: auth_authenticator.Admitted, stream: str, since: int) -> None:
        self._hub = hub
        self._admitted = admitted
        self._stream = stream
        self._since = since
        self._until: int | None = None
        self._is_over = False
        self._woken = asyncio.Event()
        self._task = asyncio.current_task()
        # While an event waits for the client to take it: when that has been too long.
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def session_id(self) -> int:
        """See `hub.Follower`."""
        return self._admitted.caller.session_id

    @property
    def is_waiting(self) -> bool:
        """See `hub.Follower`."""
        return self._deadline is not None

    async def events(self) -> AsyncGenerator[bytes, None]:
        """The stream in the form of server-sent events; `id` is the entry's number."""
        seconds = self._hub.settings.realtime_slow_seconds
        async with aclosing(self._told()) as told:
            async for event in told:
                self._deadline = asyncio.get_running_loop().call_later(seconds, self._cut)
                try:
                    yield event
                finally:
                    self._deadline.cancel()
                    self._deadline = None

    async def _told(self) -> AsyncGenerator[bytes, None]:
        hub, caller = self._hub, self._admitted.caller
        hub.on_followed()
        try:
            channel = hub.follow(self._stream, await pages.end_of(hub, caller, self._stream))
        except exceptions.StreamNotFound:
            return
        with suppress(exceptions.StreamNotFound), channel.watched(self._heard):
            # It may have been taken out before it was listening.
            await pages.end_of(hub, caller, self._stream)
            yield _KEEP_ALIVE
            while not self._must_stop():
                self._woken.clear()
                page = await pages.followed(hub, channel, caller, since=self._since, limit=MAX_PAGE)
                if page.reset:
                    yield b"event: reset\nid: %d\ndata: %b\n\n" % (page.upto, page.encoded())
                for place, event in enumerate(page.events, start=self._since + 1):
                    if self._until is None or place <= self._until:
                        yield b"id: %d\ndata: %b\n\n" % (place, event)
                self._since = page.upto
                if self._since >= channel.line.ev and not self._must_stop() and not await self._news():
                    yield _KEEP_ALIVE

    def _must_stop(self) -> bool:
        expires_at = self._admitted.expires_at
        expired = expires_at is not None and expires_at <= clock.now()
        return self._is_over or expired or (self._until is not None and self._since >= self._until)

    async def _news(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                await self._woken.wait()
        return self._woken.is_set()

    def _heard(self, entry: Entry) -> None:
        if self._admitted.caller.account_id in entry.leaves:
            self._until = entry.ev
        elif self._admitted.caller.account_id in entry.joins:
            self._until = None
        self._woken.set()

    def stop(self) -> None:
        """See `hub.Follower`."""
        self._is_over = True
        self._woken.set()
        if self.is_waiting:
            self._cut()

    def _cut(self) -> None:
        if self._task is not None:
            self._task.cancel()


class Following(StreamingResponse):
    """The answer to who follows; once it ends, however it does, nothing of it is left in the hub."""

    def __init__(self, follower: Follower) -> None:
        """Takes who follows."""
        self._events = follower.events()
        super().__init__(self._events, media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})

    async def stream_response(self, send: Send) -> None:
        """See `StreamingResponse`, which leaves a generator that was cut off to the garbage collector."""
        async with aclosing(self._events):
            await super().stream_response(send)
