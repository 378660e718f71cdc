"""The statements of events on their way through Kafka: which partition they go by, what is published, lanes' marks.

The key of an event is its stream, or else its actor; the partition is computed from it here and nowhere else, so the
relay, which reads the outbox to publish, and the lanes, which read it for what is missing, cannot differ.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import BIT

from src.database import ReadSession, WriteSession
from src.events import queries
from src.events.backbone import EVENTS, STREAMS, Topic
from src.events.models import OutboxRow, Subscription, Xid8
from src.events.records import Position, Record

# The topics by kind.
Topics = Mapping[str, Topic]

# The relay's place in the outbox: what lies before is in Kafka.
PUBLISHED: Final = "@published"

_KEY: ColumnElement[str] = func.coalesce(OutboxRow.stream, cast(OutboxRow.actor_id, Text))
# The first 32 bits of its MD5, which is the same on every PostgreSQL.
_NUMBER = cast(cast(literal("x", Text).concat(func.left(func.md5(_KEY), 8)), BIT(32)), BigInteger)
_HAS_STREAM = OutboxRow.stream.is_not(None)
_place = tuple_(OutboxRow.xid, OutboxRow.gid)
_mark = tuple_(Subscription.xid, Subscription.gid)


@dataclass(frozen=True, slots=True)
class Part:
    """The events of these types in one partition."""

    topic: Topic
    partition: int
    types: Collection[str]


@dataclass(frozen=True, slots=True)
class Package:
    """A package, the types of events that it hears, and the topics that carry them."""

    name: str
    types: Collection[str]
    topics: Topics


@dataclass(frozen=True, slots=True)
class Keyed:
    """An event with the key and the partition that it goes by."""

    record: Record
    key: str
    partition: int


def topics_of(package: str, marks: Collection[str]) -> Topics:
    """The topics as the marks of a package's lanes tell of them, where nobody knows Kafka."""
    return {
        kind: Topic(kind, kind, sum(name.startswith(f"{package}@{kind}/") for name in marks))
        for kind in (EVENTS, STREAMS)
    }


def _position(place: Position) -> ColumnElement[tuple[int, int]]:
    return tuple_(literal(place.xid, Xid8()), literal(place.gid, BigInteger()))


def is_behind(place: Position) -> ColumnElement[bool]:
    """Whether an event lies behind a place."""
    return _place > _position(place)


def _partition(topics: Topics) -> ColumnElement[int]:
    counts = case((_HAS_STREAM, topics[STREAMS].partitions), else_=topics[EVENTS].partitions)
    return cast(func.mod(_NUMBER, counts), Integer)


def _kind() -> ColumnElement[str]:
    return case((_HAS_STREAM, literal(STREAMS, Text)), else_=literal(EVENTS, Text))


def _lane_of(package: str, topics: Topics) -> ColumnElement[str]:
    """The name of the mark of the lane that an event belongs to."""
    return func.concat(package, "@", _kind(), "/", _partition(topics), type_=Text)


def _of(types: Collection[str]) -> ColumnElement[bool]:
    return OutboxRow.type == any_(literal(list(types), ARRAY(Text)))


async def unpublished(session: ReadSession, place: Position, topics: Topics, count: int) -> list[Keyed]:
    """The next events behind a place, of all types, in commit order."""
    statement = (
        select(*queries.ROW, _KEY, _partition(topics))
        .where(is_behind(place), OutboxRow.xid < queries.HORIZON)
        .order_by(OutboxRow.xid, OutboxRow.gid)
        .limit(count)
    )
    found = (await session.execute(statement)).all()
    return [Keyed(Record(*row), key, partition) for *row, key, partition in found]


async def between(session: ReadSession, mark: Position, end: Position, part: Part, count: int) -> list[Record]:
    """The next events of a part behind the mark and up to a published place, which is included."""
    number = cast(func.mod(_NUMBER, part.topic.partitions), Integer)
    statement = (
        select(*queries.ROW)
        .where(is_behind(mark), _place <= _position(end), _of(part.types))
        .where(_HAS_STREAM if part.topic.kind == STREAMS else not_(_HAS_STREAM), number == part.partition)
        .order_by(OutboxRow.xid, OutboxRow.gid)
        .limit(count)
    )
    return [Record(*row) for row in (await session.execute(statement)).all()]


