"""The statements of the outbox. All that is delicate about reading it in commit order stands here.

A row's `gid` is taken when it is written, but the row is seen when its transaction commits: who reads `gid > last`
steps over what is committed late. A transaction below the oldest running one (`pg_snapshot_xmin`, the horizon) is
over, so the rows below it are complete, and (xid, gid) orders them for all readers alike. Of two transactions that
overlapped, either may come first; what came one after the other is read so.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Insert,
    Select,
    Text,
    any_,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from src.database import HotRead, HotWrite, ReadSession, WriteSession
from src.events.line import Line
from src.events.models import OutboxRow, Subscription, Xid8
from src.events.records import Position, Record

HORIZON: ColumnElement[int] = func.pg_snapshot_xmin(func.pg_current_snapshot(), type_=Xid8())
ROW = (
    OutboxRow.xid,
    OutboxRow.gid,
    OutboxRow.stream,
    OutboxRow.ev,
    OutboxRow.actor_id,
    OutboxRow.type,
    OutboxRow.payload,
    OutboxRow.at,
)
_place = tuple_(OutboxRow.xid, OutboxRow.gid)
_mark = tuple_(Subscription.xid, Subscription.gid)
_given_place = tuple_(bindparam("xid", type_=Xid8()), bindparam("gid", type_=BigInteger()))
_OF_TYPES = OutboxRow.type == any_(bindparam("types", type_=ARRAY(Text)))
_SEEN = OutboxRow.gid == any_(bindparam("seen", type_=ARRAY(BigInteger)))

# All of a transaction's rows in one statement that is prepared once, however many they are.
_written = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
    .table_valued(
        column("stream", Text),
        column("ev", BigInteger),
        column("actor_id", BigInteger),
        column("type", Text),
        column("payload", JSONB),
        column("at", DateTime(timezone=True)),
    )
    .render_derived(name="written", with_types=True)
)


def insertion(rows: Select[*tuple[Any, ...]]) -> Insert:
    """Writes events: `rows` gives stream, ev, actor, type, payload and instant of each.

    For statements that write their events themselves (`Event.hot`); all others publish.
    """
    return insert(OutboxRow).from_select(["stream", "ev", "actor_id", "type", "payload", "at"], rows)


_APPEND = HotWrite(insertion(select(*_written.c)).returning(OutboxRow.xid, OutboxRow.gid))
_COUNT = bindparam("count", type_=BigInteger())
_AFTER = (
    select(*ROW)
    .where(_place > _given_place, OutboxRow.xid < HORIZON, _OF_TYPES)
    .order_by(OutboxRow.xid, OutboxRow.gid)
    .limit(_COUNT)
)
_SINCE = OutboxRow.xid >= bindparam("since", type_=Xid8())
_below = OutboxRow.xid < bindparam("horizon", type_=Xid8())
_fresh = select(OutboxRow.type, func.bool_or(_below)).where(_SINCE).group_by(OutboxRow.type)
_tail = select(*ROW).where(_SINCE, not_(_SEEN)).order_by(OutboxRow.xid, OutboxRow.gid).limit(_COUNT)
# What the relay asks at every turn.
_READ_HORIZON = HotRead(select(HORIZON))
_FRESH_OF_ALL = HotRead(_fresh)
_FRESH = HotRead(_fresh.where(_OF_TYPES))
_TAIL_OF_TYPES = HotRead(_tail.where(_OF_TYPES))
_TAIL_WITH_STREAMS = HotRead(_tail.where(or_(_OF_TYPES, OutboxRow.stream.is_not(None))))
_HELD = select(exists().where(OutboxRow.xid >= HORIZON, _OF_TYPES))
_HELD_OF_ALL = select(exists().where(OutboxRow.xid >= HORIZON))
_LOCK = (
    select(Subscription.xid, Subscription.gid, Subscription.attempts, Subscription.retry_at)
    .where(Subscription.name == bindparam("subscription"))
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A subscription's place and what is known of the event after it."""

    xid: int
    gid: int
    attempts: int
    retry_at: datetime | None

    @property
    def position(self) -> Position:
        """The place."""
        return Position(self.xid, self.gid)


async def append(session: WriteSession, rows: Sequence[dict[str, object]]) -> list[Position]:
    """Writes events and gives their places, in the same order."""
    written = await _APPEND.fetch(session, rows=orjson.dumps(rows).decode())
    return [Position(xid, gid) for xid, gid in written]


async def after(session: ReadSession, mark: Position, types: Collection[str], count: int) -> list[Record]:
    """The next events of these types after a place, in commit order."""
    values = {"xid": mark.xid, "gid": mark.gid, "types": list(types), "count": count}
    return [Record(*row) for row in (await session.execute(_AFTER, values)).all()]


async def read_horizon(opened: Line) -> int:
    """The oldest running transaction: all below it are over."""
    found: int = (await opened.fetch(_READ_HORIZON))[0][0]
    return found


