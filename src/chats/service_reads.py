"""What members have read, whether others may know, and how they want to be told of what they have not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Row, and_, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src import clock
from src.chats import exceptions, levels, message_models, message_queries, models, queries, schemas, service_notices
from src.chats.constants import MAX_RECEIPT_MEMBERS, Level
from src.database import ReadSession, WriteSession, exists
from src.groups import models as groups_models
from src.models import there_is
from src.users import visibility

Chat, Seat = models.Chat, models.Seat
Group = groups_models.Group
Refusal = message_models.ReceiptRefusal


@dataclass(frozen=True)
class Standing:
    """How far a member has read, and what is left.

    `has_moved`: the mark was further back before. `told`: the other members who may know that.
    """

    read_seq: int
    unread: int
    mentions: int
    told: Collection[int]
    has_moved: bool


async def mark(session: WriteSession, *, account_id: int, chat_id: int, seq: int) -> Standing:
    """Notes that a member has read all messages up to this one, or all that there are; a mark never moves back.

    What the inbox tells of the chat is over with it.

    Raises:
        ChatNotFound, ChatNotYours: the account has no seat in it.
    """
    up_to = func.least(literal(seq), Chat.last_seq)
    further = (
        update(Seat)
        .where(Seat.chat_id == chat_id, Seat.account_id == account_id, Chat.id == Seat.chat_id, Seat.read_seq < up_to)
        .values(read_seq=up_to)
        .returning(Seat.read_seq)
    )
    moved = (await session.execute(further.execution_options(synchronize_session=False))).one_or_none()
    left = (
        select(
            Seat.read_seq,
            message_queries.unread(Chat.id, Chat.last_seq, Seat.read_seq, account_id),
            message_queries.mentioned(Chat.id, Seat.read_seq, account_id),
            _told(account_id) if moved else literal([], ARRAY(BigInteger)),
        )
        .join(Chat, Chat.id == Seat.chat_id)
        .join(Group, Group.id == Chat.id)
        .where(Seat.chat_id == chat_id, Seat.account_id == account_id)
    )
    row = (await session.execute(left)).one_or_none()
    if row is None:
        raise await _no_seat(session, chat_id)
    if moved is not None:
        await service_notices.withdraw_over(session, chat_ids=[chat_id], account_ids=[account_id])
    return Standing(*row, has_moved=moved is not None)


async def receipts(session: ReadSession, sight: queries.Sight) -> Sequence[Row[*tuple[Any, ...]]]:
    """Account and read mark of the members who let others know; none in a large chat, or if the viewer does not.

    Whoever blocks the viewer, or is blocked, is left out.
    """
    if sight.members_count > MAX_RECEIPT_MEMBERS:
        return []
    statement = select(Seat.account_id, Seat.read_seq).where(
        Seat.chat_id == sight.chat.id, _share(sight.viewer_id, Seat.account_id)
    )
    return (await session.execute(statement.order_by(Seat.account_id))).all()


async def shares_reads(session: ReadSession, *, account_id: int) -> bool:
    """Whether others may know what the account has read."""
    return not await exists(session, select(Refusal.since).where(Refusal.account_id == account_id))


async def share_reads(session: WriteSession, *, account_id: int, shares: bool) -> None:
    """Lets others know what the account has read, or not any more."""
    if shares:
        await session.execute(delete(Refusal).where(Refusal.account_id == account_id))
    else:
        refused = insert(Refusal).values(account_id=account_id, since=clock.now())
        await session.execute(refused.on_conflict_do_nothing())


async def tell_of(
    session: WriteSession, *, account_id: int, chat_id: int, data: schemas.NotificationsUpdate
) -> models.Seat:
    """Sets how a member is told of the chat's messages.

    Raises:
        ChatNotFound, ChatNotYours: the account has no seat in it.
    """
    level = None if data.level is None else int(Level[data.level.name])
    changed = (
        update(Seat)
        .where(Seat.chat_id == chat_id, Seat.account_id == account_id)
        .values(level=level, muted_until=data.muted_until)
        .returning(Seat)
    )
    seat = (await session.scalars(changed.execution_options(populate_existing=True))).one_or_none()
    if seat is None:
        raise await _no_seat(session, chat_id)
    return seat


async def totals(session: ReadSession, *, account_id: int) -> Row[int, int, int]:
    """Chats with something unread, unread messages, and those of them that name the account; silent chats aside."""
    each = (
        select(
            message_queries.unread(Chat.id, Chat.last_seq, Seat.read_seq, account_id).label("unread"),
            message_queries.mentioned(Chat.id, Seat.read_seq, account_id).label("mentions"),
        )
        .select_from(Seat)
        .join(Chat, Chat.id == Seat.chat_id)
        .where(
            Seat.account_id == account_id,
            Chat.last_seq > Seat.read_seq,
            and_(~levels.is_muted(clock.now()), levels.in_force() != int(Level.NOTHING)),
        )
        .subquery("each")
    )
    statement = select(
        func.count().filter(or_(each.c.unread > 0, each.c.mentions > 0)),
        func.coalesce(func.sum(each.c.unread), 0),
        func.coalesce(func.sum(each.c.mentions), 0),
    )
    return (await session.execute(statement)).one()


def _told(account_id: int) -> ColumnElement[list[int]]:
    """The other members of the statement's chat to whom `receipts` shows what the account has read."""
    other = aliased(Seat)
    those = select(other.account_id).where(
        other.chat_id == Group.id,
        other.account_id != account_id,
        Group.members_count <= MAX_RECEIPT_MEMBERS,
        _share(account_id, other.account_id),
    )
    return func.array(those.correlate(Group).scalar_subquery(), type_=ARRAY(BigInteger))


def _share(one_id: int, other_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the two may know of each other what they have read."""
    return and_(~_refuses(one_id), ~_refuses(other_id), ~visibility.blocked_between(one_id, other_id))


def _refuses(account_id: visibility.AccountId) -> Any:
    refusal = aliased(Refusal)
    return there_is(refusal, refusal.account_id == account_id)


async def _no_seat(session: ReadSession, chat_id: int) -> Exception:
    """What is said to somebody who is no member: whether there is such a chat, only if everybody may see it."""
    public = await exists(session, select(Chat.id).where(Chat.id == chat_id, Chat.is_public))
    return exceptions.ChatNotYours() if public else exceptions.ChatNotFound()
