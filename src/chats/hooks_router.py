"""Endpoints of hooks: an admin of a chat makes them, and a program that has the address of one writes."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.chats import exceptions, hook_schemas, service_hook_posts, service_hooks, utils
from src.chats.constants import HOOK_ADDRESSES, HOOKS_PATH, MAKING_HOOKS
from src.chats.dependencies import LedChat, Writer
from src.chats.hook_dependencies import AddressDep, Anyone, HookId, HookMessageDep, KeyDep, ValidHook
from src.chats.message_dependencies import MeansDep
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.groups import exceptions as groups_exceptions
from src.models import instant_of
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["chat-hooks"])
codes_router = APIRouter(tags=["chat-hooks"])

_AS_ADMIN = (
    *auth_dependencies.GUARDED,
    InvalidInput,
    exceptions.ChatNotFound,
    exceptions.ChatNotYours,
    exceptions.ChatIsDirect,
)

# It is taken in several forms, so FastAPI does not know of it.
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": hook_schemas.message_schema()},
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"payload": {"type": "string"}}, "required": ["payload"]}
            },
        },
    }
}


@router.get("/{chat_id}/hooks", summary="List the hooks of a chat", responses=problems(*_AS_ADMIN, InvalidCursor))
async def list_hooks(chat: LedChat, session: ReadDep, paging: PagingDep) -> Page[hook_schemas.HookRead]:
    """For admins: those that are good, the newest first, without their codes."""
    found = await service_hooks.page(session, chat_id=chat.chat.id, paging=paging)
    return paging.page(found, [utils.hook_read(row) for row in found.rows])


@router.post(
    "/{chat_id}/hooks",
    status_code=HTTPStatus.CREATED,
    summary="Make a hook for a chat",
    responses=problems(*_AS_ADMIN, exceptions.TooManyHooks, groups_exceptions.GroupIsFull),
    dependencies=[auth_dependencies.limited(MAKING_HOOKS)],
)
async def create_hook(
    chat: LedChat, caller: Writer, data: hook_schemas.HookCreate, session: WriteDep, address: AddressDep
) -> hook_schemas.HookCreated:
    """As an admin. Whoever knows its address writes into the chat, as a bot of this name; it belongs to the chat.

    The address is in this answer alone, and so takes no Idempotency-Key: an answer that is kept for a repetition would
    keep it.
    """
    row, code = await service_hooks.create(session, caller=caller, chat_id=chat.chat.id, name=data.name)
    return utils.hook_created(row, f"{address}{HOOKS_PATH}/{code}")


@router.post(
    "/{chat_id}/hooks/{hook_id}/rotation",
    summary="Give a hook another address",
    responses=problems(*_AS_ADMIN, exceptions.HookNotFound),
)
async def rotate_hook(
    chat: LedChat, caller: Writer, hook_id: HookId, session: WriteDep, address: AddressDep
) -> hook_schemas.HookCreated:
    """As an admin. The one before is good no more."""
    row, code = await service_hooks.rotate(session, caller=caller, chat_id=chat.chat.id, hook_id=hook_id)
    return utils.hook_created(row, f"{address}{HOOKS_PATH}/{code}")


@router.delete(
    "/{chat_id}/hooks/{hook_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Take a hook back",
    responses=problems(*_AS_ADMIN, exceptions.HookNotFound),
)
async def revoke_hook(chat: LedChat, caller: Writer, hook_id: HookId, session: WriteDep) -> None:
    """As an admin, whoever made it. Its bot leaves the chat, and its messages stay."""
    await service_hooks.revoke(session, caller=caller, chat_id=chat.chat.id, hook_id=hook_id)


@codes_router.post(
    "/{hook_code}",
    status_code=HTTPStatus.CREATED,
    summary="Write into a chat through a hook",
    responses=problems(
        InvalidInput,
        exceptions.HookNotValid,
        exceptions.MessageEmpty,
        exceptions.MessageDiffers,
        exceptions.ChatIsReadOnly,
        exceptions.ChatIsSlow,
    ),
    openapi_extra=_BODY,
    dependencies=[auth_dependencies.limited(HOOK_ADDRESSES, by_address=True)],
)
async def post_by_hook(
    _anyone: Anyone, hook: ValidHook, message: HookMessageDep, means: MeansDep, key: KeyDep = None
) -> hook_schemas.HookPostedRead:
    """Takes what Slack and Mattermost take: `text`, `attachments`, as JSON or as the field `payload` of a form.

    The code in the address is all that is asked for. A text that is too long is cut; `@all` names nobody.
    """
    sent, is_cut = await service_hook_posts.post(means, place=hook, message=message, key=key)
    return hook_schemas.HookPostedRead(
        id=sent.id,
        chat_id=hook.chat_id,
        seq=sent.seq,
        created_at=instant_of(sent.id),
        dup=sent.is_repeat,
        is_cut=is_cut,
    )
