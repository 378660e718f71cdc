"""The endpoints about one message: reading, editing, deleting it, and its thread."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.chats import exceptions, message_schemas, service_deletions, service_edits, service_messages
from src.chats.dependencies import Writer
from src.chats.message_sight_dependencies import ReadableMessage, RemovableMessage, WritableMessage
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["messages"])

_ABOUT_ONE = (
    *auth_dependencies.GUARDED,
    InvalidInput,
    exceptions.ChatNotFound,
    exceptions.MessageNotFound,
)


@router.get("/{chat_id}/messages/{message_id}", summary="Read a message", responses=problems(*_ABOUT_ONE))
async def read_message(sight: ReadableMessage, session: ReadDep) -> message_schemas.MessageRead:
    """One message of a chat of which the caller is a member."""
    return await service_messages.read(session, sight.message.id)


@router.patch(
    "/{chat_id}/messages/{message_id}",
    summary="Edit a message",
    responses=problems(
        *_ABOUT_ONE,
        exceptions.MessageNotYours,
        exceptions.MessageChanged,
        exceptions.MessageEmpty,
        exceptions.PartnerUnavailable,
        exceptions.ChatIsReadOnly,
    ),
)
async def edit_message(
    sight: WritableMessage, data: message_schemas.MessageUpdate, caller: Writer, session: WriteDep
) -> message_schemas.MessageRead:
    """Gives one's own message another text. All members can read what it said before."""
    await service_edits.edit(session, caller=caller, message_id=sight.message.id, data=data)
    return await service_messages.read(session, sight.message.id)


@router.get(
    "/{chat_id}/messages/{message_id}/edits",
    summary="Earlier versions of a message",
    responses=problems(*_ABOUT_ONE, InvalidCursor),
)
async def list_edits(
    sight: ReadableMessage, session: ReadDep, paging: PagingDep
) -> Page[message_schemas.MessageEditRead]:
    """What a message said before it was edited, the newest version first."""
    found = await service_edits.page(session, message_id=sight.message.id, paging=paging)
    return paging.page(found, [message_schemas.MessageEditRead.model_validate(row.MessageEdit) for row in found.rows])


@router.delete(
    "/{chat_id}/messages/{message_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a message for all",
    responses=problems(*_ABOUT_ONE, exceptions.MessageNotYours, exceptions.ChatNotYours),
)
async def delete_message(sight: RemovableMessage, caller: Writer, session: WriteDep) -> None:
    """As its sender, as an admin of the chat or as a moderator of the server. Only its place stays."""
    await service_deletions.delete(session, caller=caller, sight=sight)


@router.post(
    "/{chat_id}/messages/{message_id}/hide",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a message for oneself",
    responses=problems(*_ABOUT_ONE),
)
async def hide_message(sight: WritableMessage, caller: Writer, session: WriteDep) -> None:
    """The caller does not see it any more, whoever has sent it; all others do. It cannot be taken back."""
    await service_deletions.hide(session, caller=caller, message=sight.message)
