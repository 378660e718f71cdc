"""The endpoint by which a member takes a chat along; the file is fetched like an export of an account."""

from http import HTTPStatus

from fastapi import APIRouter

from src import idempotency
from src.archives import exceptions as archives_exceptions
from src.archives import schemas as archives_schemas
from src.archives import service_exports as archives_service
from src.archives import utils as archives_utils
from src.archives.constants import EXPORTING
from src.auth import dependencies as auth_dependencies
from src.chats import exceptions
from src.chats.constants import EXPORT_KIND
from src.chats.dependencies import OwnChat
from src.exceptions import InvalidInput, problems

router = APIRouter(tags=["chats"], route_class=idempotency.Route)


@router.post(
    "/{chat_id}/exports",
    status_code=HTTPStatus.ACCEPTED,
    summary="Export a chat",
    responses=problems(
        *auth_dependencies.SENSITIVE,
        InvalidInput,
        exceptions.ChatNotFound,
        exceptions.ChatNotYours,
        archives_exceptions.ExportUnderWay,
    ),
    dependencies=[auth_dependencies.limited(EXPORTING)],
)
async def export_chat(
    sight: OwnChat,
    caller: auth_dependencies.Reauthenticated,
    session: auth_dependencies.CreateDep,
    origin: auth_dependencies.OriginDep,
) -> archives_schemas.ExportRead:
    """Has one file made of what the caller sees in it; it waits at `/v1/account/exports/{export_id}/file`."""
    made = await archives_service.create(
        session, caller=caller, origin=origin, kind=EXPORT_KIND, thing_id=sight.chat.id
    )
    return archives_utils.export_read(made)
