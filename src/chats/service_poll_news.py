"""What readers of a message are told of its poll: that votes have come, of many at once no more than once, and its end.

The first vote after a telling begins a wait, at whose end one entry of the chat's stream tells of all that came. So a
poll gets an entry every `PAUSE` at most, however many vote and however many processes look.
"""

from datetime import timedelta

from sqlalchemy import DateTime, delete, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.chats import events, message_models, service_events, service_gone
from src.chats.constants import MEDIA_KIND
from src.database import Database, WriteSession
from src.polls import events as polls_events

Message = message_models.Message
News = message_models.MessagePollNews

PAUSE = timedelta(seconds=2)
LOOK_SECONDS = 1
_AT_ONCE = 200


async def voted(session: WriteSession, event: polls_events.PollVoted) -> None:
    """After: readers of the message will be told, unless they are waiting for that already."""
    if event.attached_kind != MEDIA_KIND:
        return
    there = select(Message.id, literal(clock.now(), DateTime(timezone=True))).where(
        Message.id == event.attached_id, Message.deleted_at.is_(None)
    )
    await session.execute(insert(News).from_select(["message_id", "since"], there).on_conflict_do_nothing())


async def ended(session: WriteSession, event: polls_events.PollClosed) -> None:
    """After, alone: readers get the message anew at once, and with it what has waited."""
    if event.attached_kind != MEDIA_KIND:
        return
    await session.execute(delete(News).where(News.message_id == event.attached_id))
    there = select(Message.chat_id).where(Message.id == event.attached_id, Message.deleted_at.is_(None))
    chat_id = await session.scalar(there)
    if chat_id is not None:
        changed = events.MessageChanged(actor_id=0, chat_id=chat_id, message_id=event.attached_id)
        await service_events.tell(session, changed)


async def tell_votes(database: Database) -> None:
    """Tells of the votes whose wait is over, some in each transaction. Nobody learns who has voted."""
    told = _AT_ONCE
    while told == _AT_ONCE:
        async with database.write() as session:
            told = await _tell_some(session)


async def _tell_some(session: WriteSession) -> int:
    now = clock.now()
    due = (
        select(News.message_id)
        # What lies further ahead than a wait was noted by a clock that has been put back.
        .where(or_(News.since <= now - PAUSE, News.since > now + PAUSE))
        .order_by(News.message_id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    gone = delete(News).where(News.message_id.in_(due), Message.id == News.message_id)
    places = [(id_, chat_id) for id_, chat_id in await session.execute(gone.returning(Message.id, Message.chat_id))]
    await service_gone.tell(session, events.MessageChanged, places)
    return len(places)
