"""How far the work on events has fallen behind: what is not yet in Kafka, what a package has still to handle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from src.database import ReadSession
from src.events import lane_queries
from src.events.models import OutboxRow, Subscription
from src.events.records import Position


@dataclass(frozen=True, slots=True)
class Lag:
    """Events that wait.

    Attributes:
        count: how many; one that two packages wait for counts twice.
        oldest: when the oldest of them happened; None when none waits.
    """

    count: int = 0
    oldest: datetime | None = None

    def __add__(self, other: "Lag") -> "Lag":
        both = [one for one in (self.oldest, other.oldest) if one is not None]
        return Lag(self.count + other.count, min(both, default=None))


async def unpublished(session: ReadSession) -> Lag:
    """What the relay has still to bring to Kafka."""
    marks = await lane_queries.positions(session, [lane_queries.PUBLISHED])
    place = marks.get(lane_queries.PUBLISHED)
    return Lag() if place is None else await _behind(session, place, None)


async def unhandled(session: ReadSession, listeners: Mapping[str, Collection[str]]) -> Lag:
    """What packages have still to handle; `listeners` are the types of events that each hears.

    (A place alone does not tell: it may stand for a while before events that are none of its package's business.)
    """
    rows = (await session.execute(select(Subscription.name, Subscription.xid, Subscription.gid))).all()
    marks = {name: Position(xid, gid) for name, xid, gid in rows}
    total = Lag()
    for package, types in listeners.items():
        if package in marks:
            total += await _behind(session, marks[package], types)
        lanes = {name: place for name, place in marks.items() if name.startswith(f"{package}@")}
        if lanes:
            known = lane_queries.Package(package, types, lane_queries.topics_of(package, lanes))
            total += Lag(*await lane_queries.behind_lanes(session, known, min(lanes.values())))
    return total


async def _behind(session: ReadSession, place: Position, types: Collection[str] | None) -> Lag:
    statement = select(func.count(), func.min(OutboxRow.at)).where(lane_queries.is_behind(place))
    if types is not None:
        statement = statement.where(OutboxRow.type.in_(types))
    return Lag(*(await session.execute(statement)).one())
