"""Lanes: the parts into which Kafka's partitions cut the events of one subscription, each with a mark of its own.

A lane takes what Kafka brings, and knows of each record which one was published before it in its partition. What is
missing in between (Kafka was wiped, lost its newest records or has thrown away its oldest) it reads from the outbox,
which is the truth; what it has had already it drops. So it gives each event once, in the order of its key.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from src.database import ReadSession
from src.events import lane_queries
from src.events.backbone import Topic
from src.events.records import Position, Record


@dataclass(frozen=True)
class Lane:
    """One partition of a topic, for one package."""

    package: str
    topic: Topic
    partition: int

    @property
    def mark(self) -> str:
        """The name of its row in `subscriptions`."""
        return f"{self.package}@{self.topic.kind}/{self.partition}"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What Kafka has brought.

    Attributes:
        place: the event's place in the outbox.
        after: the place up to which all of the partition's events have been published before it.
        record: the event; None if it has to be read from the outbox.
        is_heard: false for an event that is none of the package's business, whose record is not looked at.
    """

    place: Position
    after: Position
    record: Record | None = None
    is_heard: bool = True


def lanes_of(package: str, topics: Iterable[Topic]) -> list[Lane]:
    """All lanes of a package."""
    return [Lane(package, topic, partition) for topic in topics for partition in range(topic.partitions)]


class Feed:
    """What is to be handled in one lane."""

    def __init__(self, lane: Lane, begin: Position) -> None:
        """Takes the lane and its mark: what lies before is done."""
        self._lane = lane
        # Up to here all is either done, in memory, or known to be missing.
        self._known = begin
        self._waiting: deque[Record] = deque()
        self._missing: Position | None = None

    def put(self, arrived: Arrived) -> None:
        """Takes the next record of the partition."""
        if arrived.place <= self._known:
            return
        is_next = arrived.after <= self._known and self._missing is None
        self._known = arrived.place
        if not is_next or (arrived.is_heard and arrived.record is None):
            self._missing = arrived.place
        elif arrived.record is not None:
            self._waiting.append(arrived.record)

    def look_up_to(self, place: Position) -> None:
        """Reads the outbox up to here, as nothing comes from Kafka that should have come."""
        if self.is_empty:
            self._missing = place
            self._known = max(self._known, place)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that it knows of."""
        return not self._waiting and self._missing is None

    def forget(self, done: Position) -> None:
        """Drops what has been handled."""
        while self._waiting and self._waiting[0].position <= done:
            self._waiting.popleft()

    async def read(self, session: ReadSession, mark: Position, types: Collection[str], count: int) -> Sequence[Record]:
        """The next events behind the mark; none when the lane is empty."""
        self.forget(mark)
        if self._waiting:
            return list(islice(self._waiting, count))
        if self._missing is None:
            return ()
        found = await lane_queries.between(
            session, mark, self._missing, lane_queries.Part(self._lane.topic, self._lane.partition, types), count
        )
        if not found:
            self._missing = None
        return found
