"""Looks of `hearth doctor` at chats: seats are members, unread counts equal a recount, messages are found by words."""

from collections.abc import Sequence

from sqlalchemy import Text, and_, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from src.chats import message_models, message_queries, models
from src.chats.constants import GROUP_KIND
from src.database import ReadSession
from src.groups import models as groups_models
from src.models import there_is
from src.search import documents as search_documents

Chat, Seat = models.Chat, models.Seat
Message, Mention = message_models.Message, message_models.MessageMention
Group, Member = groups_models.Group, groups_models.GroupMember

_SHOWN = 20
# A recount reads messages, so only of the chats where something has happened last.
_CHATS_CHECKED = 1000
_MESSAGES_CHECKED = 5_000


async def seats(session: ReadSession) -> Sequence[str]:
    """Members without a seat, and seats without a member."""
    unseated = (
        select(Member.group_id, Member.account_id)
        .join(Group, and_(Group.id == Member.group_id, Group.kind == GROUP_KIND))
        .outerjoin(Seat, and_(Seat.chat_id == Member.group_id, Seat.account_id == Member.account_id))
        .where(Seat.chat_id.is_(None))
        .limit(_SHOWN)
    )
    strange = (
        select(Seat.chat_id, Seat.account_id)
        .outerjoin(Member, and_(Member.group_id == Seat.chat_id, Member.account_id == Seat.account_id))
        .where(Member.group_id.is_(None))
        .limit(_SHOWN)
    )
    return [
        *(f"chat {chat_id}: member {id_} has no seat" for chat_id, id_ in await session.execute(unseated)),
        *(f"chat {chat_id}: {id_} has a seat and is no member" for chat_id, id_ in await session.execute(strange)),
    ]


async def words(session: ReadSession) -> Sequence[str]:
    """Messages whose document lacks words of their text, among the newest; those that wait for theirs aside."""
    newest = select(Message.id).order_by(Message.id.desc()).limit(_MESSAGES_CHECKED)
    said = func.tsvector_to_array(search_documents.as_written(Message.text), type_=ARRAY(Text))
    kept = func.tsvector_to_array(Message.document, type_=ARRAY(Text))
    wrong = select(Message.id).where(Message.id.in_(newest), Message.document.is_not(None), ~said.contained_by(kept))
    found = await session.scalars(wrong.order_by(Message.id.desc()).limit(_SHOWN))
    return [f"message {id_}: is not found by its words" for id_ in found]


async def unread(session: ReadSession) -> Sequence[str]:
    """Members whose numbers of unread messages or mentions are not those of a recount, in the newest chats."""
    message, naming = aliased(Message), aliased(Mention)
    new = and_(
        message.chat_id == Seat.chat_id,
        message.seq > Seat.read_seq,
        message.deleted_at.is_(None),
        ~message_queries.is_hidden(Seat.account_id, message),
    )
    named = there_is(
        naming, naming.account_id == Seat.account_id, naming.chat_id == message.chat_id, naming.seq == message.seq
    )
    count = select(func.count()).where(new).correlate(Seat)
    real_unread, real_mentions = count.scalar_subquery(), count.where(or_(message.names_all, named)).scalar_subquery()
    kept_unread = message_queries.unread(Chat.id, Chat.last_seq, Seat.read_seq, Seat.account_id)
    kept_mentions = message_queries.mentioned(Chat.id, Seat.read_seq, Seat.account_id)
    newest = select(Chat.id).order_by(Chat.latest_id.desc()).limit(_CHATS_CHECKED)
    wrong = (
        select(Seat.chat_id, Seat.account_id, kept_unread, real_unread, kept_mentions, real_mentions)
        .join(Chat, Chat.id == Seat.chat_id)
        .where(Chat.id.in_(newest), or_(kept_unread != real_unread, kept_mentions != real_mentions))
        .order_by(Seat.chat_id, Seat.account_id)
        .limit(_SHOWN)
    )
    return [
        f"chat {chat_id}: for {id_} {kept} unread, {real} found; {kept_named} mentions, {real_named} found"
        for chat_id, id_, kept, real, kept_named, real_named in await session.execute(wrong)
    ]
