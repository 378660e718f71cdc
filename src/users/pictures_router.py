"""Endpoints of the pictures that people show, and of those that are drawn for whoever shows none."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from src.auth import dependencies as auth_dependencies
from src.database import WriteDep
from src.exceptions import InvalidInput, problems
from src.media import exceptions as media_exceptions
from src.schemas import Id
from src.users import generated, schemas, service_pictures, utils
from src.users.constants import Place
from src.users.dependencies import Reader, Writer
from src.users.exceptions import PictureUnfit

router = APIRouter(tags=["users"])
drawn_router = APIRouter(tags=["users"])

PlacePath = Annotated[Place, Path(description="Where it is shown.")]
_SVG: Final = "image/svg+xml"
_HEADERS: Final = {
    # It is never drawn otherwise.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@router.put(
    "/me/pictures/{place}",
    summary="Show a picture of oneself",
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        PictureUnfit,
        media_exceptions.MediaUnknown,
        media_exceptions.MediaTaken,
        media_exceptions.MediaFailed,
    ),
)
async def show(
    caller: Writer, place: PlacePath, data: schemas.PictureUpdate, session: WriteDep
) -> schemas.OwnProfileRead:
    """Shows an upload on one's profile and beside all that one writes; the picture before it is deleted.

    To change the crop, name the same item again.
    """
    return utils.own_profile_read(await service_pictures.show(session, caller=caller, place=place, data=data))


@router.delete(
    "/me/pictures/{place}",
    summary="Show no picture of oneself",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput),
)
async def hide(caller: Writer, place: PlacePath, session: WriteDep) -> schemas.OwnProfileRead:
    """Deletes one's picture; a generated one takes its place."""
    return utils.own_profile_read(await service_pictures.hide(session, caller=caller, place=place))


@drawn_router.get(
    "/{place}/{account_id}",
    summary="Get a generated picture",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": {_SVG: {"schema": {"type": "string", "format": "binary"}}}},
        **problems(*auth_dependencies.GUARDED, InvalidInput),
    },
)
async def draw(
    _caller: Reader, place: PlacePath, account_id: Annotated[Id, Path(description="The account's id.")]
) -> Response:
    """Drawn of the number alone, whether there is such an account or not."""
    return Response(generated.draw(place, account_id), media_type=_SVG, headers=_HEADERS)
