"""What is read of streams: their entries in the outbox, and where they end there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Integer, Row, Text, bindparam, column, func, lateral, select
from sqlalchemy.dialects.postgresql import ARRAY

from src.database import ReadSession
from src.events import models as events_models
from src.events import records as events_records

Outbox = events_models.OutboxRow


class Wanted(NamedTuple):
    """Entries of a stream: those after `since` up to `up_to`, both numbers, and at most so many."""

    stream: str
    since: int
    up_to: int
    limit: int


_ROW = (
    Outbox.xid,
    Outbox.gid,
    Outbox.stream,
    Outbox.ev,
    Outbox.actor_id,
    Outbox.type,
    Outbox.payload,
    Outbox.at,
)
_wanted = (
    func.unnest(
        bindparam("streams", type_=ARRAY(Text)),
        bindparam("sinces", type_=ARRAY(BigInteger)),
        bindparam("up_tos", type_=ARRAY(BigInteger)),
        bindparam("limits", type_=ARRAY(Integer)),
    )
    .table_valued(
        column("stream", Text), column("since", BigInteger), column("up_to", BigInteger), column("most", Integer)
    )
    .render_derived(name="wanted")
)
_found = lateral(
    select(*_ROW)
    .where(Outbox.stream == _wanted.c.stream, Outbox.ev > _wanted.c.since, Outbox.ev <= _wanted.c.up_to)
    .order_by(Outbox.ev)
    .limit(_wanted.c.most)
    .correlate(_wanted),
    name="found",
)
_ENTRIES = select(*_found.c).select_from(_wanted, _found).order_by(_found.c.stream, _found.c.ev)

_named = func.unnest(bindparam("streams", type_=ARRAY(Text))).table_valued(column("stream", Text), name="named")
_named = _named.render_derived()
_ENDS = select(
    _named.c.stream,
    select(func.max(Outbox.ev)).where(Outbox.stream == _named.c.stream).correlate(_named).scalar_subquery(),
)


def _record(row: Row[*tuple[Any, ...]]) -> events_records.Record:
    return events_records.Record(*row)


async def entries(session: ReadSession, wanted: Sequence[Wanted]) -> list[events_records.Record]:
    """The wanted entries of all these streams, by stream and number."""
    streams, sinces, up_tos, limits = (list(values) for values in zip(*wanted, strict=True))
    values = {"streams": streams, "sinces": sinces, "up_tos": up_tos, "limits": limits}
    return [_record(row) for row in (await session.execute(_ENTRIES, values)).all()]


async def ends(session: ReadSession, streams: Sequence[str]) -> dict[str, int]:
    """The last entry of each of these streams that has any."""
    rows = (await session.execute(_ENDS, {"streams": list(streams)})).all()
    return {stream: ev for stream, ev in rows if ev is not None}
