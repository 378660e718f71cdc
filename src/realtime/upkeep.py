"""What sockets need although nothing happens: pings, deadlines, and a look whether a hint was lost.

One task turns a wheel with as many slots as there are turns between two pings, so each socket has its own moment and
none a timer.
"""

import asyncio
import heapq
import logging
import random
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Final

import orjson

from src import clock
from src.events import errors as events_errors
from src.realtime import encoding
from src.realtime.connection import Connection, State
from src.realtime.constants import CloseCode
from src.realtime.hub import Hub

logger = logging.getLogger("hearth.realtime")

_SLOTS: Final = 25
# What a stream takes in memory beside its newest entries.
_STREAM_BYTES: Final = 1000

Due = Callable[[Connection], None]


class Upkeep:
    """The wheel of one process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._seconds = hub.settings.realtime_ping_seconds / _SLOTS
        self._slots: list[dict[Connection, None]] = [{} for _ in range(_SLOTS)]
        self._deadlines: list[tuple[float, int, Connection, Due]] = []
        self._counter = count()
        self._names: deque[str] = deque()

    def add(self, connection: Connection) -> None:
        """A new socket: it has to say hello in time, and is pinged from then on."""
        connection.slot = random.randrange(_SLOTS)  # noqa: S311  to spread, not to hide
        self._slots[connection.slot][connection] = None
        self._at(self._hub.settings.realtime_hello_seconds, connection, _hello_due)

    def filled(self, connection: Connection) -> None:
        """More waits for a socket than should: it has to catch up in time."""
        self._at(self._hub.settings.realtime_slow_seconds, connection, self._slow_due)

    async def run(self) -> None:
        """Turns until cancelled."""
        while True:
            await asyncio.sleep(self._seconds)
            self._hub.tick += 1
            try:
                self._turn()
                await self._look()
            except Exception as error:  # noqa: BLE001  the wheel goes on
                logger.warning("sockets are not looked after: %s", events_errors.described(error))

    def _turn(self) -> None:
        now = self._hub.now()
        while self._deadlines and self._deadlines[0][0] <= now:
            _, _, connection, due = heapq.heappop(self._deadlines)
            if not connection.is_over():
                due(connection)
        slot = self._slots[self._hub.tick % _SLOTS]
        for connection in tuple(slot):
            if connection.is_over():
                del slot[connection]
            elif connection.state is State.OPEN:
                self._visit(connection, now)
        self._trim()

    def _visit(self, connection: Connection, now: float) -> None:
        settings = self._hub.settings
        grace = timedelta(seconds=settings.realtime_grace_seconds)
        if connection.expires_at is not None:
            left = (connection.expires_at + grace - clock.now()).total_seconds()
            if left <= 0:
                connection.end(CloseCode.EXPIRED, "token expired")
                return
            if left < settings.realtime_ping_seconds:
                self._at(left, connection, _token_due(grace))
        if connection.full_since is None:
            self._ping(connection, now)

    def _ping(self, connection: Connection, now: float) -> None:
        channels = self._hub.channels
        moved = [
            [encoding.wire_name(name), channel.line.ev]
            for name in connection.streams
            if (channel := channels.get(name)) is not None and channel.changed_at >= connection.pinged_tick
        ]
        connection.pinged_tick = self._hub.tick
        connection.send(orjson.dumps({"op": "ping", "h": moved}))
        self._at(self._hub.settings.realtime_pong_seconds, connection, _pong_due(now))

    def _slow_due(self, connection: Connection) -> None:
        slow = self._hub.settings.realtime_slow_seconds
        # It may have caught up meanwhile, and be behind again for a shorter time.
        if connection.full_since is not None and self._hub.now() - connection.full_since >= slow:
            connection.end(CloseCode.SLOW, "slow")

    def _at(self, seconds: float, connection: Connection, due: Due) -> None:
        heapq.heappush(self._deadlines, (self._hub.now() + seconds, next(self._counter), connection, due))

    async def _look(self) -> None:
        """Asks for the ends of a part of the streams that are read, so that a lost hint is found within a ping."""
        channels = self._hub.channels
        if not self._names:
            self._names.extend(channels)
        some = [self._names.popleft() for _ in range(-(-len(channels) // _SLOTS)) if self._names]
        followed = [name for name in some if (channel := channels.get(name)) is not None and channel.is_followed]
        if followed:
            for name, end in (await self._hub.reader.ends(followed)).items():
                self._hub.hint(name, end)

    def _trim(self) -> None:
        """Keeps what streams remember within its limit: those that nobody reads any more go first."""
        channels, limit = self._hub.channels, self._hub.settings.realtime_memory
        total = sum(channel.line.ring_bytes for channel in channels.values())
        idle = [channel for channel in channels.values() if not channel.is_followed]
        total += len(idle) * _STREAM_BYTES
        for channel in idle:
            if total <= limit:
                return
            total -= channel.line.ring_bytes + _STREAM_BYTES
            del channels[channel.name]
        for channel in sorted(channels.values(), key=lambda one: one.changed_at):
            if total <= limit:
                return
            total -= channel.line.ring_bytes
            channel.line.forget()


def _hello_due(connection: Connection) -> None:
    # Whoever waits for the answer has said it. Bad networks and busy machines are late: they may come again.
    if connection.state is State.SILENT:
        connection.end(CloseCode.SLOW, "no hello in time")


def _pong_due(pinged_at: float) -> Due:
    # Of its own ping, as the next one may be on its way by then.
    def due(connection: Connection) -> None:
        # Of who reads too slowly nothing is read either; that has a limit of its own.
        if connection.heard_at < pinged_at and connection.full_since is None:
            connection.end(CloseCode.SLOW, "no answer to a ping")

    return due


def _token_due(grace: timedelta) -> Due:
    def due(connection: Connection) -> None:
        if connection.expires_at is not None and connection.expires_at + grace <= clock.now():
            connection.end(CloseCode.EXPIRED, "token expired")

    return due
