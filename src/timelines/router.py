"""The endpoints of timelines. Answers are bytes that were put together by hand: `rendering`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from src import markup
from src.database import Database, DatabaseDep
from src.exceptions import InvalidInput, NotAuthenticated, NotPermitted, problems
from src.pagination import InvalidCursor, Page, Paging, PagingDep, Slice
from src.timelines import candidates, exceptions, popular, schemas, service
from src.timelines.constants import Window
from src.timelines.dependencies import Hashtag, HomeReader, Reader, Subject
from src.timelines.reads import Row
from src.timelines.rendering import Rendered, RenderedDep
from src.users import exceptions as users_exceptions

router = APIRouter(tags=["timelines"])
_ITEMS = Page[schemas.TimelineItem]
_ERRORS = (NotAuthenticated, NotPermitted, InvalidInput, InvalidCursor)


async def _answer(database: Database, memory: Rendered, paging: Paging, found: Slice[Row]) -> Response:
    body = await service.render(database, memory, found)
    link = paging.link_header(found)
    return Response(body, media_type="application/json", headers={"Link": link} if link else None)


@router.get("/home", summary="The caller's home", response_model=_ITEMS, responses=problems(*_ERRORS))
async def home_timeline(database: DatabaseDep, memory: RenderedDep, caller: HomeReader, paging: PagingDep) -> Response:
    """Own and followees' posts and reposts, the newest first."""
    return await _answer(database, memory, paging, await service.home(database, caller=caller, paging=paging))


@router.get(
    "/home/popular",
    summary="The caller's home by popularity",
    response_model=_ITEMS,
    responses=problems(*_ERRORS, exceptions.ListExpired),
)
async def popular_timeline(
    database: DatabaseDep,
    memory: RenderedDep,
    caller: HomeReader,
    paging: PagingDep,
    window: Annotated[Window, Query(description="How far back the posts reach.")] = Window.WEEK,
) -> Response:
    """Own and followees' posts of a window, the most liked first; the list stands still for ten minutes."""
    found = await popular.home(database, caller=caller, window=window, paging=paging)
    return await _answer(database, memory, paging, found)


@router.get("/public", summary="Everybody's public posts", response_model=_ITEMS, responses=problems(*_ERRORS))
async def public_timeline(database: DatabaseDep, memory: RenderedDep, caller: Reader, paging: PagingDep) -> Response:
    """Public posts without replies, the newest first."""
    found = await service.timeline(database, candidates.public, caller=caller, paging=paging)
    return await _answer(database, memory, paging, found)


@router.get("/hashtags/{hashtag}", summary="Posts with a hashtag", response_model=_ITEMS, responses=problems(*_ERRORS))
async def hashtag_timeline(
    database: DatabaseDep, memory: RenderedDep, caller: Reader, paging: PagingDep, hashtag: Hashtag
) -> Response:
    """Posts that carry the hashtag, in any spelling, the newest first."""
    found = await service.timeline(
        database, candidates.hashtag, caller=caller, paging=paging, hashtag=markup.hashtag_key(hashtag)
    )
    return await _answer(database, memory, paging, found)


@router.get("/likes", summary="What the caller likes", response_model=_ITEMS, responses=problems(*_ERRORS))
async def likes_timeline(database: DatabaseDep, memory: RenderedDep, caller: HomeReader, paging: PagingDep) -> Response:
    """In the order of liking, the last first."""
    found = await service.timeline(database, candidates.likes, caller=caller, paging=paging)
    return await _answer(database, memory, paging, found)


@router.get("/bookmarks", summary="What the caller keeps", response_model=_ITEMS, responses=problems(*_ERRORS))
async def bookmarks_timeline(
    database: DatabaseDep, memory: RenderedDep, caller: HomeReader, paging: PagingDep
) -> Response:
    """In the order of keeping, the last first."""
    found = await service.timeline(database, candidates.bookmarks, caller=caller, paging=paging)
    return await _answer(database, memory, paging, found)


@router.get(
    "/users/{username}",
    summary="What a person wrote and reposted",
    response_model=_ITEMS,
    responses=problems(*_ERRORS, users_exceptions.UserNotFound),
)
async def profile_timeline(
    database: DatabaseDep, memory: RenderedDep, caller: Reader, paging: PagingDep, subject: Subject
) -> Response:
    """As far as the caller may see it, the newest first."""
    found = await service.timeline(database, candidates.profile, caller=caller, paging=paging, subject=subject)
    return await _answer(database, memory, paging, found)


@router.get(
    "/users/{username}/pins",
    summary="What a person pinned",
    response_model=_ITEMS,
    responses=problems(*_ERRORS, users_exceptions.UserNotFound),
)
async def pins_timeline(
    database: DatabaseDep, memory: RenderedDep, caller: Reader, paging: PagingDep, subject: Subject
) -> Response:
    """The posts at the top of the profile, the last pinned first."""
    found = await service.timeline(database, candidates.pins, caller=caller, paging=paging, subject=subject)
    return await _answer(database, memory, paging, found)
