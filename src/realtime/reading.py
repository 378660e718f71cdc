"""Reads entries from the outbox and has them rendered: many streams in one statement, the same for many in one read."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from src.database import Database, ReadSession
from src.events import records as events_records
from src.realtime import encoding, queries
from src.realtime.catalogue import Catalogue, split
from src.realtime.constants import PAGES
from src.realtime.line import Entry

# All that follows.
END = 2**63 - 1


class Reader:
    """The entries of all kinds of streams."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._shared: dict[queries.Wanted, asyncio.Task[list[Entry]]] = {}
        # How many wait for each of them.
        self._waiting: Counter[queries.Wanted] = Counter()
        # Many who come back at once wait here, and not for the database's connections.
        self._door = asyncio.Semaphore(PAGES)

    async def read(
        self, wanted: Sequence[queries.Wanted], *, only: Callable[[events_records.Record], bool] | None = None
    ) -> Mapping[str, list[Entry]]:
        """The wanted entries by stream; with `only` those that it chooses."""
        async with self._database.read() as session:
            records = await queries.entries(session, wanted)
            return await self._rendered(session, list(filter(only, records)) if only else records)

    async def read_one(self, wanted: queries.Wanted) -> list[Entry]:
        """The wanted entries of one stream; who asks for the same meanwhile gets the same."""
        task = self._shared.get(wanted)
        if task is None:
            task = asyncio.create_task(self._read_one(wanted))
            self._shared[wanted] = task
        self._waiting[wanted] += 1
        try:
            # Whoever leaves does not take it away from the others.
            return await asyncio.shield(task)
        finally:
            self._waiting[wanted] -= 1
            if not self._waiting[wanted]:
                del self._waiting[wanted]

    async def ends(self, streams: Sequence[str]) -> Mapping[str, int]:
        """Where these streams end."""
        async with self._database.read() as session:
            return await queries.ends(session, streams)

    def is_moving(self, record: events_records.Record) -> bool:
        """Whether somebody may join or leave with this entry."""
        found = split(record.stream or "")
        kind = None if found is None else self._catalogue.kinds.get(found[0])
        return kind is not None and record.type in kind.moving

    async def _read_one(self, wanted: queries.Wanted) -> list[Entry]:
        try:
            async with self._door:
                # All who wanted it may have left meanwhile.
                return (await self.read([wanted])).get(wanted.stream, []) if self._waiting[wanted] else []
        finally:
            del self._shared[wanted]

    async def _rendered(self, session: ReadSession, records: Sequence[events_records.Record]) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for prefix, group in groupby(records, lambda record: (record.stream or "").partition(":")[0]):
            kind = self._catalogue.kinds.get(prefix)
            if kind is None:
                continue
            of_kind = list(group)
            for record, rendered in zip(of_kind, await kind.render(session, of_kind), strict=True):
                stream, ev = record.stream or "", record.ev or 0
                payload = encoding.event(stream, ev, rendered.type, rendered.data)
                found.setdefault(stream, []).append(Entry(ev, payload, rendered.joins, rendered.leaves))
        return found
