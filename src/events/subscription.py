"""One package's way through the outbox: its AFTER handlers, its mark, its retries, its dead letters."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import groupby, islice

from src import clock
from src.database import Database, ReadSession, WriteSession
from src.events import dead_letters, queries
from src.events.constants import (
    BATCH,
    FIRST_RETRY_SECONDS,
    HANDLER_SECONDS,
    MAX_ATTEMPTS,
    READ_AHEAD,
    RETRY_FACTOR,
    TOGETHER_SECONDS,
)
from src.events.errors import described
from src.events.event import Event
from src.events.exceptions import DeadLetterUnclaimed, UndecodableEvent
from src.events.handlers import Handler
from src.events.records import Position, Record, decode

logger = logging.getLogger(__name__)

# The next events of these types behind a place, in commit order, at most so many.
Read = Callable[[ReadSession, Position, Collection[str], int], Awaitable[Sequence[Record]]]


class Outcome(Enum):
    """What one step has done."""

    # There may be more.
    MOVED = auto()
    # It has handled all that there was.
    CAUGHT_UP = auto()
    # Nothing to do.
    IDLE = auto()
    # The next event has failed and is not yet due again.
    WAITING = auto()
    # Another process, or another task of this one, holds the mark.
    BUSY = auto()


class Subscription:
    """Handles a package's events in commit order, each in a transaction together with the mark.

    Several events share a transaction as long as all goes well; after a failure they are handled one by one, so that
    each is tried, counted and set aside by itself. Nothing but hints is kept in memory: any process may go on.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        handlers: Mapping[str, Sequence[Handler]],
        classes: Mapping[str, type[Event]],
    ) -> None:
        """Takes the package's name, its handlers by type of event, and the event class of each type."""
        self.name = name
        self.types = frozenset(handlers)
        # When the next event is due that has failed.
        self.due: datetime | None = None
        # How far it had come at the end of the last step.
        self.position: Position | None = None
        self._mark = name
        self._read: Read = queries.after
        self._database = database
        self._handlers = handlers
        self._classes = classes
        self._alone = frozenset(kind for kind, those in handlers.items() if any(one.alone for one in those))
        self._together = frozenset(kind for kind, those in handlers.items() if all(one.together for one in those))
        # The pause between the beginnings of two steps, in seconds, when there is much to do.
        self.pace = TOGETHER_SECONDS if self._together else 0.0
        self._singly_up_to: Position | None = None

    def lane(self, mark: str, read: Read) -> "Subscription":
        """The same handlers for a part of the events, with a mark of its own and another way to read."""
        part = Subscription(self._database, self.name, self._handlers, self._classes)
        part._mark, part._read = mark, read
        return part

    async def step(self, *, sweep: bool = False) -> Outcome:
        """Handles what comes next.

        Args:
            sweep: when there is nothing to do, also step over the events of others.

        Raises:
            Exception: the database is away; handlers' failures are counted, not raised.
        """
        records: Sequence[Record] = ()
        limit = 1 if self._singly_up_to else READ_AHEAD if self._together else BATCH
        try:
            async with self._database.write() as session:
                mark = await queries.lock(session, self._mark)
                if mark is None:
                    return Outcome.BUSY
                self.due = mark.retry_at
                if is_ahead(self.due):
                    return Outcome.WAITING
                found = await self._read(session, mark.position, self.types, limit)
                records = self._shared(found)
                if records:
                    await self._handle_all(session, records)
                elif sweep:
                    await queries.skip_foreign(session, self._mark, self.types, clock.now())
        except Exception as error:
            if not records:
                raise
            await self._failed(records, error)
            return Outcome.MOVED
        self.position = records[-1].position if records else mark.position
        if len(found) == limit or len(records) < len(found):
            return Outcome.MOVED
        return Outcome.CAUGHT_UP if records else Outcome.IDLE

    async def replay(self, session: WriteSession, letter_id: int) -> None:
        """Handles a dead letter once more and throws it away.

        Raises:
            DeadLetterNotFound: there is none, or it is being replayed.
            DeadLetterUnclaimed: the package no longer hears such events.
            Exception: the handler's; the letter stays.
        """
        letter = await dead_letters.take(session, letter_id)
        if letter.type not in self._handlers:
            raise DeadLetterUnclaimed
        kind = self._classes[letter.type]
        event = decode(kind, actor_id=letter.actor_id, at=letter.at, payload=letter.payload)
        await self._run(session, [event])

    def _shared(self, records: Sequence[Record]) -> Sequence[Record]:
        """The first of these records that may share a transaction: a batch, up to one that has it end with itself."""
        count = 0
        for bundle in islice(self._bundles(records), BATCH):
            count += len(bundle)
            if bundle[0].type in self._alone:
                break
        return records[:count]

    def _bundles(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """The same records, in their order: those that are taken together, and each of the others by itself."""
        for kind, those in groupby(records, key=lambda record: record.type):
            if kind in self._together:
                yield tuple(those)
            else:
                yield from ((one,) for one in those)

    async def _handle_all(self, session: WriteSession, records: Sequence[Record]) -> None:
        for bundle in self._bundles(records):
            kind = self._classes[bundle[0].type]
            heard = [decode(kind, actor_id=one.actor_id, at=one.at, payload=one.payload) for one in bundle]
            await self._run(session, heard)
        last = records[-1].position
        await queries.move(session, self._mark, last, clock.now())
        if self._singly_up_to is not None and last >= self._singly_up_to:
            self._singly_up_to = None

    async def _run(self, session: WriteSession, heard: Sequence[Event]) -> None:
        async with asyncio.timeout(HANDLER_SECONDS):
            for handler in self._handlers[heard[0].type]:
                await handler.effect(session, *heard)

    async def _failed(self, records: Sequence[Record], error: Exception) -> None:
        self._singly_up_to = max(records[-1].position, self._singly_up_to or records[-1].position)
        if len(records) > 1:
            return
        record = records[0]
        async with self._database.write() as session:
            mark = await queries.lock(session, self._mark)
            if mark is None or mark.position >= record.position:
                return
            attempts = mark.attempts + 1
            logger.warning(
                "%s: event %s (%s) failed, attempt %s: %s",
                self.name,
                record.gid,
                record.type,
                attempts,
                described(error),
            )
            now = clock.now()
            if attempts >= MAX_ATTEMPTS or isinstance(error, UndecodableEvent):
                await dead_letters.bury(
                    session, record, subscription=self.name, error=described(error), attempts=attempts
                )
                await queries.move(session, self._mark, record.position, now)
            else:
                self.due = now + retry_after(attempts)
                await queries.postpone(session, self._mark, attempts, self.due)


def is_ahead(due: datetime | None) -> bool:
    """Whether an event that has failed is not yet due; beyond the longest wait it is: a clock was ahead."""
    now = clock.now()
    return due is not None and now < due <= now + retry_after(MAX_ATTEMPTS - 1)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return timedelta(seconds=FIRST_RETRY_SECONDS * RETRY_FACTOR ** (attempts - 1))
