"""Reads what streams lack: after a short moment, so that what was on its way has come, and for all streams at once."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from src import problems
from src.database import sqlstate_of
from src.events import errors as events_errors
from src.events import records as events_records
from src.exceptions import Unavailable
from src.realtime import queries
from src.realtime.channel import Channel
from src.realtime.connection import Connection
from src.realtime.hub import Hub
from src.realtime.line import Entry

logger = logging.getLogger("hearth.realtime")

# Entries that a process commits one right after the other may be pushed in another order.
_MOMENT_SECONDS: Final = 0.004
_AGAIN_SECONDS: Final = 0.5
# Entries of one stream, entries, and streams, that are read together: few enough to be rendered in a moment.
_ENTRIES: Final = 500
_TOGETHER: Final = 2000
_STREAMS: Final = 200
# A stream that cannot be read is left alone for a moment, then for twice as long each time up to this.
_MOST_SECONDS: Final = 60.0
# A single statement that takes too long says nothing about the database.
_TOO_LONG: Final = "57014"

Only = Callable[[events_records.Record], bool]


class Filler:
    """One task of the process, asleep while nothing is missing."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._awake = asyncio.Event()
        # Streams that could not be read: until when they are left alone, and for how long.
        self._bad: dict[str, tuple[float, float]] = {}

    def wake(self) -> None:
        """Something is missing."""
        self._awake.set()

    async def run(self) -> None:
        """Reads until cancelled."""
        hub = self._hub
        while True:
            await self._awake.wait()
            await asyncio.sleep(_MOMENT_SECONDS)
            self._awake.clear()
            gaps, hub.gaps = hub.gaps, {}
            glances, hub.glances = hub.glances, set()
            doubts, hub.doubts = hub.doubts, set()
            try:
                await self._fill(list(gaps.values()))
                await self._glance(sorted(glances))
                await self._resolve(doubts)
            except Exception as error:  # noqa: BLE001  whatever it was, it is still missing
                logger.warning("streams cannot be read: %s", events_errors.described(error))
                hub.gaps = gaps | hub.gaps
                hub.glances |= glances
                hub.doubts |= doubts
                await asyncio.sleep(_AGAIN_SECONDS)
                self._awake.set()

    async def _fill(self, channels: Sequence[Channel[Connection]]) -> None:
        by_name = {channel.name: channel for channel in channels}
        wanted = [
            queries.Wanted(channel.name, *gap, min(gap[1] - gap[0], _ENTRIES))
            for channel in channels
            if (gap := channel.line.missing) is not None and channel.is_followed
        ]
        for some in _batches(wanted):
            found = await self._read(some)
            for one in some:
                if one.stream in found:
                    self._deliver(by_name[one.stream], one, found[one.stream])
                else:
                    self._hub.gaps[one.stream] = by_name[one.stream]

    async def _read(self, wanted: Sequence[queries.Wanted], only: Only | None = None) -> Mapping[str, Sequence[Entry]]:
        """The entries of each of these streams, but for those that cannot be read: they hold up no others."""
        now = self._hub.now()
        wanted = [one for one in wanted if self._bad.get(one.stream, (now, 0.0))[0] <= now]
        if not wanted:
            return {}
        try:
            found = await self._hub.reader.read(wanted, only=only)
        except Exception as error:
            if _is_away(error):
                raise
            if len(wanted) > 1:
                middle = len(wanted) // 2
                return {**await self._read(wanted[:middle], only), **await self._read(wanted[middle:], only)}
            self._leave_alone(wanted[0].stream, error)
            return {}
        for one in wanted:
            self._bad.pop(one.stream, None)
        return {one.stream: found.get(one.stream, []) for one in wanted}

    def _leave_alone(self, stream: str, error: Exception) -> None:
        now = self._hub.now()
        # Those of which nobody has wanted anything since are forgotten.
        self._bad = {name: bad for name, bad in self._bad.items() if bad[0] > now - _MOST_SECONDS}
        seconds = min(2 * self._bad.get(stream, (0.0, _AGAIN_SECONDS / 2))[1], _MOST_SECONDS)
        self._bad[stream] = now + seconds, seconds
        asyncio.get_running_loop().call_later(seconds, self.wake)
        logger.error("%s cannot be read, again in %.1f s: %s", stream, seconds, events_errors.described(error))

    def _deliver(self, channel: Channel[Connection], wanted: queries.Wanted, entries: Sequence[Entry]) -> None:
        line = channel.line
        if not entries and line.ev == wanted.since and line.known == wanted.up_to:
            # What was said of it was not so.
            line.settle()
        for entry in entries:
            if entry.ev > line.ev + 1:
                # Entries are committed in their order: those before this one are gone for good.
                self._hub.skip(channel, entry.ev - 1)
            self._hub.take(channel, entry)
        if line.missing is not None:
            self._hub.want(channel)

    async def _glance(self, glances: Sequence[tuple[str, int]]) -> None:
        for begin in range(0, len(glances), _STREAMS):
            wanted = [queries.Wanted(stream, ev - 1, ev, 1) for stream, ev in glances[begin : begin + _STREAMS]]
            found = await self._read(wanted, self._hub.reader.is_moving)
            self._hub.glances.update((one.stream, one.up_to) for one in wanted if one.stream not in found)
            for stream, entries in found.items():
                for entry in entries:
                    self._hub.let_in(stream, entry)

    async def _resolve(self, doubts: Collection[tuple[int, str]]) -> None:
        hub = self._hub
        for account_id, stream in doubts:
            found, channel = hub.catalogue.kind_of(stream), hub.channels.get(stream)
            if found is None or channel is None:
                continue
            meanwhile: list[Entry] = []
            with channel.watched(meanwhile.append):
                end = await found[0].end(hub.database, account_id, found[1])
            # The answer may be older than an entry that took them out; one that brings them back lets them in itself.
            if end is not None and not any(account_id in entry.leaves for entry in meanwhile):
                for connection in tuple(hub.of_account(account_id)):
                    channel.add(connection)


def _batches(wanted: Sequence[queries.Wanted]) -> Iterator[list[queries.Wanted]]:
    """As much of it at a time as is read together."""
    batch: list[queries.Wanted] = []
    entries = 0
    for one in wanted:
        if batch and (len(batch) == _STREAMS or entries + one.limit > _TOGETHER):
            yield batch
            batch, entries = [], 0
        batch.append(one)
        entries += one.limit
    if batch:
        yield batch


def _is_away(error: Exception) -> bool:
    """Whether it is the database that failed, and so would for every stream."""
    return isinstance(problems.problem_of(error), Unavailable) and sqlstate_of(error) != _TOO_LONG
