"""Answers "what came after this entry?": all of it or a part that says so, from memory where it reaches back so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from src.auth import callers as auth_callers
from src.realtime import encoding, exceptions, queries
from src.realtime.channel import Channel
from src.realtime.connection import Connection
from src.realtime.constants import MAX_PAGE_BYTES, OWN
from src.realtime.hub import Hub
from src.realtime.line import Entry
from src.realtime.reading import END


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of a stream right after a number.

    Attributes:
        stream: whose.
        events: the objects of their frames.
        upto: up to this entry nothing is missing, once these are applied.
        more: there are more.
        reset: what follows is too old to be had; there are no events, and the stream goes on behind `upto`.
    """

    stream: str
    events: Sequence[bytes]
    upto: int
    more: bool = False
    reset: bool = False

    def encoded(self) -> bytes:
        """The JSON object that clients get."""
        return encoding.page(self.stream, self.events, upto=self.upto, more=self.more, reset=self.reset)


def own_name(stream: str, account_id: int) -> str:
    """The name of a stream in the house, by the one that an account has for it."""
    return f"{OWN}:{account_id}" if stream == OWN else stream


async def end_of(hub: Hub, caller: auth_callers.Caller, stream: str) -> int:
    """The number of a stream's last entry, also of one that is forgotten already, by its name in the house.

    Raises:
        StreamNotFound: the caller does not read it.
    """
    found = hub.catalogue.kind_of(stream)
    if found is None or found[0].prefix not in hub.catalogue.readable(caller):
        raise exceptions.StreamNotFound
    end = await found[0].end(hub.database, caller.account_id, found[1])
    if end is None:
        raise exceptions.StreamNotFound
    return end


async def followed(
    hub: Hub, channel: Channel[Connection], caller: auth_callers.Caller, *, since: int, limit: int
) -> Page:
    """The page for who follows the stream in this process: no further than it has been told, so not past a leave.

    Raises:
        StreamNotFound: the caller does not read it any more.
    """
    line = channel.line
    kept = line.between(since, limit=limit, most_bytes=MAX_PAGE_BYTES)
    if kept is not None:
        return Page(channel.name, kept, since + len(kept), more=since + len(kept) < line.ev)
    if since > line.ev:
        # Another process was ahead; or the client is, of data that were put back.
        end = await end_of(hub, caller, channel.name)
        return Page(channel.name, (), end, reset=True) if since > end else Page(channel.name, (), since)
    found = await hub.reader.read_one(queries.Wanted(channel.name, since, line.ev, limit + 1))
    return _cut(channel.name, found, since, limit) or Page(channel.name, (), line.ev, reset=True)


async def unfollowed(hub: Hub, caller: auth_callers.Caller, stream: str, *, since: int, limit: int) -> Page:
    """The page for anybody else.

    Raises:
        StreamNotFound: the account does not read it, or not any more when the page is ready.
    """
    await end_of(hub, caller, stream)
    found = await hub.reader.read_one(queries.Wanted(stream, since, END, limit + 1))
    end = await end_of(hub, caller, stream)
    return _cut(stream, found, since, limit) or Page(stream, (), end, reset=end != since)


def _cut(stream: str, found: Sequence[Entry], since: int, limit: int) -> Page | None:
    """A page of those that follow each other without a gap; None if there are none."""
    events: list[bytes] = []
    size = 0
    for place, entry in enumerate(found[:limit], start=since + 1):
        size += len(entry.payload)
        if entry.ev != place or (events and size > MAX_PAGE_BYTES):
            break
        events.append(entry.payload)
    return Page(stream, events, since + len(events), more=len(events) < len(found)) if events else None
