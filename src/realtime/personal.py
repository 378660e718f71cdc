"""Everybody's own stream: what concerns one person, told in order and resumable like any other.

    await realtime_personal.append(session, "notification.new", [(account_id, {"id": "17"})])

An entry holds ids and no contents. Nobody has a stream until they read it once, and it is not written for who has not
read it for as long as streams can be resumed; who comes back later is told to begin anew.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import orjson
from sqlalchemy import (
    CTE,
    BigInteger,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.dml import ReturningInsert

from src import clock
from src.database import Database, HotRead, HotWrite, ReadSession, WriteSession
from src.events import event as events
from src.events import models as events_models
from src.events import records as events_records
from src.events.constants import RETENTION_DAYS
from src.models import Base
from src.realtime import parts
from src.realtime.constants import OWN
from src.realtime.models import PersonalStream

Outbox = events_models.OutboxRow

_ALIVE: Final = timedelta(days=RETENTION_DAYS)
# How exactly it is known when a stream was last read.
_NOTED: Final = timedelta(days=1)
_COLUMNS: Final = ("stream", "ev", "actor_id", "type", "payload", "at")
_outbox = Base.metadata.tables[Outbox.__tablename__]
_alive_since = bindparam("alive_since", type_=DateTime(timezone=True))
_type = bindparam("type", type_=Text)
_now = bindparam("now", type_=DateTime(timezone=True))


async def append(session: WriteSession, type_: str, payloads: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    """Writes entries into own streams, with the session's transaction; told as soon as that is committed.

    Args:
        session: the unit of work.
        type_: a registered type of entries.
        payloads: accounts with what they are told, in JSON's values; several for an account come in this order.
    """
    if not payloads:
        return
    rows = [
        {"account_id": account_id, "place": place, "payload": payload}
        for place, (account_id, payload) in enumerate(payloads)
    ]
    now = clock.now()
    values = {"type": type_, "now": now, "alive_since": now - _ALIVE}
    written = await _APPEND.fetch(session, rows=orjson.dumps(rows).decode(), **values)
    _note(session, written)


async def append_to(session: WriteSession, type_: str, recipients: Select[int], payload: Mapping[str, object]) -> None:
    """The same with one payload for all accounts of a SELECT."""
    found = recipients.distinct().subquery("recipients")
    given = select(
        found.c[0].label("account_id"),
        literal(0).label("place"),
        cast(literal(dict(payload), JSONB), JSONB).label("payload"),
    )
    now = clock.now()
    values = {"type": type_, "now": now, "alive_since": now - _ALIVE}
    written = await session.execute(_appending(given.cte("given")), values)
    _note(session, written.all())


async def heads(database: Database, account_id: int) -> Sequence[parts.Head]:
    """Where the account's stream stands; from now on there is one."""
    return [parts.Head(f"{OWN}:{account_id}", await touch(database, account_id))]


async def touch(database: Database, account_id: int) -> int:
    """Notes that the stream is being read; its last entry."""
    now = clock.now()
    rows = await _LOOK.fetch(database, account_id=account_id)
    if rows and rows[0]["seen_at"] > now - _NOTED:
        last: int = rows[0]["last_ev"]
        return last
    async with database.write() as session:
        values = {"account_id": account_id, "stream": f"{OWN}:{account_id}", "now": now, "alive_since": now - _ALIVE}
        found: int = (await session.execute(_TOUCH, values)).scalar_one()
        return found


async def end(database: Database, account_id: int, number: int) -> int | None:
    """Where the account's stream ends, as `heads`; everybody reads their own alone."""
    return await touch(database, account_id) if account_id == number else None


async def render(_session: ReadSession, records: Sequence[events_records.Record]) -> Sequence[parts.Rendered]:
    """Entries as they were written."""
    return [parts.Rendered(record.ev or 0, record.type, orjson.dumps(record.payload)) for record in records]


def _note(session: WriteSession, written: Sequence[Any]) -> None:
    if written:
        events.note_streams(session, [(row[0], row[1]) for row in written])


def _appending(given: CTE) -> ReturningInsert[tuple[str, int]]:
    """The statement that numbers and writes what is given: rows of account, place and payload."""
    counted = select(given.c.account_id, func.count().label("count")).group_by(given.c.account_id).cte("counted")
    # In the order of the accounts, so that two that write to the same people wait for each other and not in a circle.
    locked = (
        select(PersonalStream.account_id)
        .where(PersonalStream.account_id.in_(select(counted.c.account_id)), PersonalStream.seen_at > _alive_since)
        .order_by(PersonalStream.account_id)
        .with_for_update()
        .cte("locked")
    )
    moved = (
        update(PersonalStream)
        .where(
            PersonalStream.account_id == locked.c.account_id,
            PersonalStream.account_id == counted.c.account_id,
        )
        .values(last_ev=PersonalStream.last_ev + counted.c.count)
        .returning(PersonalStream.account_id, (PersonalStream.last_ev - counted.c.count).label("before"))
        .cte("moved")
    )
    return insert(_outbox).from_select(_COLUMNS, _numbered(given, moved)).returning(_outbox.c.stream, _outbox.c.ev)


def _numbered(given: FromClause, moved: FromClause) -> Select[*tuple[Any, ...]]:
    place = func.row_number().over(partition_by=given.c.account_id, order_by=given.c.place)
    return (
        select(
            func.concat(f"{OWN}:", given.c.account_id),
            moved.c.before + place,
            literal(0, BigInteger),
            _type,
            given.c.payload,
            _now,
        )
        .join_from(given, moved, moved.c.account_id == given.c.account_id)
        .order_by(given.c.account_id, given.c.place)
    )


_given = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
    .table_valued(column("account_id", BigInteger), column("place", Integer), column("payload", JSONB))
    .render_derived(name="told", with_types=True)
)
_APPEND = HotWrite(_appending(select(*_given.c).cte("given")))
_LOOK = HotRead(
    select(PersonalStream.last_ev, PersonalStream.seen_at).where(
        PersonalStream.account_id == bindparam("account_id", type_=BigInteger)
    )
)
# What may be left in the outbox of a stream that was erased is not numbered again.
_END = select(func.coalesce(func.max(Outbox.ev), 0)).where(Outbox.stream == bindparam("stream", type_=Text))
_begun = insert(PersonalStream).values(
    account_id=bindparam("account_id", type_=BigInteger), last_ev=_END.scalar_subquery(), seen_at=_now
)
_TOUCH = _begun.on_conflict_do_update(
    index_elements=[PersonalStream.account_id],
    set_={
        "seen_at": func.greatest(PersonalStream.seen_at, _begun.excluded.seen_at),
        # It was not written for a while: the number that nothing has tells who had read up to there.
        "last_ev": PersonalStream.last_ev + case((PersonalStream.seen_at <= _alive_since, 1), else_=0),
    },
).returning(PersonalStream.last_ev)
