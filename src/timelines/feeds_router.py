"""The endpoints of feeds: one person's public posts, for feed readers, which ask again and again."""

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from src import addresses, conditions
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep
from src.exceptions import InvalidInput, problems
from src.timelines import feeds, service_feeds
from src.timelines.dependencies import Reader
from src.users import dependencies as users_dependencies
from src.users import exceptions as users_exceptions

router = APIRouter(tags=["feeds"])

_RSS, _ATOM, _JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"


async def public_feed(request: Request, user: users_dependencies.ValidUser, session: ReadDep) -> feeds.Feed:
    """The feed of the person whom the path names.

    Raises:
        UserNotFound: nobody has the name, or they are suspended or private.
    """
    base = addresses.own_address(request)
    return await service_feeds.feed(session, person=user, base=base, url=base + request.scope["path"])


PublicFeed = Annotated[feeds.Feed, Depends(public_feed)]


def _documented(media_type: str, schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    listed = problems(*auth_dependencies.GUARDED, InvalidInput, users_exceptions.UserNotFound)
    content = {"content": {media_type: {"schema": schema}}}
    return {
        HTTPStatus.OK.value: {"description": "The feed.", **content},
        HTTPStatus.NOT_MODIFIED.value: {"description": "It is the one that the client has."},
        **listed,
    }


@router.get(
    "/{username}/feed.rss",
    summary="A person's public posts as RSS",
    response_class=Response,
    responses=_documented(_RSS, {"type": "string"}),
)
async def rss_feed(request: Request, _caller: Reader, feed: PublicFeed) -> Response:
    """The newest public posts; with `If-None-Match`, only if there is something new."""
    return _answer(request, feed, feeds.as_rss, _RSS)


@router.get(
    "/{username}/feed.atom",
    summary="A person's public posts as Atom",
    response_class=Response,
    responses=_documented(_ATOM, {"type": "string"}),
)
async def atom_feed(request: Request, _caller: Reader, feed: PublicFeed) -> Response:
    """The newest public posts; with `If-None-Match`, only if there is something new."""
    return _answer(request, feed, feeds.as_atom, _ATOM)


@router.get(
    "/{username}/feed.json",
    summary="A person's public posts as JSON Feed",
    response_class=Response,
    responses=_documented(_JSON, {"type": "object"}),
)
async def json_feed(request: Request, _caller: Reader, feed: PublicFeed) -> Response:
    """The newest public posts; with `If-None-Match`, only if there is something new."""
    return _answer(request, feed, feeds.as_json, _JSON)


def _answer(request: Request, feed: feeds.Feed, write: Callable[[feeds.Feed], bytes], media_type: str) -> Response:
    body = write(feed)
    # No date beside it: none tells that an older post was deleted, or that a name or a text about oneself was changed.
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        # To be kept, and asked for anew each time.
        "Cache-Control": "no-cache",
    }
    if conditions.is_known(request.headers.get("If-None-Match"), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
