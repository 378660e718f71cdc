"""What everything that is done to a message shares: who sees it, holding it, and concluding with a look at the caller.

Whoever is removed from a chat is so under the lock of the chat's row, which telling takes as well. So who is still a
member after having told was one when the entry got its number; what somebody else has done is rolled back.
"""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import BigInteger, literal, select

from src.chats import events, exceptions, message_models, message_queries, models, rendering, rights, service_events
from src.chats.constants import ChatKind
from src.chats.message_schemas import MessageRead
from src.database import ReadSession, WriteSession
from src.groups import models as groups_models
from src.groups.constants import GroupRole

Chat = models.Chat
Message = message_models.Message
Seat = models.Seat
Member = groups_models.GroupMember


class Demand(Enum):
    """What somebody has to be, to do something to a message."""

    MEMBER = "member"
    # In a direct chat, nobody blocks the other.
    TALKS = "talks"
    # Moreover, the chat is not one in which only its admins write.
    WRITES = "writes"
    # One of its admins; in a direct chat, one of the two as above.
    LEADS = "leads"


@dataclass(frozen=True)
class Sight:
    """A message, and what its reader is in the chat; no role: nothing."""

    message: message_models.Message
    role: GroupRole | None = None


async def find(session: ReadSession, *, account_id: int, chat_id: int, message_id: int) -> Sight:
    """A message of a chat of which the account is a member, if it is there for them.

    Raises:
        ChatNotFound: the account is no member.
        MessageNotFound: it is not in this chat, was deleted, or the member has deleted it for themselves.
    """
    statement = (
        select(Message, Member.role)
        .select_from(Seat)
        .join(Member, (Member.group_id == Seat.chat_id) & (Member.account_id == Seat.account_id))
        .outerjoin(
            Message,
            (Message.id == message_id)
            & (Message.chat_id == Seat.chat_id)
            & Message.deleted_at.is_(None)
            & ~message_queries.is_hidden(account_id),
        )
        .where(Seat.chat_id == chat_id, Seat.account_id == account_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise exceptions.ChatNotFound
    if row.Message is None:
        raise exceptions.MessageNotFound
    return Sight(row.Message, row.role)


async def find_any(session: ReadSession, *, account_id: int, chat_id: int, message_id: int) -> Sight:
    """The message with what the account is in its chat, whoever may see it: for removing it, never for showing it.

    Raises:
        MessageNotFound: it is not in this chat, or was deleted.
    """
    statement = (
        select(Message, Member.role)
        .outerjoin(Member, (Member.group_id == Message.chat_id) & (Member.account_id == account_id))
        .where(Message.id == message_id, Message.chat_id == chat_id, Message.deleted_at.is_(None))
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise exceptions.MessageNotFound
    return Sight(row.Message, row.role)


async def read(session: ReadSession, message_id: int) -> MessageRead:
    """The answer for a message that is there."""
    return rendering.message_read((await message_queries.load(session, [message_id]))[message_id])


async def is_visible(session: ReadSession, viewer_id: int, message_id: int) -> bool:
    """Whether the viewer may see a message, and so its media."""
    visible = select(message_queries.visible_to(viewer_id, literal(message_id, BigInteger)))
    return bool(await session.scalar(visible))


async def hold(session: WriteSession, message_id: int) -> message_models.Message:
    """The message, locked until the unit of work ends.

    Raises:
        MessageNotFound: it was deleted in this moment.
    """
    there = select(Message).where(Message.id == message_id, Message.deleted_at.is_(None))
    held = there.with_for_update(key_share=True).execution_options(populate_existing=True)
    message = (await session.scalars(held)).one_or_none()
    if message is None:
        raise exceptions.MessageNotFound
    return message


async def conclude(session: WriteSession, event: events.ChatEvent, demand: Demand) -> None:
    """Tells what the actor has done, if that is theirs to do. The last step of a unit of work.

    Raises:
        ChatNotFound: the actor is a member no more.
        PartnerUnavailable: one of the two of a direct chat has blocked the other.
        ChatIsReadOnly, ChatNotYours: the actor is no admin.
    """
    await service_events.tell(session, event)
    statement = (
        select(
            Member.role,
            Chat.kind,
            Chat.is_read_only,
            rights.is_blocked(),
        )
        .join(Member, Member.group_id == Chat.id)
        .where(Chat.id == event.chat_id, Member.account_id == event.actor_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise exceptions.ChatNotFound
    role, kind, is_read_only, is_blocked = row
    if is_blocked and demand is not Demand.MEMBER:
        raise exceptions.PartnerUnavailable
    if role >= GroupRole.ADMIN:
        return
    if demand is Demand.WRITES and is_read_only:
        raise exceptions.ChatIsReadOnly
    if demand is Demand.LEADS and kind != ChatKind.DIRECT:
        raise exceptions.ChatNotYours
