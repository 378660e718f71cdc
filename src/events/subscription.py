"""One package's way through the outbox: its AFTER handlers, its mark, its retries, its dead letters."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from src import clock
from src.database import Database, WriteSession
from src.events import dead_letters, queries
from src.events.constants import (
    BATCH,
    FIRST_RETRY_SECONDS,
    HANDLER_SECONDS,
    MAX_ATTEMPTS,
    RETRY_FACTOR,
)
from src.events.errors import described
from src.events.event import Event
from src.events.exceptions import DeadLetterUnclaimed, UndecodableEvent
from src.events.handlers import Handler
from src.events.records import Position, Record, decode

logger = logging.getLogger(__name__)


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
        self.due: datetime | None = None
        self._database = database
        self._handlers = handlers
        self._classes = classes
        self._alone = frozenset(kind for kind, those in handlers.items() if any(one.alone for one in those))
        self._singly_up_to: Position | None = None

    async def step(self, *, sweep: bool = False) -> Outcome:
        """Handles what comes next.

        Args:
            sweep: when there is nothing to do, also step over the events of others.

        Raises:
            Exception: the database is away; handlers' failures are counted, not raised.
        """
        records: Sequence[Record] = ()
        limit = 1 if self._singly_up_to else BATCH
        try:
            async with self._database.write() as session:
                mark = await queries.lock(session, self.name)
                if mark is None:
                    return Outcome.BUSY
                self.due = mark.retry_at
                if mark.retry_at is not None and mark.retry_at > clock.now():
                    return Outcome.WAITING
                found = await queries.after(session, mark.position, self.types, limit)
                records = self._together(found)
                if records:
                    await self._handle_all(session, records)
                elif sweep:
                    await queries.skip_foreign(session, self.name, self.types, clock.now())
        except Exception as error:
            if not records:
                raise
            await self._failed(records, error)
            return Outcome.MOVED
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
        await self._run(session, event)

    def _together(self, records: Sequence[Record]) -> Sequence[Record]:
        """The first of these records that may share a transaction: up to one that has it end with itself."""
        ends = (number for number, record in enumerate(records, start=1) if record.type in self._alone)
        return records[: next(ends, len(records))]

    async def _handle_all(self, session: WriteSession, records: Sequence[Record]) -> None:
        for record in records:
            kind = self._classes[record.type]
            await self._run(session, decode(kind, actor_id=record.actor_id, at=record.at, payload=record.payload))
        last = records[-1].position
        await queries.move(session, self.name, last, clock.now())
        if self._singly_up_to is not None and last >= self._singly_up_to:
            self._singly_up_to = None

    async def _run(self, session: WriteSession, event: Event) -> None:
        async with asyncio.timeout(HANDLER_SECONDS):
            for handler in self._handlers[event.type]:
                await handler.effect(session, event)

    async def _failed(self, records: Sequence[Record], error: Exception) -> None:
        self._singly_up_to = max(records[-1].position, self._singly_up_to or records[-1].position)
        if len(records) > 1:
            return
        record = records[0]
        async with self._database.write() as session:
            mark = await queries.lock(session, self.name)
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
                await queries.move(session, self.name, record.position, now)
            else:
                self.due = now + retry_after(attempts)
                await queries.postpone(session, self.name, attempts, self.due)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return timedelta(seconds=FIRST_RETRY_SECONDS * RETRY_FACTOR ** (attempts - 1))
