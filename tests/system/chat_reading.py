"""Somebody who reads a chat's stream through connections that break at random, and keeps all that came."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_RCVBUF, SOL_SOCKET

from src.chats import frames
from src.client import connection, news
from src.client import frames as client_frames
from src.client.session import Key
from tests.system.chat_people import Person

_FIRST_WAIT = 0.05
# For so long a connection lasts that its reader ends; half of them break instead, without a word.
_LASTING = (0.1, 1.5)
_NARROW = 64 * 1024


class _Client(connection.Client):
    """Counts how often the server has left something out for it."""

    lags = 0

    def _take(self, frame: client_frames.Incoming) -> None:
        self.lags += isinstance(frame, client_frames.Lag)
        super()._take(frame)


@dataclass(frozen=True)
class Kept:
    """What a message is in the end; a deleted one has no text."""

    id: int
    seq: int
    ev: int
    sender_id: int
    text: str


@dataclass
class Reader:
    """Reads from the first entry on.

    Attributes:
        url: of the server that is read from.
        moments: when to break off; without them the connection stays as long as it may.
        entries: of the stream, as they came out.
        others: news of other kinds.
        connections: so many there have been.
    """

    url: str
    person: Person
    chat_id: int
    moments: random.Random | None = None
    entries: list[news.Happened] = field(default_factory=list)
    others: list[news.News] = field(default_factory=list)
    connections: int = 0
    client: _Client | None = None

    @property
    def stream(self) -> str:
        """The chat's stream."""
        return f"chat:{self.chat_id}"

    @property
    def breaks(self) -> int:
        """How often its connection has been lost, as far as it has noticed."""
        return sum(isinstance(one, news.Offline) for one in self.others)

    @property
    def ev(self) -> int:
        """Up to where it has read."""
        return self.entries[-1].ev if self.entries else 0

    async def run(self) -> None:
        """Reads until it is cancelled, or the server ends the connection for good."""
        heads: dict[str, int] = {self.stream: 0}
        epoch: str | None = None
        while True:
            tokens = Key(self.person.token).tokens
            opened = _Client(self.url, tokens, heads=heads, epoch=epoch, first_wait=_FIRST_WAIT)
            async with opened as self.client:
                with suppress(TimeoutError):
                    async with asyncio.timeout(None if self.moments is None else self.moments.uniform(*_LASTING)):
                        async for one in self.client:
                            self._take(one)
                if self.moments is not None and self.moments.random() < 0.5:
                    self.cut()
                heads, epoch = self.client.heads, self.client.epoch

    def cut(self) -> None:
        """Its connection breaks without a word."""
        line = None if self.client is None else self.client._line
        if line is not None:
            line._socket.transport.abort()

    def pauses(self, *, is_on: bool) -> bool:
        """It reads nothing any more from its socket, or goes on; whether it has one."""
        line = None if self.client is None else self.client._line
        if line is None:
            return False
        transport = line._socket.transport
        assert isinstance(transport, asyncio.ReadTransport)
        if is_on:
            transport.pause_reading()
            # Else the kernel would take megabytes for it, and little would wait at the server.
            transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, _NARROW)
        else:
            transport.resume_reading()
        return True

    def _take(self, one: news.News) -> None:
        if isinstance(one, news.Happened):
            if one.stream == self.stream:
                self.entries.append(one)
            return
        self.connections += isinstance(one, news.Online)
        self.others.append(one)

    def agrees(self, types: Sequence[str], kept: Sequence[Kept]) -> None:
        """What it has read is the whole log, each entry once and in order, and tells of just these messages."""
        assert [one.ev for one in self.entries] == list(range(1, len(types) + 1))
        assert not [one for one in self.others if isinstance(one, news.Anew | news.Gone)]
        gone = {one.id for one in kept if not one.text}
        texts: dict[int, str] = {}
        for one, type_ in zip(self.entries, types, strict=True):
            if one.type != frames.TYPES[type_]:
                # Of what is deleted nothing is told any more, whatever had happened to it.
                assert (one.type, _number(one, "id") in gone) == (frames.GONE, True)
            if one.type in _TEXTS:
                texts[_number(one, "id")] = str(one.data.get("text", ""))
        assert texts == {one.id: one.text for one in kept}
        # A message is first told of by the entry that has its number, and those come in the messages' order.
        told = {one.ev: (_number(one, "id"), _number(one, "seq")) for one in self.entries if one.type in _TEXTS}
        assert [told[one.ev] for one in kept] == [(one.id, one.seq) for one in kept]


_TEXTS = {frames.NEW, frames.GONE, frames.TYPES["chats.message_edited"]}


def _number(one: news.Happened, name: str) -> int:
    return int(str(one.data[name]))
