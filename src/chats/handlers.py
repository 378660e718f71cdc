"""What chats do when something happens to messages: inboxes, the card of the first link, media that have come.

Each looks at how things are now: whatever comes late or twice ends alike. Those that tell of a change take the chat's
lock, and so end their transaction: none of them waits for a second chat, in whatever order others take theirs.
"""

from collections.abc import Sequence
from itertools import groupby

import asyncpg
from sqlalchemy import select, update

from src import markup
from src.chats import events, message_models, queries_notices, service_events, service_notices
from src.chats.constants import MEDIA_KIND
from src.database import WriteSession
from src.events import event as house_events
from src.media import events as media_events
from src.previews import events as previews_events
from src.previews import models as previews_models
from src.previews import service as previews_service

Message = message_models.Message
LinkCard = previews_models.LinkCard

# Of the messages that show a card, so many of the newest are told of when it changes.
_SHOWN_ANEW = 500


async def sent(session: WriteSession, those: Sequence[events.MessageSent]) -> None:
    """After, many together: members hear of messages; of a chat's, the last one is told of to all."""
    rows = await _tell_of(session, those)
    last = [row for row in rows if row["is_last"]]
    if last:
        chat_ids = [row["chat_id"] for row in last]
        await service_notices.tell_all(session, chat_ids=chat_ids)
        await service_notices.withdraw_over(session, chat_ids=chat_ids, account_ids=[row["sender_id"] for row in last])


async def edited(session: WriteSession, event: events.MessageEdited) -> None:
    """After: members hear that a message names them now; and not any more that it did."""
    await service_notices.withdraw_over(session, chat_ids=[event.chat_id])
    await _tell_of(session, [event])


async def deleted(session: WriteSession, event: events.MessageDeleted) -> None:
    """After: nobody is told of a message that is gone."""
    await service_notices.withdraw_over(session, chat_ids=[event.chat_id])


async def left(session: WriteSession, event: events.MemberLeft) -> None:
    """After: who is no member any more hears nothing of the chat."""
    await service_notices.withdraw_over(session, chat_ids=[event.chat_id], account_ids=[event.account_id])


async def look_up_link(session: WriteSession, event: events.LinkShared) -> None:
    """After, alone: the message refers to the card of its first link, which is fetched unless it is known."""
    statement = select(Message.chat_id, Message.text, Message.link_card_id).where(
        Message.id == event.message_id, Message.deleted_at.is_(None)
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        return
    links = markup.parse(found.text).links
    card_id = await previews_service.want(session, links[0]) if links else None
    if card_id == found.link_card_id:
        return
    await session.execute(
        update(Message)
        .where(Message.id == event.message_id, Message.text == found.text, Message.deleted_at.is_(None))
        .values(link_card_id=card_id)
        .execution_options(synchronize_session=False)
    )
    shown = await session.scalar(select(LinkCard.title).where(LinkCard.id.in_([card_id, found.link_card_id])))
    # A card of which nothing is known yet tells of itself.
    if shown is not None:
        await _tell_changed(session, found.chat_id, [event.message_id])


async def show_card(session: WriteSession, event: previews_events.CardChanged) -> None:
    """After, alone: who has the messages that show the card gets them anew."""
    newest = (
        select(Message.chat_id, Message.id)
        .where(Message.link_card_id == event.card_id)
        .order_by(Message.id.desc())
        .limit(_SHOWN_ANEW)
    )
    rows = sorted((await session.execute(newest)).all())
    # In the order of chats, as everybody locks them who locks many.
    for chat_id, those in groupby(rows, key=lambda row: row.chat_id):
        await _tell_changed(session, chat_id, [row.id for row in those])


async def show_media(
    session: WriteSession, event: media_events.MediaReady | media_events.MediaFailed | media_events.MediaChanged
) -> None:
    """After, alone: readers get a message anew whose media are ready, or turned out unusable, or say something else."""
    if event.attached_kind != MEDIA_KIND or event.attached_id is None:
        return
    there = select(Message.chat_id).where(Message.id == event.attached_id, Message.deleted_at.is_(None))
    chat_id = await session.scalar(there)
    if chat_id is not None:
        await _tell_changed(session, chat_id, [event.attached_id])


async def _tell_of(
    session: WriteSession, those: Sequence[events.MessageSent | events.MessageEdited]
) -> Sequence[asyncpg.Record]:
    """Tells whom messages name, and that they have links; gives the rows of those that have more to them."""
    senders = {event.message_id: event.actor_id for event in those}
    rows = await queries_notices.SENT.fetch(session, message_ids=list(senders))
    for row in rows:
        if row["has_link"]:
            house_events.publish(session, events.LinkShared(actor_id=senders[row["id"]], message_id=row["id"]))
        if row["names"]:
            await service_notices.tell_named(session, message_id=row["id"])
    return rows


async def _tell_changed(session: WriteSession, chat_id: int, message_ids: list[int]) -> None:
    changed = (events.MessageChanged(actor_id=0, chat_id=chat_id, message_id=id_) for id_ in message_ids)
    await service_events.tell(session, *changed)
