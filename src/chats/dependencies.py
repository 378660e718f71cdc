"""What the endpoints of chats ask for: a caller who is permitted, and a chat that the caller sees, sits in or leads.

What a role allows is asked again by the service that writes, when nobody can change it any more.
"""

from typing import Annotated

from fastapi import Depends, Path

from src.auth import dependencies as auth_dependencies
from src.chats import exceptions, queries
from src.chats.constants import ChatKind, Permission
from src.database import ReadDep
from src.schemas import Id

ChatId = Annotated[Id, Path(description="The chat's id.")]
PartnerId = Annotated[Id, Path(description="The other person's id, or one's own.")]
Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]


async def seen_chat(session: ReadDep, caller: auth_dependencies.Authenticated, chat_id: ChatId) -> queries.Sight:
    """The chat of the path, in which the caller sits or may sit.

    Raises:
        ChatNotFound: it does not exist for this caller.
    """
    found = await queries.sight(session, chat_id=chat_id, viewer_id=caller.account_id)
    if found is None:
        raise exceptions.ChatNotFound
    return found


Seen = Annotated[queries.Sight, Depends(seen_chat)]


async def readable_chat(_caller: Reader, sight: Seen) -> queries.Sight:
    """The same, for who may read."""
    return sight


ReadableChat = Annotated[queries.Sight, Depends(readable_chat)]


async def joinable_chat(_caller: Writer, sight: Seen) -> queries.Sight:
    """The same, for who may write."""
    return sight


JoinableChat = Annotated[queries.Sight, Depends(joinable_chat)]


async def own_chat(sight: ReadableChat) -> queries.Sight:
    """The chat of the path, of which the caller is a member, to read.

    Raises:
        ChatNotYours: the caller is none.
    """
    if sight.seat is None:
        raise exceptions.ChatNotYours
    return sight


OwnChat = Annotated[queries.Sight, Depends(own_chat)]


async def led_chat(sight: JoinableChat) -> queries.Sight:
    """The chat of the path, of which the caller is an admin.

    Raises:
        ChatIsDirect: nobody leads it.
        ChatNotYours: the caller is none.
    """
    if sight.chat.kind == ChatKind.DIRECT:
        raise exceptions.ChatIsDirect
    if not sight.leads:
        raise exceptions.ChatNotYours
    return sight


LedChat = Annotated[queries.Sight, Depends(led_chat)]
