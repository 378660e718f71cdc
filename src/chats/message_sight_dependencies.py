"""What the routes about one message take: that message, if the caller sees it, or may remove it unseen."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from src.chats import emojis, message_schemas, service_messages
from src.chats.constants import Permission
from src.chats.dependencies import ChatId, Reader, Writer
from src.chats.service_messages import Sight
from src.database import ReadDep
from src.schemas import Id

MessageId = Annotated[Id, Path(description="The message's id.")]


def _emoji(text: str) -> str:
    if not emojis.is_emoji(text):
        raise PydanticCustomError("emoji", "This is not one emoji.")
    return text


Emoji = Annotated[message_schemas.Emoji, AfterValidator(_emoji)]


async def readable_message(session: ReadDep, caller: Reader, chat_id: ChatId, message_id: MessageId) -> Sight:
    """The message of the path.

    Raises:
        ChatNotFound, MessageNotFound: it does not exist for this caller.
    """
    return await service_messages.find(session, account_id=caller.account_id, chat_id=chat_id, message_id=message_id)


ReadableMessage = Annotated[Sight, Depends(readable_message)]


async def writable_message(_caller: Writer, sight: ReadableMessage) -> Sight:
    """The same, for who may write."""
    return sight


WritableMessage = Annotated[Sight, Depends(writable_message)]


async def removable_message(session: ReadDep, caller: Writer, chat_id: ChatId, message_id: MessageId) -> Sight:
    """The message of the path; for a moderator, whether they see it or not.

    Raises:
        ChatNotFound, MessageNotFound: it does not exist for this caller.
    """
    if caller.may(Permission.MODERATE):
        sight = await service_messages.find_any(
            session, account_id=caller.account_id, chat_id=chat_id, message_id=message_id
        )
    else:
        sight = await service_messages.find(
            session, account_id=caller.account_id, chat_id=chat_id, message_id=message_id
        )
    return sight


RemovableMessage = Annotated[Sight, Depends(removable_message)]