async def fresh_types(opened: Line, types: Collection[str] | None, *, since: int, horizon: int) -> dict[str, bool]:
    """Of these types (or of all) those with events of transactions from `since` on; true with one below the horizon."""
    if types is None:
        rows = await opened.fetch(_FRESH_OF_ALL, since=since, horizon=horizon)
    else:
        rows = await opened.fetch(_FRESH, since=since, horizon=horizon, types=list(types))
    return {row[0]: row[1] for row in rows}


async def tail(
    opened: Line, types: Collection[str], *, since: int, seen: Collection[int], streams: bool, count: int
) -> list[Record]:
    """The first committed events of transactions from `since` on, but for the seen; no horizon limits them.

    Those of these types, and with `streams` those of all streams.
    """
    statement = _TAIL_WITH_STREAMS if streams else _TAIL_OF_TYPES
    rows = await opened.fetch(statement, since=since, types=list(types), seen=list(seen), count=count)
    return [Record(*row) for row in rows]


async def held(session: ReadSession, types: Collection[str] | None) -> bool:
    """Whether committed events of these types (or of any) wait for an older transaction to end."""
    asked = session.execute(_HELD_OF_ALL) if types is None else session.execute(_HELD, {"types": list(types)})
    found: bool = (await asked).scalar_one()
    return found


async def subscribe(session: WriteSession, names: Collection[str], now: datetime) -> None:
    """Makes the rows of new subscriptions: on a new server at the beginning of the outbox, later at its present end."""
    given = func.unnest(bindparam("names", list(names), type_=ARRAY(Text))).table_valued("name").render_derived()
    begun = exists().select_from(Subscription)
    first = case((begun, HORIZON), else_=literal(0, Xid8()))
    rows = select(given.c.name, first, literal(0, BigInteger()), literal(0), literal(now))
    columns = ["name", "xid", "gid", "attempts", "moved_at"]
    await session.execute(postgresql.insert(Subscription).from_select(columns, rows).on_conflict_do_nothing())


async def lock(session: WriteSession, subscription: str) -> Mark | None:
    """The subscription's mark, locked until the transaction ends; None while another transaction has it."""
    row = (await session.execute(_LOCK, {"subscription": subscription})).one_or_none()
    return None if row is None else Mark(*row)


async def move(session: WriteSession, subscription: str, to: Position, now: datetime) -> None:
    """Moves a locked mark past what has been handled."""
    await session.execute(
        update(Subscription)
        .where(Subscription.name == subscription)
        .values(xid=to.xid, gid=to.gid, attempts=0, retry_at=None, moved_at=now)
    )


async def postpone(session: WriteSession, subscription: str, attempts: int, retry_at: datetime) -> None:
    """Notes that the event after a locked mark has failed and when to try again."""
    await session.execute(
        update(Subscription).where(Subscription.name == subscription).values(attempts=attempts, retry_at=retry_at)
    )


async def skip_foreign(session: WriteSession, subscription: str, types: Collection[str], now: datetime) -> None:
    """Moves a locked mark to the last readable event if none on the way is of these types, in one snapshot."""
    last = (
        select(OutboxRow.xid, OutboxRow.gid)
        .where(OutboxRow.xid < HORIZON)
        .order_by(OutboxRow.xid.desc(), OutboxRow.gid.desc())
        .limit(1)
        .subquery("last")
    )
    end = tuple_(last.c.xid, last.c.gid)
    of_types = OutboxRow.type == any_(literal(list(types), ARRAY(Text)))
    own = exists().where(_place > _mark, _place <= end, of_types).correlate(Subscription, last)
    await session.execute(
        update(Subscription)
        .where(Subscription.name == subscription, _mark < end, not_(own))
        .values(xid=last.c.xid, gid=last.c.gid, moved_at=now)
        .execution_options(synchronize_session=False)
    )


async def purge(session: WriteSession, *, before: datetime, abandoned: timedelta, count: int) -> int:
    """Deletes some of the oldest events that are older than `before` and that all subscriptions have left behind.

    Args:
        session: where to write.
        before: younger events stay.
        abandoned: a mark that has stood still for so long while another moved is not waited for.
        count: how many of the oldest rows to look at.

    Returns:
        How many were deleted.
    """
    newest = select(func.max(Subscription.moved_at)).scalar_subquery()
    live = Subscription.moved_at > newest - abandoned
    limit = select(Subscription.xid, Subscription.gid).where(live).order_by(Subscription.xid, Subscription.gid).limit(1)
    slowest = (await session.execute(limit)).one_or_none()
    oldest = (
        select(OutboxRow.xid, OutboxRow.gid, OutboxRow.at)
        .where(OutboxRow.xid < HORIZON)
        .order_by(OutboxRow.xid, OutboxRow.gid)
        .limit(count)
        .subquery("oldest")
    )
    gone = select(oldest.c.xid, oldest.c.gid).where(oldest.c.at < before)
    if slowest is not None:
        gone = gone.where(tuple_(oldest.c.xid, oldest.c.gid) <= tuple_(literal(slowest.xid, Xid8()), slowest.gid))
    result = await session.execute(delete(OutboxRow).where(_place.in_(gone)).returning(OutboxRow.gid))
    return len(result.all())
