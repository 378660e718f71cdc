"""The one statement that sends: any number of messages, in any number of chats, numbered without a gap.

It locks the chats in the order of their ids, takes those messages whose sender has a seat and whom nothing hinders,
gives them the next numbers of their chats, and writes messages, events, counters and what the senders have read by
it. What it does not give back was not sent; `service_sending` finds out why. It costs the same number of rows however
many members a chat has.

A member is removed in a transaction that locks the chat, too, and takes the seat away: so a message stands before the
removal in the chat's log, or it is not sent.

Whoever writes rows that refer to a chat locks it before. Their foreign keys would else lock its key only, and while
such a lock lasts, each new version of the chat's row leaves one behind that PostgreSQL takes for one being modified
(`HeapTupleSatisfiesUpdate`): there one send queues for the other one's version, and that one behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Interval,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from src.chats import message_models, models
from src.chats.constants import STREAM, ChatKind
from src.chats.events import MessageSent
from src.database import HotWrite
from src.events import queries as events_queries
from src.groups import membership as groups_membership
from src.groups.constants import GroupRole
from src.models import id_at, there_is
from src.users import visibility

Chat = models.Chat
Seat = models.Seat
Message = message_models.Message

# What each message brings, with its type in PostgreSQL; a column of the message under the same name.
_GIVEN: dict[str, Any] = {
    "chat_id": BigInteger(),
    "sender_id": BigInteger(),
    "cid": Uuid(),
    "digest": BigInteger(),
    "text": Text(),
    "reply_to_id": BigInteger(),
    "thread_id": BigInteger(),
    "names_all": Boolean(),
    "card_kind": Text(),
    "card_id": BigInteger(),
    "poll_id": BigInteger(),
}
_NOW = bindparam("now", type_=DateTime(timezone=True))
_SECOND = literal_column("interval '1 second'", Interval)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is sent.

    `digest` tells it from another one that is sent under the same `cid`. `names_all`: its text does; whether it does
    depends on the chat and the sender.
    """

    chat_id: int
    sender_id: int
    cid: UUID
    digest: int
    text: str
    reply_to_id: int | None = None
    thread_id: int | None = None
    names_all: bool = False
    card_kind: str | None = None
    card_id: int | None = None
    poll_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message stands. `names_all`: it names all members. `is_repeat`: it had been sent before."""

    id: int
    seq: int
    ev: int
    names_all: bool = False
    is_repeat: bool = False


def arguments(drafts: Sequence[Draft], now: datetime) -> dict[str, object]:
    """What `SEND` is told of these drafts. No two of them may share sender and client id."""
    return {"now": now} | {name: [getattr(draft, name) for draft in drafts] for name in _GIVEN}


def _given() -> CTE:
    """The messages with their place among all, and among those of the same sender to the same chat."""
    arrays = (bindparam(name, type_=ARRAY(kind)) for name, kind in _GIVEN.items())
    columns = [column(name, kind) for name, kind in _GIVEN.items()]
    rows = func.unnest(*arrays).table_valued(*columns, with_ordinality="place").render_derived(name="given")
    nth = func.row_number().over(partition_by=(rows.c.chat_id, rows.c.sender_id), order_by=rows.c.place)
    return select(*rows.c, nth.label("nth")).cte("numbered")


def _accepted(given: CTE) -> CTE:
    """Those that may be sent, with their numbers."""
    locked = (
        select(
            Chat.id,
            Chat.kind,
            Chat.last_seq,
            Chat.last_ev,
            Chat.low_id,
            Chat.high_id,
            Chat.is_read_only,
            Chat.slow_mode_seconds,
        )
        .where(Chat.id.in_(select(given.c.chat_id)))
        .order_by(Chat.id)
        # As all lock chats. No key changes, so whoever only refers to the chat need not wait.
        .with_for_update(key_share=True)
        .cte("locked")
    )
    seated = (
        select(Seat.chat_id, Seat.account_id, Seat.wrote_at)
        .where(
            Seat.chat_id.in_(select(locked.c.id)),
            tuple_(Seat.chat_id, Seat.account_id).in_(select(given.c.chat_id, given.c.sender_id)),
        )
        .with_for_update(key_share=True)
        .cte("seated")
    )
    first = aliased(Message)
    leads = groups_membership.has_role(locked.c.id, given.c.sender_id, GroupRole.ADMIN)
    pause = locked.c.slow_mode_seconds * _SECOND
    # What lies further ahead than a pause was written by a clock that has been put back.
    is_over = or_(seated.c.wrote_at <= _NOW - pause, seated.c.wrote_at > _NOW + pause)
    rested = and_(given.c.nth == 1, or_(seated.c.wrote_at.is_(None), is_over))
    before = func.row_number().over(partition_by=given.c.chat_id, order_by=given.c.place)
    names_all = and_(given.c.names_all, or_(locked.c.kind != literal_column(str(int(ChatKind.CHANNEL))), leads))
    others = (one for one in given.c if one.key != "names_all")
    return (
        select(
            *others,
            names_all.label("names_all"),
            (locked.c.last_seq + before).label("seq"),
            (locked.c.last_ev + before).label("ev"),
        )
        .join(locked, locked.c.id == given.c.chat_id)
        .join(seated, and_(seated.c.chat_id == given.c.chat_id, seated.c.account_id == given.c.sender_id))
        .where(
            ~there_is(first, first.sender_id == given.c.sender_id, first.cid == given.c.cid),
            or_(locked.c.low_id.is_(None), ~visibility.blocked_between(locked.c.low_id, locked.c.high_id)),
            or_(~locked.c.is_read_only, leads),
            or_(locked.c.slow_mode_seconds == literal_column("0"), rested, leads),
            _is_there(given.c.reply_to_id, given),
            _is_there(given.c.thread_id, given, Message.thread_id.is_(None)),
        )
        .cte("accepted")
    )


def _is_there(message_id: ColumnElement[int], given: CTE, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the message that is referred to stands in the same chat, if one is."""
    target = there_is(
        Message,
        Message.id == message_id,
        Message.chat_id == given.c.chat_id,
        Message.deleted_at.is_(None),
        *conditions,
    )
    return or_(message_id.is_(None), target)


