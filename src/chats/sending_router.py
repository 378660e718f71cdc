"""The endpoints for sending and reading messages."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.chats import exceptions, message_schemas, rendering, service_history, service_sending
from src.chats.dependencies import ChatId, OwnChat, Reader, Writer
from src.chats.message_dependencies import MeansDep, NamedMessage, WindowDep
from src.database import ReadDep
from src.exceptions import InvalidInput, problems
from src.media import exceptions as media_exceptions
from src.polls import exceptions as polls_exceptions
from src.users import utils as users_utils

router = APIRouter(tags=["messages"])


@router.post(
    "/{chat_id}/messages",
    status_code=HTTPStatus.CREATED,
    summary="Send a message",
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        exceptions.ChatNotFound,
        exceptions.ChatIsReadOnly,
        exceptions.ChatIsSlow,
        exceptions.PartnerUnavailable,
        exceptions.MessageEmpty,
        exceptions.MessageDiffers,
        exceptions.ReplyTargetNotFound,
        exceptions.ThreadNotFound,
        exceptions.ForwardNotFound,
        media_exceptions.MediaUnknown,
        media_exceptions.MediaTaken,
        media_exceptions.MediaFailed,
        polls_exceptions.PollWordsUnfit,
    ),
)
async def send_message(
    chat_id: ChatId,
    data: NamedMessage,
    caller: Writer,
    means: MeansDep,
) -> message_schemas.MessageSentRead:
    """Sends a text, with media or a poll if there are any. Again under the same client id it is the same (`dup`)."""
    sent = await service_sending.send(means, caller=caller, chat_id=chat_id, data=data)
    return service_sending.sent_read(chat_id, sent)


@router.get(
    "/{chat_id}/messages",
    summary="Messages of a chat",
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        exceptions.ChatNotFound,
        exceptions.ChatNotYours,
        exceptions.OneDirection,
    ),
)
async def list_messages(
    sight: OwnChat, session: ReadDep, caller: Reader, window: WindowDep
) -> message_schemas.HistoryRead:
    """The last messages, or those before, after or around a number; always the oldest first."""
    found = await service_history.read(session, caller=caller, chat_id=sight.chat.id, window=window)
    return message_schemas.HistoryRead(
        items=[rendering.message_read(row) for row in found.rows],
        people=[users_utils.author(profile, username) for profile, username in found.people],
        polls=list(found.polls),
        last_seq=found.last_seq,
        has_before=found.has_before,
        has_after=found.has_after,
    )