async def positions(session: ReadSession, marks: Collection[str]) -> dict[str, Position]:
    """Where marks stand, by name."""
    statement = select(Subscription.name, Subscription.xid, Subscription.gid).where(Subscription.name.in_(marks))
    return {name: Position(xid, gid) for name, xid, gid in (await session.execute(statement)).all()}


async def behind_lanes(session: ReadSession, package: Package, least: Position) -> tuple[int, datetime | None]:
    """How many events wait in a package's lanes, whose first mark is `least`, and when the oldest happened."""
    statement = (
        select(func.count(), func.min(OutboxRow.at))
        .select_from(OutboxRow)
        .join(Subscription, Subscription.name == _lane_of(package.name, package.topics))
        .where(is_behind(least), _place > _mark, _of(package.types))
    )
    count, oldest = (await session.execute(statement)).one()
    return count, oldest


async def advance(session: WriteSession, mark: str, to: Position, now: datetime) -> None:
    """Moves a mark on, never back."""
    await session.execute(
        update(Subscription)
        .where(Subscription.name == mark, _mark < _position(to))
        .values(xid=to.xid, gid=to.gid, attempts=0, retry_at=None, moved_at=now)
        .execution_options(synchronize_session=False)
    )


async def divide(session: WriteSession, marks: Mapping[str, Sequence[str]], now: datetime) -> bool:
    """Has each package's lanes begin where the package's own mark stands, which is gone then.

    Returns:
        Whether it is done; false as long as handlers of such a package are at work somewhere.
    """
    free = select(Subscription).where(Subscription.name.in_(marks)).with_for_update(skip_locked=True)
    for own in (await session.scalars(free)).all():
        rows = [
            {"name": name, "xid": own.xid, "gid": own.gid, "attempts": 0, "moved_at": now} for name in marks[own.name]
        ]
        await session.execute(postgresql.insert(Subscription).values(rows).on_conflict_do_nothing())
        await session.delete(own)
        await session.flush()
    left = await session.execute(select(exists().where(Subscription.name.in_(marks))))
    return not left.scalar_one()


async def lanes_left(session: ReadSession, package: str) -> dict[str, Position]:
    """The marks of a package's lanes, if its events have gone through Kafka."""
    own = Subscription.name.startswith(f"{package}@", autoescape=True)
    statement = select(Subscription.name, Subscription.xid, Subscription.gid).where(own)
    return {name: Position(xid, gid) for name, xid, gid in (await session.execute(statement)).all()}


async def unite(session: WriteSession, package: str, marks: Collection[str], at: Position) -> bool:
    """Makes one mark of those of a package's lanes; whether it could: none may have gone further."""
    rows = (await session.scalars(select(Subscription).where(Subscription.name.in_(marks)).with_for_update())).all()
    if not rows or max(Position(row.xid, row.gid) for row in rows) > at:
        return False
    session.add(Subscription(name=package, xid=at.xid, gid=at.gid, attempts=0, moved_at=rows[0].moved_at))
    for row in rows:
        await session.delete(row)
    return True


async def step_over(
    session: WriteSession, package: Package, marks: Collection[str], end: Position, now: datetime
) -> list[str]:
    """Moves marks of a package's lanes up to a published place where none of its events lies in between.

    Returns:
        The marks that still stand before it.
    """
    behind = and_(Subscription.name.in_(marks), _mark < _position(end))
    places = (await positions(session, marks)).values()
    own = (
        select(Subscription.name)
        .join(OutboxRow, _lane_of(package.name, package.topics) == Subscription.name)
        .where(is_behind(min(places, default=end)), _place <= _position(end), _of(package.types), _place > _mark)
    )
    await session.execute(
        update(Subscription)
        .where(behind, Subscription.name.not_in(own))
        .values(xid=end.xid, gid=end.gid, moved_at=now)
        .execution_options(synchronize_session=False)
    )
    return list((await session.scalars(select(Subscription.name).where(behind))).all())
