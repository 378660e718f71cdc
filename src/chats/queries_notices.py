"""The statements behind the news of chats: who has to be told of what, and which news are none any more.

They are asked of all messages, so they are put together once, and each takes many chats.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from src.chats import levels, message_models, message_queries, models, notice_kinds
from src.chats.constants import Level
from src.database import HotWrite, ReadSession
from src.models import there_is
from src.notifications import kinds as notifications_kinds
from src.notifications import models as notifications_models
from src.users import visibility

Chat = models.Chat
Seat = models.Seat
Message = message_models.Message
Mention = message_models.MessageMention
Notification = notifications_models.Notification

# Of the unread messages, so many of the newest are looked through for one of a person whom the member hears.
_LOOKED_AT = 100


_CHAT_IDS = any_(bindparam("chat_ids", type_=ARRAY(BigInteger)))
_NOW = bindparam("now", type_=DateTime(timezone=True))
_KINDS = [literal_column(f"'{kind.name}'", Text) for kind in notice_kinds.ALL]


def _sent() -> HotWrite:
    """Of these messages, those of which there may be something to tell, with what it is."""
    names = or_(Message.names_all, there_is(Mention, Mention.message_id == Message.id, many=True))
    has_link = or_(Message.link_card_id.is_not(None), Message.text.contains("://"))
    is_last = Message.seq == Chat.last_seq
    return HotWrite(
        select(
            Message.id,
            Message.chat_id,
            Message.sender_id,
            names.label("names"),
            has_link.label("has_link"),
            is_last.label("is_last"),
        )
        .join(Chat, Chat.id == Message.chat_id)
        .where(
            Message.id == any_(bindparam("message_ids", type_=ARRAY(BigInteger))),
            Message.deleted_at.is_(None),
            or_(names, has_link, is_last),
        )
        .order_by(Message.id)
    )


def _named() -> HotWrite:
    """The members whom a message names who want to hear of that and have not read it; with the message's sender."""
    mention = aliased(Mention)
    is_named = there_is(
        mention,
        mention.account_id == Seat.account_id,
        mention.chat_id == Message.chat_id,
        mention.seq == Message.seq,
    )
    return HotWrite(
        select(Seat.chat_id, Seat.account_id, Seat.read_seq, Message.sender_id, Chat.kind)
        .join(Chat, Chat.id == Seat.chat_id)
        .join(Message, Message.chat_id == Chat.id)
        .where(
            Message.id == bindparam("message_id", type_=BigInteger),
            Seat.read_seq < Message.seq,
            Seat.account_id != Message.sender_id,
            _hears(Level.MENTIONS),
            or_(Message.names_all, is_named),
            ~message_queries.is_hidden(Seat.account_id),
        )
    )


def _unread() -> HotWrite:
    """The members who want to hear of all messages, have unread ones and are not told yet; with whose was the last."""
    message = aliased(Message)
    newest = (
        select(message.sender_id)
        .where(
            message.chat_id == Seat.chat_id,
            message.seq > func.greatest(Seat.read_seq, Chat.last_seq - _LOOKED_AT),
            message.deleted_at.is_(None),
            message.sender_id != Seat.account_id,
            visibility.account_visible_to(Seat.account_id, message.sender_id),
            ~visibility.muted(Seat.account_id, message.sender_id, _NOW),
            ~message_queries.is_hidden(Seat.account_id, message),
        )
        .order_by(message.seq.desc())
        .limit(literal_column("1"))
        .correlate(Seat, Chat)
        .lateral("newest")
    )
    told = [
        there_is(Notification, Notification.account_id == Seat.account_id, Notification.key == _key(kind))
        for kind in notice_kinds.ALL
    ]
    return HotWrite(
        select(Seat.chat_id, Seat.account_id, Seat.read_seq, newest.c.sender_id, Chat.kind)
        .join(Chat, Chat.id == Seat.chat_id)
        .join(newest, true())
        .where(Chat.id == _CHAT_IDS, Seat.read_seq < Chat.last_seq, _hears(Level.ALL), ~or_(*told))
    )


def _standing() -> Select[*tuple[Any, ...]]:
    """The news about chats that lie in inboxes: about which, whose, and under which keys."""
    return select(Notification.subject_id.label("chat_id"), Notification.account_id, Notification.key).where(
        Notification.subject_id == _CHAT_IDS, Notification.kind.in_(_KINDS)
    )


def _over() -> Select[*tuple[Any, ...]]:
    """Those of them that are none any more: all is read or gone, nothing unread names the person, or they have left."""
    unread = message_queries.unread(Chat.id, Chat.last_seq, Seat.read_seq, Seat.account_id)
    mentioned = message_queries.mentioned(Chat.id, Seat.read_seq, Seat.account_id)
    is_mention = Notification.kind == notice_kinds.MENTION.name
    return (
        _standing()
        .outerjoin(Chat, Chat.id == Notification.subject_id)
        .outerjoin(Seat, and_(Seat.chat_id == Chat.id, Seat.account_id == Notification.account_id))
        .where(or_(Seat.account_id.is_(None), unread <= 0, and_(is_mention, mentioned <= 0)))
    )


def _of_people(news: Select[*tuple[Any, ...]]) -> HotWrite:
    """The same of these people only."""
    return HotWrite(news.where(Notification.account_id == any_(bindparam("account_ids", type_=ARRAY(BigInteger)))))


def has_unread(viewer_id: visibility.AccountId, chat_id: notifications_kinds.SubjectId) -> ColumnElement[bool]:
    """Whether the viewer is a member of the chat and has not read all of it; never NULL."""
    seat, chat = aliased(Seat), aliased(Chat)
    unread = (
        select(message_queries.unread(chat.id, chat.last_seq, seat.read_seq, viewer_id) > 0)
        .select_from(seat)
        .join(chat, chat.id == seat.chat_id)
        .where(seat.chat_id == chat_id, seat.account_id == viewer_id)
        .correlate_except(seat, chat)
        .scalar_subquery()
    )
    return func.coalesce(unread, literal(False))


async def excerpts(session: ReadSession, chat_ids: Collection[int]) -> dict[int, str]:
    """The names of chats; of a direct one, who has written says all."""
    named_chats = select(Chat.id, Chat.name).where(Chat.id.in_(chat_ids), Chat.name.is_not(None))
    return {id_: name for id_, name in await session.execute(named_chats) if name is not None}


def _hears(least: Level) -> ColumnElement[bool]:
    """Whether the member of the statement wants to be told of such messages, now."""
    return and_(levels.in_force() <= least, ~levels.is_muted(_NOW))


def _key(kind: notifications_kinds.Kind) -> ColumnElement[str]:
    """The same as `notice_kinds.key`."""
    return func.concat(f"{kind.name}:", cast(Chat.id, Text), ":", cast(Seat.read_seq, Text))


SENT = _sent()
NAMED = _named()
UNREAD = _unread()
STANDING = _of_people(_standing())
OVER = HotWrite(_over())
OVER_OF_PEOPLE = _of_people(_over())
