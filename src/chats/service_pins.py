"""Pins: messages that are kept in sight for all members, by the admins of a group or by either of two people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select

from src import clock
from src.auth import callers as auth_callers
from src.chats import events, exceptions, message_models, message_queries, service_messages
from src.chats.constants import MAX_PINS
from src.chats.service_messages import Demand
from src.database import ReadSession, WriteSession

Message = message_models.Message
Pin = message_models.MessagePin


async def pin(session: WriteSession, *, caller: auth_callers.Caller, message_id: int) -> None:
    """Pins a message; one that is pinned stays as it is.

    Raises:
        MessageNotFound: it was deleted in this moment.
        TooManyPins: others have to be taken down first.
        ChatNotFound, ChatNotYours, PartnerUnavailable: that is not the caller's to do.
    """
    message = await service_messages.hold(session, message_id)
    if await session.get(Pin, (message.chat_id, message_id)) is not None:
        return
    # Tells first, which locks the chat: a pin that came before would lock its key alone, as `sending` says.
    await _tell(session, caller, message)
    # Of two who pin at once, the later one finds the other's.
    pinned = await session.scalar(select(func.count()).where(Pin.chat_id == message.chat_id))
    if (pinned or 0) >= MAX_PINS:
        raise exceptions.TooManyPins
    session.add(Pin(chat_id=message.chat_id, message_id=message_id, by_id=caller.account_id, pinned_at=clock.now()))


async def unpin(session: WriteSession, *, caller: auth_callers.Caller, message_id: int) -> None:
    """Takes a pinned message down; one that is not pinned stays as it is.

    Raises:
        MessageNotFound, ChatNotFound, ChatNotYours, PartnerUnavailable: as `pin`.
    """
    message = await service_messages.hold(session, message_id)
    down = delete(Pin).where(Pin.chat_id == message.chat_id, Pin.message_id == message_id).returning(Pin.message_id)
    if await session.scalar(down.execution_options(synchronize_session=False)) is not None:
        await _tell(session, caller, message)


async def pins(session: ReadSession, *, caller: auth_callers.Caller, chat_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The pinned messages of a chat as rows of `message_queries.messages` with their pins, the latest pin first."""
    statement = (
        message_queries.messages()
        .add_columns(Pin)
        .join(Pin, Pin.message_id == Message.id)
        .where(Pin.chat_id == chat_id, ~message_queries.is_hidden(caller.account_id))
        .order_by(Pin.pinned_at.desc(), Pin.message_id.desc())
    )
    return (await session.execute(statement)).all()


async def _tell(session: WriteSession, caller: auth_callers.Caller, message: message_models.Message) -> None:
    changed = events.MessageChanged(actor_id=caller.account_id, chat_id=message.chat_id, message_id=message.id)
    await service_messages.conclude(session, changed, Demand.LEADS)
