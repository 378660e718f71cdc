"""Seats come and go with the members of a chat's group, and all members are told.

The chat's row is locked before a seat is touched: whoever sends holds it while asking for the own seat. So a message
stands before a removal in the chat's log, or it is not sent.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.chats import events, message_models, models, service_events
from src.chats.constants import MAX_SLOW_MODE_SECONDS
from src.database import WriteSession
from src.groups.constants import GroupRole
from src.models import first_id_at, instant_of

Chat, Seat = models.Chat, models.Seat
Message = message_models.Message


async def take(session: WriteSession, *, chat_id: int, account_id: int, by_id: int) -> None:
    """Gives a new member a seat, who has read all that there was before; who has one keeps it as it is."""
    locked = select(Chat.last_seq, Chat.slow_mode_seconds).where(Chat.id == chat_id).with_for_update(key_share=True)
    chat = (await session.execute(locked)).one_or_none()
    if chat is None:
        return
    # Whoever was here before goes on with the pause between two messages.
    wrote_at = await _wrote_at(session, chat_id, account_id) if chat.slow_mode_seconds else None
    values = {"chat_id": chat_id, "account_id": account_id, "read_seq": chat.last_seq, "wrote_at": wrote_at}
    seated = insert(Seat).values(values).on_conflict_do_nothing()
    if (await session.scalars(seated.returning(Seat.account_id))).one_or_none() is not None:
        # Whoever comes later is a member; what else they become is told by entries of its own.
        joined = events.MemberJoined(actor_id=by_id, chat_id=chat_id, account_id=account_id, role=GroupRole.MEMBER)
        await service_events.tell(session, joined)


async def _wrote_at(session: WriteSession, chat_id: int, account_id: int) -> datetime | None:
    """When somebody has written last in a chat, as far back as a pause can reach."""
    reach = first_id_at(clock.now() - timedelta(seconds=MAX_SLOW_MODE_SECONDS))
    own = select(func.max(Message.id)).where(
        Message.sender_id == account_id, Message.chat_id == chat_id, Message.id >= reach
    )
    last_id = await session.scalar(own)
    return None if last_id is None else instant_of(last_id)


async def give_up(session: WriteSession, *, chat_id: int, account_id: int, by_id: int) -> None:
    """Takes the seat of somebody who is no member any more: nothing is unread for them, and they send nothing."""
    await service_events.tell(session, events.MemberLeft(actor_id=by_id, chat_id=chat_id, account_id=account_id))
    gone = delete(Seat).where(Seat.chat_id == chat_id, Seat.account_id == account_id)
    await session.execute(gone.execution_options(synchronize_session=False))


async def close(session: WriteSession, *, chat_id: int) -> None:
    """A chat without members is found by nobody."""
    closed = update(Chat).where(Chat.id == chat_id).values(is_public=False)
    await session.execute(closed.execution_options(synchronize_session=False))
