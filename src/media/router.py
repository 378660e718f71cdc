"""The endpoints of items."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter

from src import idempotency
from src.auth import dependencies as auth_dependencies
from src.aws import exceptions as aws_exceptions
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.media import exceptions, schemas, service, utils
from src.media.constants import MAX_ALT_TEXT, UPLOADING
from src.media.dependencies import Lister, OwnedItem, ReadableItem, ReceivedUpload, Writer
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["media"], route_class=idempotency.Route)

_SIDE: Final = {"type": "number", "minimum": -1, "maximum": 1}
# The form is read while it comes in, so FastAPI does not know of it.
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "dependentRequired": {"focus_x": ["focus_y"], "focus_y": ["focus_x"]},
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "The file."},
                        "alt_text": {"type": "string", "maxLength": MAX_ALT_TEXT, "description": "What it shows."},
                        "focus_x": {**_SIDE, "description": "What stays in sight: -1 is left, 1 is right."},
                        "focus_y": {**_SIDE, "description": "-1 is the bottom, 1 the top; goes with `focus_x`."},
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    summary="Upload a file",
    dependencies=[auth_dependencies.limited(UPLOADING)],
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        exceptions.FileMissing,
        exceptions.MediaTooLarge,
        exceptions.MediaTypeRefused,
        exceptions.ToolsMissing,
        exceptions.QuotaExceeded,
        exceptions.StorageFull,
        exceptions.TooManyUploads,
        exceptions.StoreUnavailable,
        aws_exceptions.S3Unavailable,
    ),
    openapi_extra=_FORM,
)
async def create_media(
    upload: ReceivedUpload, caller: Writer, session: auth_dependencies.CreateDep
) -> schemas.MediaRead:
    """Takes a picture, a film or a sound, and prepares it for others: look again until it is `ready`.

    What is hung on nothing within a day is deleted.
    """
    return utils.media_read(await service.take_in(session, caller=caller, upload=upload))


@router.get(
    "",
    summary="List one's items that hang on nothing",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor),
)
async def list_media(session: ReadDep, caller: Lister, paging: PagingDep) -> Page[schemas.MediaRead]:
    """The caller's uploads that have not been used yet, the newest first."""
    found = await service.page(session, caller=caller, paging=paging)
    return paging.page(found, [utils.media_read(row.MediaItem) for row in found.rows])


@router.get(
    "/{media_id}",
    summary="Look at an item",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.MediaNotFound),
)
async def read_media(item: ReadableItem) -> schemas.MediaRead:
    """One's own, or one that hangs on something that the caller may see."""
    return utils.media_read(item)


@router.patch(
    "/{media_id}",
    summary="Describe an item",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.MediaNotFound),
)
async def change_media(item: OwnedItem, data: schemas.MediaUpdate, session: WriteDep) -> schemas.MediaRead:
    """Changes the alternative text or the focus, also of what is in use."""
    return utils.media_read(await service.change(session, media_id=item.id, data=data))


@router.delete(
    "/{media_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete an item",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.MediaNotFound, exceptions.MediaAttached),
)
async def delete_media(item: OwnedItem, session: WriteDep) -> None:
    """Deletes an item that hangs on nothing, with its files."""
    await service.delete(session, media_id=item.id)
