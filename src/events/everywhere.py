"""EVERYWHERE handlers: at once in the process that writes, from the tail of the outbox (or from Kafka) in all others.

Unlike the relay, the tail does not wait for older transactions: what is committed is heard, in whatever order, each
event once. What was written before the process came is not heard at all.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

from src.events import queries
from src.events.constants import MAX_OWN, TAIL_BATCH
from src.events.errors import described
from src.events.event import Event
from src.events.exceptions import UndecodableEvent
from src.events.handlers import Handler, Place, Resources, StreamEcho
from src.events.line import Line
from src.events.records import Position, Record, decode

logger = logging.getLogger(__name__)


class Everywhere:
    """What one process hears."""

    def __init__(
        self,
        handlers: Mapping[str, Sequence[Handler]],
        classes: Mapping[str, type[Event]],
        resources: Resources,
        echoes: Sequence[StreamEcho] = (),
    ) -> None:
        """Takes handlers and event classes by type, what the process holds in memory, and who hears of streams."""
        self._handlers = handlers
        self._echoes = echoes
        self._classes = classes
        self._resources = resources
        # From this transaction on, the tail is read; what was heard of it is remembered until the horizon has passed.
        self._since: int | None = None
        self._is_following = False
        self._seen: dict[Position, None] = {}
        # What this process has written itself and Kafka has not brought back yet, oldest first; None without Kafka.
        self._own: dict[Position, None] | None = None

    def follow(self) -> None:
        """From now on the tail is going to be read."""
        self._is_following = True

    def remember_own(self) -> None:
        """From now on Kafka brings all events, those of this process too."""
        self._own = {}

    def is_own(self, place: Position) -> bool:
        """Whether this process has written an event that Kafka brings, and so has heard it; asked once for each."""
        if self._own is None or place not in self._own:
            return False
        del self._own[place]
        return True

    def hears(self, kind: str) -> bool:
        """Whether anybody listens to this type."""
        return kind in self._handlers

    def expect(self, own: Iterable[Position]) -> None:
        """Remembers events that this process is about to commit, so that it does not hear them again from elsewhere."""
        places = dict.fromkeys(own)
        # Before the first look, too: what is committed meanwhile may lie behind the end that it finds.
        if self._is_following:
            _remember(self._seen, places)
        if self._own is not None:
            _remember(self._own, places)

    def hear(self, event: Event) -> None:
        """Runs the handlers of an event; what one of them raises harms nobody else."""
        for handler in self._handlers.get(event.type, ()):
            try:
                handler.echo(event, self._resources)
            except Exception as error:  # noqa: BLE001  the event has happened; there is nothing to undo
                logger.warning("%s failed on %s: %s", handler.name, event.type, described(error))

    def echo(self, place: Place) -> None:
        """Tells of an event in a stream."""
        for one in self._echoes:
            try:
                one.run(*place, self._resources)
            except Exception as error:  # noqa: BLE001  as above
                logger.warning("%s failed on a stream: %s", one.name, described(error))

    @property
    def is_silent(self) -> bool:
        """Whether nobody listens."""
        return not (self._handlers or self._echoes)

    async def read_tail(self, opened: Line, horizon: int) -> None:
        """Hears what others have committed since the last call; the first one only finds the end.

        Args:
            opened: where to read.
            horizon: read before on the same line; what lies below it is complete.
        """
        if self._since is None:
            self._go_on_from(horizon)
            return
        # In parts: whoever was apart for long has missed much.
        while len(found := await self._read_part(opened, self._since)) == TAIL_BATCH:
            self._go_on_from(min(found[-1].xid, horizon))
        self._go_on_from(horizon)

    async def _read_part(self, opened: Line, since: int) -> Sequence[Record]:
        """Hears the first events from there on that are new; gives them."""
        seen = [position.gid for position in self._seen]
        found = await queries.tail(
            opened, self._handlers.keys(), since=since, seen=seen, streams=bool(self._echoes), count=TAIL_BATCH
        )
        for record in found:
            if record.position not in self._seen:
                self._seen[record.position] = None
                if record.type in self._handlers:
                    self.hear_record(record)
                if record.stream is not None and record.ev is not None:
                    self.echo((record.stream, record.ev))
        return found

    def _go_on_from(self, xid: int) -> None:
        self._since = xid
        self._seen = {position: None for position in self._seen if position.xid >= xid}

    def hear_record(self, record: Record) -> None:
        """Hears an event that another process has written."""
        kind = self._classes[record.type]
        try:
            event = decode(kind, actor_id=record.actor_id, at=record.at, payload=record.payload)
        except UndecodableEvent:
            logger.warning("event %s (%s) does not fit its class", record.gid, record.type)
            return
        self.hear(event)


def _remember(known: dict[Position, None], places: Mapping[Position, None]) -> None:
    """Adds to those that are known, and forgets the oldest of too many: they may be heard twice."""
    known.update(places)
    while len(known) > MAX_OWN:
        del known[next(iter(known))]
