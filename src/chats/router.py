"""The endpoints of chats as a whole."""

from http import HTTPStatus

from fastapi import APIRouter

from src import idempotency
from src.auth import dependencies as auth_dependencies
from src.chats import exceptions, queries, schemas, service, service_pictures
from src.chats.dependencies import JoinableChat, LedChat, PartnerId, ReadableChat, Reader, Writer
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.groups import exceptions as groups_exceptions
from src.media import exceptions as media_exceptions
from src.pagination import InvalidCursor, Page, PagingDep
from src.users import exceptions as users_exceptions

router = APIRouter(tags=["chats"], route_class=idempotency.Route)
channels_router = APIRouter(tags=["chats"])

_ADDING = (users_exceptions.UserNotFound, users_exceptions.UserIsBlocked)
_SEEN = (*auth_dependencies.GUARDED, InvalidInput, exceptions.ChatNotFound)
_LED = (*_SEEN, exceptions.ChatNotYours, exceptions.ChatIsDirect, groups_exceptions.GroupNotFound)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Found a group or a channel",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, *_ADDING, groups_exceptions.GroupIsFull),
)
async def create_chat(
    data: schemas.ChatCreate, caller: Writer, session: auth_dependencies.CreateDep
) -> schemas.SeenChatRead:
    """The caller owns it. Members are asked for, sent away and given roles as those of any group of this id."""
    chat_id = await service.create(session, caller=caller, data=data)
    return await service.one_shown(session, viewer_id=caller.account_id, chat_id=chat_id)


@router.put(
    "/direct/{account_id}",
    summary="Open the chat with a person",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, *_ADDING),
)
async def open_direct_chat(account_id: PartnerId, caller: Writer, session: WriteDep) -> schemas.SeenChatRead:
    """The one chat of the two, or of the caller with themselves, which is made on first use."""
    chat_id = await service.direct(session, caller=caller, account_id=account_id)
    return await service.one_shown(session, viewer_id=caller.account_id, chat_id=chat_id)


@router.get("", summary="List one's chats", responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor))
async def list_chats(session: ReadDep, caller: Reader, paging: PagingDep) -> Page[schemas.SeenChatRead]:
    """The chats of the caller, those with the newest message first."""
    found = await queries.page(session, viewer_id=caller.account_id, paging=paging)
    sights = [queries.sight_of(row, caller.account_id) for row in found.rows]
    return paging.page(found, await service.shown(session, sights))


@channels_router.get(
    "",
    summary="List public channels",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor),
)
async def list_public_chats(session: ReadDep, caller: Reader, paging: PagingDep) -> Page[schemas.SeenChatRead]:
    """The channels that everybody may join, the newest first; search finds them by name."""
    found = await queries.public_page(session, viewer_id=caller.account_id, paging=paging)
    sights = [queries.sight_of(row, caller.account_id) for row in found.rows]
    return paging.page(found, await service.shown(session, sights))


@router.get("/{chat_id}", summary="Get a chat", responses=problems(*_SEEN))
async def read_chat(sight: ReadableChat, session: ReadDep) -> schemas.SeenChatRead:
    """A chat of the caller, or a public channel."""
    return (await service.shown(session, [sight]))[0]


@router.patch("/{chat_id}", summary="Change a chat", responses=problems(*_LED, exceptions.ChatIsNoChannel))
async def change_chat(
    sight: LedChat, data: schemas.ChatUpdate, caller: Writer, session: WriteDep
) -> schemas.SeenChatRead:
    """As one of its admins."""
    await service.change(session, caller=caller, chat_id=sight.chat.id, data=data)
    return await service.one_shown(session, viewer_id=caller.account_id, chat_id=sight.chat.id)


@router.put(
    "/{chat_id}/picture",
    summary="Show a picture of a chat",
    responses=problems(
        *_LED,
        exceptions.PictureUnfit,
        media_exceptions.MediaUnknown,
        media_exceptions.MediaTaken,
        media_exceptions.MediaFailed,
    ),
)
async def show_chat_picture(
    sight: LedChat, data: schemas.ChatPictureUpdate, caller: Writer, session: WriteDep
) -> schemas.SeenChatRead:
    """As one of its admins, shows an upload of one's own; the picture before it is deleted."""
    await service_pictures.show(session, caller=caller, chat_id=sight.chat.id, media_id=data.media_id)
    return await service.one_shown(session, viewer_id=caller.account_id, chat_id=sight.chat.id)


@router.delete("/{chat_id}/picture", summary="Show no picture of a chat", responses=problems(*_LED))
async def hide_chat_picture(sight: LedChat, caller: Writer, session: WriteDep) -> schemas.SeenChatRead:
    """As one of its admins, deletes the picture."""
    await service_pictures.hide(session, caller=caller, chat_id=sight.chat.id)
    return await service.one_shown(session, viewer_id=caller.account_id, chat_id=sight.chat.id)


@router.post(
    "/{chat_id}/join",
    summary="Join a public channel",
    responses=problems(
        *_SEEN,
        groups_exceptions.GroupNotFound,
        groups_exceptions.GroupIsFull,
        groups_exceptions.BannedFromGroup,
    ),
)
async def join_chat(sight: JoinableChat, caller: Writer, session: WriteDep) -> schemas.SeenChatRead:
    """What was written before counts as read. Who is a member already stays one."""
    await service.join(session, caller=caller, sight=sight)
    return await service.one_shown(session, viewer_id=caller.account_id, chat_id=sight.chat.id)
