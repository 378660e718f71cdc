"""The endpoints of timelines. Answers are bytes that were put together by hand: `rendering`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from src import markup
from src.auth import dependencies as auth_dependencies
from src.exceptions import InvalidInput, problems
from src.groups import exceptions as groups_exceptions
from src.pagination import InvalidCursor, Page, Paging, PagingDep, Slice
from src.timelines import candidates, exceptions, popular, schemas, service
from src.timelines.constants import POPULAR, Window
from src.timelines.dependencies import Hashtag, HomeReader, OwnGroup, Reader, Reading, ReadingDep, Subject
from src.timelines.reads import Row
from src.users import exceptions as users_exceptions

router = APIRouter(tags=["timelines"])
_ITEMS = Page[schemas.TimelineItem]
_ERRORS = (*auth_dependencies.GUARDED, InvalidInput, InvalidCursor)


async def _answer(reading: Reading, caller: auth_dependencies.Caller, paging: Paging, found: Slice[Row]) -> Response:
    body = await service.render(reading.database, reading.memory, found, viewer=caller.account_id)
    link = paging.link_header(found)
    return Response(body, media_type="application/json", headers={"Link": link} if link else None)


@router.get("/home", summary="The caller's home", response_model=_ITEMS, responses=problems(*_ERRORS))
async def home_timeline(reading: ReadingDep, caller: HomeReader, paging: PagingDep) -> Response:
    """Own and followees' posts and reposts, the newest first."""
    return await _answer(reading, caller, paging, await service.home(reading.database, caller=caller, paging=paging))


@router.get(
    "/home/popular",
    summary="The caller's home by popularity",
    response_model=_ITEMS,
    responses=problems(*_ERRORS, exceptions.ListExpired),
    dependencies=[auth_dependencies.limited(POPULAR)],
)
async def popular_timeline(
    reading: ReadingDep,
    caller: HomeReader,
    paging: PagingDep,
    window: Annotated[Window, Query(description="How far back the posts reach.")] = Window.WEEK,
) -> Response:
    """Own and followees' posts of a window, the most liked first; the list stands still for ten minutes.

    Each person's newest 1,000 posts of the window compete, and of these the newest 10,000.
    """
    found = await popular.home(reading.database, caller=caller, window=window, paging=paging)
    return await _answer(reading, caller, paging, found)


@router.get("/public", summary="Everybody's public posts", response_model=_ITEMS, responses=problems(*_ERRORS))
async def public_timeline(reading: ReadingDep, caller: Reader, paging: PagingDep) -> Response:
    """Public posts without replies, the newest first."""
    found = await service.timeline(reading.database, candidates.public, caller=caller, paging=paging)
    return await _answer(reading, caller, paging, found)


@router.get("/hashtags/{hashtag}", summary="Posts with a hashtag", response_model=_ITEMS, responses=problems(*_ERRORS))
async def hashtag_timeline(reading: ReadingDep, caller: Reader, paging: PagingDep, hashtag: Hashtag) -> Response:
    """Posts that carry the hashtag, in any spelling, the newest first."""
    found = await service.timeline(
        reading.database, candidates.hashtag, caller=caller, paging=paging, hashtag=markup.hashtag_key(hashtag)
    )
    return await _answer(reading, caller, paging, found)


@router.get(
    "/groups/{group_id}",
    summary="Posts for a group",
    response_model=_ITEMS,
    responses=problems(*_ERRORS, groups_exceptions.GroupNotFound),
)
async def group_timeline(reading: ReadingDep, caller: HomeReader, paging: PagingDep, group_id: OwnGroup) -> Response:
    """What members have written for the group, such as a chat, the newest first; for who belongs to it."""
    found = await service.timeline(reading.database, candidates.group, caller=caller, paging=paging, subject=group_id)
    return await _answer(reading, caller, paging, found)


@router.get("/likes", summary="What the caller likes", response_model=_ITEMS, responses=problems(*_ERRORS))
async def likes_timeline(reading: ReadingDep, caller: HomeReader, paging: PagingDep) -> Response:
    """In the order of liking, the last first."""
    found = await service.timeline(reading.database, candidates.likes, caller=caller, paging=paging)
    return await _answer(reading, caller, paging, found)


@router.get("/bookmarks", summary="What the caller keeps", response_model=_ITEMS, responses=problems(*_ERRORS))
async def bookmarks_timeline(reading: ReadingDep, caller: HomeReader, paging: PagingDep) -> Response:
    """In the order of keeping, the last first."""
    found = await service.timeline(reading.database, candidates.bookmarks, caller=caller, paging=paging)
    return await _answer(reading, caller, paging, found)


@router.get(
    "/users/{username}",
    summary="What a person wrote and reposted",
    response_model=_ITEMS,
    responses=problems(*_ERRORS, users_exceptions.UserNotFound),
)
async def profile_timeline(reading: ReadingDep, caller: Reader, paging: PagingDep, subject: Subject) -> Response:
    """As far as the caller may see it, the newest first."""
    found = await service.timeline(reading.database, candidates.profile, caller=caller, paging=paging, subject=subject)
    return await _answer(reading, caller, paging, found)


@router.get(
    "/users/{username}/pins",
    summary="What a person pinned",
    response_model=_ITEMS,
    responses=problems(*_ERRORS, users_exceptions.UserNotFound),
)
async def pins_timeline(reading: ReadingDep, caller: Reader, paging: PagingDep, subject: Subject) -> Response:
    """The posts at the top of the profile, the last pinned first."""
    found = await service.timeline(reading.database, candidates.pins, caller=caller, paging=paging, subject=subject)
    return await _answer(reading, caller, paging, found)
