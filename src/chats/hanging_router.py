"""The endpoints about what hangs on messages: reactions, pins and threads."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from src.auth import dependencies as auth_dependencies
from src.chats import (
    exceptions,
    frames,
    hanging_rendering,
    hanging_schemas,
    service_pins,
    service_reactions,
    service_threads,
)
from src.chats.dependencies import OwnChat, Reader, Writer
from src.chats.message_sight_dependencies import Emoji, ReadableMessage, WritableMessage
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["messages"])

_IN_CHAT = (*auth_dependencies.GUARDED, InvalidInput, exceptions.ChatNotFound)
_ABOUT_ONE = (*_IN_CHAT, exceptions.MessageNotFound)
_PIN = (*_ABOUT_ONE, exceptions.ChatNotYours, exceptions.PartnerUnavailable)
_OnMessage = Annotated[Emoji, Path(description="One emoji.")]


@router.get(
    "/{chat_id}/messages/{message_id}/reactions",
    summary="Who has reacted to a message",
    responses=problems(*_ABOUT_ONE, InvalidCursor),
)
async def list_reactions(
    sight: ReadableMessage,
    session: ReadDep,
    paging: PagingDep,
    emoji: Annotated[Emoji | None, Query(description="Only those who have put this one.")] = None,
) -> Page[hanging_schemas.ReactorRead]:
    """All of them, the newest first; the message itself names the first few."""
    found = await service_reactions.page(session, message_id=sight.message.id, emoji=emoji, paging=paging)
    return paging.page(found, [hanging_rendering.reactor_read(row) for row in found.rows])


@router.put(
    "/{chat_id}/messages/{message_id}/reactions/{emoji}",
    summary="React to a message",
    responses=problems(*_ABOUT_ONE, exceptions.TooManyReactions, exceptions.PartnerUnavailable),
)
async def put_reaction(
    sight: WritableMessage, emoji: _OnMessage, caller: Writer, session: WriteDep
) -> frames.Reactions:
    """Puts an emoji on a message; a second tap changes nothing."""
    await service_reactions.put(session, caller=caller, message_id=sight.message.id, emoji=emoji)
    return await service_reactions.read(session, sight.message.id)


@router.delete(
    "/{chat_id}/messages/{message_id}/reactions/{emoji}",
    summary="Take a reaction back",
    responses=problems(*_ABOUT_ONE),
)
async def take_reaction(
    sight: WritableMessage, emoji: _OnMessage, caller: Writer, session: WriteDep
) -> frames.Reactions:
    """Takes the caller's own emoji off a message; where there is none, nothing changes."""
    await service_reactions.take(session, caller=caller, message_id=sight.message.id, emoji=emoji)
    return await service_reactions.read(session, sight.message.id)


@router.get(
    "/{chat_id}/pins", summary="Pinned messages of a chat", responses=problems(*_IN_CHAT, exceptions.ChatNotYours)
)
async def list_pins(sight: OwnChat, session: ReadDep, caller: Reader) -> hanging_schemas.PinsRead:
    """All of them, the latest pin first."""
    return await hanging_rendering.pins_read(session, caller, sight.chat.id)


@router.put("/{chat_id}/pins/{message_id}", summary="Pin a message", responses=problems(*_PIN, exceptions.TooManyPins))
async def pin_message(sight: WritableMessage, caller: Writer, session: WriteDep) -> hanging_schemas.PinsRead:
    """Keeps it in sight for all members: as an admin of a group, or as either of the two of a direct chat."""
    await service_pins.pin(session, caller=caller, message_id=sight.message.id)
    return await hanging_rendering.pins_read(session, caller, sight.message.chat_id)


@router.delete("/{chat_id}/pins/{message_id}", summary="Take a pinned message down", responses=problems(*_PIN))
async def unpin_message(sight: WritableMessage, caller: Writer, session: WriteDep) -> hanging_schemas.PinsRead:
    """By those who may pin, whoever has pinned it."""
    await service_pins.unpin(session, caller=caller, message_id=sight.message.id)
    return await hanging_rendering.pins_read(session, caller, sight.message.chat_id)


@router.get(
    "/{chat_id}/threads",
    summary="Threads of a chat",
    responses=problems(*_IN_CHAT, exceptions.ChatNotYours, InvalidCursor),
)
async def list_threads(
    sight: OwnChat, session: ReadDep, caller: Reader, paging: PagingDep
) -> hanging_schemas.MessagesPage:
    """The messages on which a thread hangs, the newest first."""
    found = await service_threads.page(session, caller=caller, chat_id=sight.chat.id, paging=paging)
    return await hanging_rendering.messages_page(session, caller, found, paging)


@router.get(
    "/{chat_id}/messages/{message_id}/thread",
    summary="The thread that hangs on a message",
    responses=problems(*_ABOUT_ONE, InvalidCursor),
)
async def read_thread(
    sight: ReadableMessage, session: ReadDep, caller: Reader, paging: PagingDep
) -> hanging_schemas.MessagesPage:
    """Its messages, the oldest first."""
    found = await service_threads.replies(session, caller=caller, root=sight.message, paging=paging)
    return await hanging_rendering.messages_page(session, caller, found, paging)
