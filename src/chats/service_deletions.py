"""Deleting messages: for all, which leaves an empty place, or for oneself alone."""

from collections.abc import Collection

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, literal, update
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import audit as auth_audit
from src.auth import callers as auth_callers
from src.chats import events, exceptions, frames, message_models, service_events, service_messages, service_notices
from src.chats.constants import MEDIA_KIND, Permission
from src.chats.service_messages import Demand
from src.database import WriteSession
from src.groups.constants import GroupRole
from src.media import service_attachments as media_attachments
from src.polls import service as polls_service
from src.realtime import personal as realtime_personal
from src.users import queries as users_queries

Message = message_models.Message
Hidden = message_models.HiddenMessage
_HANGING = (
    message_models.MessageEdit,
    message_models.MessageMention,
    message_models.MessageReaction,
    message_models.MessagePin,
    message_models.MessagePollNews,
    Hidden,
)


async def delete(session: WriteSession, *, caller: auth_callers.Caller, sight: service_messages.Sight) -> None:
    """Deletes a message for all: as its sender, as an admin of the chat, or as a moderator of the server.

    Raises:
        MessageNotFound: it was deleted in this moment.
        MessageNotYours: the caller is none of them.
        ChatNotFound, ChatNotYours: nor in the chat, or its admin, any more.
    """
    message = await service_messages.hold(session, sight.message.id)
    is_own = message.sender_id == caller.account_id
    leads = (sight.role or 0) >= GroupRole.ADMIN
    if not (is_own or leads or caller.may(Permission.MODERATE)):
        raise exceptions.MessageNotYours
    await wipe(session, [message.id])
    gone = events.MessageDeleted(actor_id=caller.account_id, chat_id=message.chat_id, message_id=message.id)
    if caller.may(Permission.MODERATE):
        await service_events.tell(session, gone)
        if not (is_own or leads):
            auth_audit.note(
                session,
                caller=caller,
                action="chats.message_removed",
                subject="message",
                subject_id=message.id,
                details={"chat_id": str(message.chat_id), "sender_id": str(message.sender_id)},
            )
    else:
        await service_messages.conclude(session, gone, Demand.MEMBER if is_own else Demand.LEADS)


async def hide(session: WriteSession, *, caller: auth_callers.Caller, message: message_models.Message) -> None:
    """Deletes a message for the caller alone, and tells the caller's other devices; once more changes nothing."""
    values = {
        "account_id": caller.account_id,
        "chat_id": message.chat_id,
        "seq": message.seq,
        "message_id": message.id,
    }
    added = insert(Hidden).values(values).on_conflict_do_nothing().returning(Hidden.message_id)
    if await session.scalar(added) is None:
        return
    await service_notices.withdraw_over(session, chat_ids=[message.chat_id], account_ids=[caller.account_id])
    hidden = frames.MessageHidden(chat_id=message.chat_id, id=message.id, seq=message.seq).model_dump(mode="json")
    await realtime_personal.append(session, frames.HIDDEN, [(caller.account_id, hidden)])


async def wipe(session: WriteSession, ids: Collection[int]) -> None:
    """Leaves nothing of these messages, which are held, but their places."""
    for model in _HANGING:
        await session.execute(delete_rows(model).where(users_queries.among(model.message_id, ids)))
    await media_attachments.discard(session, kind=MEDIA_KIND, ids=ids)
    await polls_service.discard(session, kind=MEDIA_KIND, ids=ids)
    emptied = (
        update(Message)
        .where(users_queries.among(Message.id, ids))
        .values(
            text="",
            names_all=False,
            reply_to_id=None,
            card_kind=None,
            card_id=None,
            poll_id=None,
            link_card_id=None,
            edited_at=None,
            deleted_at=clock.now(),
            document=func.to_tsvector(literal("")),
        )
    )
    await session.execute(emptied.execution_options(synchronize_session=False))
