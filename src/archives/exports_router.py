"""Endpoints of exports. Each of them asks for the owner's password, for an export holds all that there is."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from src import idempotency
from src.archives import exceptions, schemas, service_exports, utils
from src.archives.constants import EXPORTING
from src.archives.dependencies import MadeFile, OwnExport
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.media import exceptions as media_exceptions
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["account"], route_class=idempotency.Route)

_ZIP: Final = "application/zip"
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {
        "description": "The archive.",
        "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
    },
    HTTPStatus.PARTIAL_CONTENT.value: {"description": "A part of it, for who asks with `Range`."},
}


@router.post(
    "/exports",
    status_code=HTTPStatus.ACCEPTED,
    summary="Export one's account",
    responses=problems(*auth_dependencies.SENSITIVE, InvalidInput, exceptions.ExportUnderWay),
    dependencies=[auth_dependencies.limited(EXPORTING)],
)
async def create_export(
    caller: auth_dependencies.Reauthenticated,
    session: auth_dependencies.CreateDep,
    origin: auth_dependencies.OriginDep,
) -> schemas.ExportRead:
    """Has one file made of all that the account owns: rows as JSON, and what Mastodon reads."""
    return utils.export_read(await service_exports.create(session, caller=caller, origin=origin))


@router.get(
    "/exports",
    summary="List one's exports",
    responses=problems(*auth_dependencies.SENSITIVE, InvalidInput, InvalidCursor),
)
async def list_exports(
    session: ReadDep, caller: auth_dependencies.Reauthenticated, paging: PagingDep
) -> Page[schemas.ExportRead]:
    """Those that are being made, and those that can be fetched, the newest first."""
    found = await service_exports.page(session, caller=caller, paging=paging)
    return paging.page(found, [utils.export_read(row.Export) for row in found.rows])


@router.get(
    "/exports/{export_id}/file",
    summary="Fetch an export",
    response_class=Response,
    responses={
        **_FILE,
        **problems(
            *auth_dependencies.SENSITIVE,
            InvalidInput,
            exceptions.ExportNotFound,
            exceptions.ExportNotReady,
            media_exceptions.RangeNotSatisfiable,
        ),
    },
)
async def read_export_file(file: MadeFile) -> StreamingResponse:
    """The archive itself, for two days. Understands `Range`."""
    return StreamingResponse(file.pieces(), status_code=file.status, headers=file.headers(), media_type=_ZIP)


@router.delete(
    "/exports/{export_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete an export",
    responses=problems(*auth_dependencies.SENSITIVE, InvalidInput, exceptions.ExportNotFound),
)
async def delete_export(export: OwnExport, session: WriteDep) -> None:
    """Takes the file away before its time; one that is being made is not kept."""
    await service_exports.delete(session, export=export)