def _sending() -> Select[*tuple[Any, ...]]:
    accepted = _accepted(_given())
    row: dict[str, ColumnElement[Any]] = {
        "id": id_at(_NOW),
        **{name: accepted.c[name] for name in ("seq", "ev", *_GIVEN)},
        "version": literal_column("1"),
    }
    written = (
        insert(Message)
        .from_select([*row], select(*row.values()))
        .returning(Message.id, Message.chat_id, Message.seq, Message.ev, Message.sender_id, Message.names_all)
        .cte("written")
    )
    stream = func.concat(literal_column(f"'{STREAM}:'"), written.c.chat_id)
    names = ("chat_id", "message_id", "seq")
    pairs = zip(names, (written.c.chat_id, written.c.id, written.c.seq), strict=True)
    payload = func.jsonb_build_object(
        *(part for name, value in pairs for part in (literal_column(f"'{name}'"), value)), type_=JSONB
    )
    told = events_queries.insertion(
        select(stream, written.c.ev, written.c.sender_id, literal_column(f"'{MessageSent.type}'"), payload, _NOW)
    )
    numbers = (func.max(written.c[name]).label(name) for name in ("id", "seq", "ev"))
    last = select(written.c.chat_id, *numbers)
    chats = last.group_by(written.c.chat_id).cte("chats_written")
    senders = last.add_columns(written.c.sender_id).group_by(written.c.chat_id, written.c.sender_id).cte("senders")
    counted = (
        update(Chat)
        .where(Chat.id == chats.c.chat_id)
        .values(last_seq=chats.c.seq, last_ev=chats.c.ev, latest_id=chats.c.id)
    )
    has_read = (
        update(Seat)
        .where(Seat.chat_id == senders.c.chat_id, Seat.account_id == senders.c.sender_id)
        .values(read_seq=senders.c.seq, wrote_at=cast(_NOW, DateTime(timezone=True)))
    )
    place = and_(accepted.c.chat_id == written.c.chat_id, accepted.c.seq == written.c.seq)
    return (
        select(accepted.c.place, written.c.id, written.c.seq, written.c.ev, written.c.names_all)
        .join(accepted, place)
        .add_cte(told.cte("told"), counted.cte("counted"), has_read.cte("has_read"))
    )


SEND = HotWrite(_sending())
