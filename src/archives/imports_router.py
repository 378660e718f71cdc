"""The endpoint of imports: what is sent becomes a task, which tells the rest."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from src.archives import exceptions, schemas, service_imports, utils
from src.archives.constants import IMPORTING
from src.archives.dependencies import Bringer, ImportKind, ReceivedUpload
from src.auth import dependencies as auth_dependencies
from src.database import WriteDep
from src.exceptions import InvalidInput, problems

router = APIRouter(tags=["account"])

# It is read while it comes in, so FastAPI does not know of it.
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/imports",
    status_code=HTTPStatus.ACCEPTED,
    summary="Import a file into one's account",
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        exceptions.ImportKindUnknown,
        exceptions.ImportEmpty,
        exceptions.ImportUnderWay,
        exceptions.ArchiveStorageFull,
    ),
    openapi_extra=_BODY,
    dependencies=[auth_dependencies.limited(IMPORTING)],
)
async def create_import(
    caller: Bringer,
    kind: ImportKind,
    upload: ReceivedUpload,
    session: WriteDep,
    *,
    same_people: Annotated[
        bool, Query(description="Of an export of Hearth: a username in it is the same person on this server.")
    ] = False,
) -> schemas.ImportRead:
    """Takes the body of the request as a file and brings what it holds along, in the background.

    Nobody is told of old posts. What was brought before is known, so an import can be repeated.
    """
    return utils.import_read(
        await service_imports.create(session, caller=caller, upload=upload, kind=kind, same_people=same_people)
    )
