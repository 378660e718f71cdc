"""EVERYWHERE handlers: at once in the process that writes, from the tail of the outbox in all others.

Unlike the relay, the tail does not wait for older transactions: what is committed is heard, in whatever order, each
event once. What was written before the process came is not heard at all.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from src.events import queries
from src.events.errors import described
from src.events.event import Event
from src.events.exceptions import UndecodableEvent
from src.events.handlers import Handler, Resources
from src.events.records import Position, Record, decode

logger = logging.getLogger(__name__)


class Everywhere:
    """What one process hears."""

    def __init__(
        self, handlers: Mapping[str, Sequence[Handler]], classes: Mapping[str, type[Event]], resources: Resources
    ) -> None:
        """Takes the handlers by type, the event class of each type, and what the process holds in memory."""
        self._handlers = handlers
        self._classes = classes
        self._resources = resources
        # From this transaction on, the tail is read; what was heard of it is remembered until the horizon has passed.
        self._since: int | None = None
        self._seen: set[Position] = set()

    def expect(self, own: Iterable[Position]) -> None:
        """Remembers events that this process is about to commit, so that it does not hear them again from the tail."""
        if self._since is not None:
            self._seen.update(own)

    def hear(self, event: Event) -> None:
        """Runs the handlers of an event; what one of them raises harms nobody else."""
        for handler in self._handlers.get(event.type, ()):
            try:
                handler.echo(event, self._resources)
            except Exception as error:  # noqa: BLE001  the event has happened; there is nothing to undo
                logger.warning("%s failed on %s: %s", handler.name, event.type, described(error))

    @property
    def is_silent(self) -> bool:
        """Whether nobody listens."""
        return not self._handlers

    async def read_tail(self, connection: AsyncConnection, horizon: int) -> None:
        """Hears what others have committed since the last call; the first one only finds the end.

        Args:
            connection: where to read.
            horizon: read before on the same connection; what lies below it is complete.
        """
        if self._since is None:
            self._since = horizon
            return
        seen = [position.gid for position in self._seen]
        for record in await queries.tail(connection, self._handlers.keys(), since=self._since, seen=seen):
            if record.position not in self._seen:
                self._seen.add(record.position)
                self._hear_record(record)
        self._since = horizon
        self._seen = {position for position in self._seen if position.xid >= horizon}

    def _hear_record(self, record: Record) -> None:
        kind = self._classes[record.type]
        try:
            event = decode(kind, actor_id=record.actor_id, at=record.at, payload=record.payload)
        except UndecodableEvent:
            logger.warning("event %s (%s) does not fit its class", record.gid, record.type)
            return
        self.hear(event)
