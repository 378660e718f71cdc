"""Where in chats somebody is named and has not read it: what a mention in the inbox leads to."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Select, literal_column, select, true

from src.chats import message_models, message_queries, models
from src.database import ReadSession
from src.models import there_is
from src.notifications import kinds as notifications_kinds

Seat = models.Seat
Message = message_models.Message
Mention = message_models.MessageMention
Hidden = message_models.HiddenMessage

_MOST: Final = 8


async def naming(session: ReadSession, viewer_id: int, chat_ids: Collection[int]) -> notifications_kinds.Places:
    """The oldest unread messages of each chat that name the viewer, alone or with all; none that were deleted."""
    found: dict[int, set[notifications_kinds.Place]] = defaultdict(set)
    for messages in (_named(viewer_id), _all_named(viewer_id)):
        each = messages.order_by(literal_column("seq")).limit(_MOST).correlate(Seat).lateral()
        statement = (
            select(Seat.chat_id, each.c.id, each.c.seq)
            .join(each, true())
            .where(Seat.account_id == viewer_id, Seat.chat_id.in_(chat_ids))
        )
        for chat_id, id_, seq in await session.execute(statement):
            found[chat_id].add(notifications_kinds.Place(id_, seq))
    return {chat_id: sorted(places, key=lambda place: place.seq)[:_MOST] for chat_id, places in found.items()}


def _named(viewer_id: int) -> Select[*tuple[Any, ...]]:
    hidden = there_is(
        Hidden, Hidden.account_id == viewer_id, Hidden.chat_id == Mention.chat_id, Hidden.seq == Mention.seq
    )
    return select(Mention.message_id.label("id"), Mention.seq.label("seq")).where(
        Mention.account_id == viewer_id, Mention.chat_id == Seat.chat_id, Mention.seq > Seat.read_seq, ~hidden
    )


def _all_named(viewer_id: int) -> Select[*tuple[Any, ...]]:
    return select(Message.id.label("id"), Message.seq.label("seq")).where(
        Message.chat_id == Seat.chat_id,
        Message.seq > Seat.read_seq,
        Message.names_all,
        Message.deleted_at.is_(None),
        Message.sender_id.is_distinct_from(viewer_id),
        ~message_queries.is_hidden(viewer_id),
    )
