"""The endpoints that send files."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from src.auth import dependencies as auth_dependencies
from src.aws import exceptions as aws_exceptions
from src.exceptions import InvalidInput, problems
from src.media import exceptions, serving
from src.media.dependencies import ReadableFile, StoresDep
from src.media.formats import Format

router = APIRouter(tags=["media"])

_CONTENT: Final = {kind.content_type: {"schema": {"type": "string", "format": "binary"}} for kind in Format}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {"description": "The file.", "content": _CONTENT},
    HTTPStatus.NOT_MODIFIED.value: {"description": "The caller has it already."},
}
_PARTS: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.PARTIAL_CONTENT.value: {"description": "A part of the file.", "content": _CONTENT},
    HTTPStatus.TEMPORARY_REDIRECT.value: {"description": "The file is at another address for a while."},
}
_REFUSALS: Final = (*auth_dependencies.GUARDED, InvalidInput, exceptions.MediaNotFound)


@router.get(
    "/{media_id}/{variant}",
    summary="Get a file",
    response_class=Response,
    responses={
        **_ANSWERS,
        **_PARTS,
        **problems(
            *_REFUSALS, exceptions.RangeNotSatisfiable, exceptions.StoreUnavailable, aws_exceptions.S3Unavailable
        ),
    },
)
async def read_file(request: Request, found: ReadableFile, stores: StoresDep) -> Response:
    """The file itself, for whoever may see what it hangs on. Understands `Range`, `If-Range` and `If-None-Match`."""
    store = stores.of(found.file.store)
    return serving.answer(found.file, store, name=found.name, public=found.public, asked=request.headers)


@router.head(
    "/{media_id}/{variant}",
    summary="Ask about a file",
    response_class=Response,
    responses={**_ANSWERS, **problems(*_REFUSALS, exceptions.StoreUnavailable)},
)
async def read_file_headers(request: Request, found: ReadableFile, stores: StoresDep) -> Response:
    """The headers of the file's answer."""
    store = stores.of(found.file.store)
    return serving.answer(found.file, store, name=found.name, public=found.public, asked=request.headers, whole=True)
