"""The statements that all reads of messages are made of: what is read with one, and which of them a member sees."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src.chats import message_models, models, rights
from src.chats.constants import MEDIA_KIND
from src.database import ReadSession
from src.media import queries as media_queries
from src.models import there_is
from src.previews import models as previews_models
from src.users import queries as users_queries
from src.users import visibility

Message = message_models.Message
_NONE: ColumnElement[Any] = literal_column("'[]'::jsonb")
# Of who reacted, so many are named.
_NAMED = 20
ThingId = ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


def messages() -> Select[*tuple[Any, ...]]:
    """Messages with all that is shown of them, in one statement; rows are for `rendering.message_read`."""
    return select(
        Message,
        _mentions().label("mentions"),
        _reactions().label("reactions"),
        _is_pinned().label("is_pinned"),
        _replies_count().label("replies_count"),
        media_queries.hanging_on(MEDIA_KIND, Message.id).label("media"),
        previews_models.LinkCard,
    ).outerjoin(previews_models.LinkCard, previews_models.LinkCard.id == Message.link_card_id)


def is_hidden(account_id: visibility.AccountId, message: type[message_models.Message] = Message) -> ColumnElement[bool]:
    """Whether this member has deleted the message for themselves."""
    hiding = aliased(message_models.HiddenMessage)
    return there_is(
        hiding,
        hiding.account_id == account_id,
        hiding.chat_id == message.chat_id,
        hiding.seq == message.seq,
    )


def visible_to(viewer_id: visibility.AccountId, message_id: ThingId) -> ColumnElement[bool]:
    """Whether the viewer may see a message, and so what hangs on it; false for one that is gone."""
    message, seat = aliased(Message), aliased(models.Seat)
    return there_is(
        message,
        message.id == message_id,
        message.deleted_at.is_(None),
        there_is(seat, seat.chat_id == message.chat_id, seat.account_id == viewer_id),
        ~is_hidden(viewer_id, message),
    )


def may_vote(_viewer_id: visibility.AccountId, message_id: ThingId) -> ColumnElement[bool]:
    """Whether a member may vote in a message's poll: as they may react."""
    message, chat = aliased(Message), aliased(models.Chat)
    return ~there_is(
        message,
        message.id == message_id,
        there_is(chat, chat.id == message.chat_id, rights.is_blocked(chat)),
    )


async def load(session: ReadSession, ids: Collection[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """These messages as far as they are there, as rows of `messages`."""
    these = messages().where(users_queries.among(Message.id, ids))
    found = await session.execute(these.execution_options(populate_existing=True))
    return {row.Message.id: row for row in found}


def _mentions() -> ColumnElement[Any]:
    mention = aliased(message_models.MessageMention)
    named = func.jsonb_agg(aggregate_order_by(mention.account_id, mention.account_id), type_=JSONB)
    return _scalar(select(func.coalesce(named, _NONE)).where(mention.message_id == Message.id), mention)


def _reactions() -> ColumnElement[Any]:
    """Emoji, number and the first accounts of each, in the order in which they came to be there."""
    reaction = aliased(message_models.MessageReaction)
    each = (
        select(
            reaction.emoji,
            func.count().label("number"),
            func.array_agg(aggregate_order_by(reaction.account_id, reaction.id)).label("accounts"),
            func.min(reaction.id).label("first"),
        )
        .where(reaction.message_id == Message.id)
        .group_by(reaction.emoji)
        .correlate(Message)
        .subquery("each")
    )
    first_accounts: ColumnElement[Any] = func.trim_array(
        each.c.accounts, func.greatest(func.cardinality(each.c.accounts) - literal_column(str(_NAMED)), 0)
    )
    triple = func.jsonb_build_array(each.c.emoji, each.c.number, first_accounts)
    listed = func.jsonb_agg(aggregate_order_by(triple, each.c.first), type_=JSONB)
    return select(func.coalesce(listed, _NONE)).correlate(Message).scalar_subquery()


def _is_pinned() -> ColumnElement[bool]:
    pin = aliased(message_models.MessagePin)
    return there_is(pin, pin.chat_id == Message.chat_id, pin.message_id == Message.id)


def _replies_count() -> ColumnElement[int]:
    reply = aliased(message_models.Message)
    in_thread = select(func.count()).where(
        reply.chat_id == Message.chat_id, reply.thread_id == Message.id, reply.deleted_at.is_(None)
    )
    return _scalar(in_thread, reply)


def _scalar(statement: Select[*tuple[Any, ...]], *sources: Any) -> ColumnElement[Any]:
    return statement.correlate_except(*sources).scalar_subquery()


def unread(
    chat_id: ColumnElement[int] | InstrumentedAttribute[int],
    last_seq: ColumnElement[int] | InstrumentedAttribute[int],
    read_seq: ColumnElement[int] | InstrumentedAttribute[int],
    account_id: visibility.AccountId,
) -> ColumnElement[int]:
    """How many messages a member has not read: all after the mark, but for the deleted ones.

    No message of the member's own is among them, since whoever writes has read what was before.
    """
    deleted = aliased(Message)
    hiding = aliased(message_models.HiddenMessage)
    gone = _scalar(
        select(func.count()).where(deleted.chat_id == chat_id, deleted.seq > read_seq, deleted.deleted_at.is_not(None)),
        deleted,
    )
    hidden_message = aliased(Message)
    hidden = _scalar(
        select(func.count())
        .join(hidden_message, hidden_message.id == hiding.message_id)
        .where(
            hiding.account_id == account_id,
            hiding.chat_id == chat_id,
            hiding.seq > read_seq,
            hidden_message.deleted_at.is_(None),
        )
        .select_from(hiding),
        hiding,
        hidden_message,
    )
    number: ColumnElement[int] = last_seq - read_seq - gone - hidden
    return number


def mentioned(
    chat_id: ColumnElement[int] | InstrumentedAttribute[int],
    read_seq: ColumnElement[int] | InstrumentedAttribute[int],
    account_id: visibility.AccountId,
) -> ColumnElement[int]:
    """How many of the unread messages name the member, alone or with all; each once, and no deleted one."""
    mention, naming, hiding = (
        aliased(message_models.MessageMention),
        aliased(message_models.MessageMention),
        aliased(message_models.HiddenMessage),
    )
    message = aliased(Message)
    hidden = there_is(
        hiding, hiding.account_id == account_id, hiding.chat_id == mention.chat_id, hiding.seq == mention.seq
    )
    own = _scalar(
        select(func.count()).where(
            mention.account_id == account_id, mention.chat_id == chat_id, mention.seq > read_seq, ~hidden
        ),
        mention,
    )
    named = there_is(
        naming, naming.account_id == account_id, naming.chat_id == message.chat_id, naming.seq == message.seq
    )
    all_named = _scalar(
        select(func.count()).where(
            message.chat_id == chat_id,
            message.seq > read_seq,
            message.names_all,
            message.deleted_at.is_(None),
            ~named,
            ~is_hidden(account_id, message),
        ),
        message,
    )
    number: ColumnElement[int] = own + all_named
    return number
