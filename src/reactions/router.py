"""The endpoints of reactions. All answers of doing say how things stand afterwards."""

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep
from src.posts import dependencies as posts_dependencies
from src.posts import exceptions as posts_exceptions
from src.reactions import exceptions, models, schemas, service
from src.reactions.dependencies import BookmarkedPost, LikedPost, Reader, RepostedPost, Writer
from src.users import schemas as users_schemas
from src.users import utils as users_utils

router = APIRouter(tags=["reactions"])
_ERRORS = (*auth_dependencies.GUARDED, InvalidInput, posts_exceptions.PostNotFound)


@router.get(
    "/{post_id}/reactions",
    summary="What the caller has done to a post",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, posts_exceptions.PostNotFound),
)
async def read_reactions(
    found: posts_dependencies.ValidPost, session: ReadDep, caller: Reader
) -> schemas.ReactionState:
    """Whether the caller likes, has reposted, bookmarked or pinned it, and the public counts."""
    return await service.state(session, caller=caller, post_id=found.post.id)


@router.post("/{post_id}/like", summary="Like a post", responses=problems(*_ERRORS))
async def like_post(caller: Writer, found: posts_dependencies.ValidPost, session: WriteDep) -> schemas.ReactionState:
    """The caller likes the post; once more changes nothing."""
    await service.like(session, caller=caller, post=found.post)
    return await service.state(session, caller=caller, post_id=found.post.id)


@router.delete("/{post_id}/like", summary="Take a like back", responses=problems(*_ERRORS))
async def unlike_post(caller: Writer, post: LikedPost, session: WriteDep) -> schemas.ReactionState:
    """The caller likes it no more; one's own like can be taken back from a post that one no longer sees, too."""
    await service.unlike(session, caller=caller, post=post)
    return await service.state(session, caller=caller, post_id=post.id)


@router.post("/{post_id}/repost", summary="Repost a post", responses=problems(*_ERRORS, exceptions.RepostNotPermitted))
async def repost_post(caller: Writer, found: posts_dependencies.ValidPost, session: WriteDep) -> schemas.ReactionState:
    """Carries a public post on to the caller's followers."""
    await service.repost(session, caller=caller, post=found.post)
    return await service.state(session, caller=caller, post_id=found.post.id)


@router.delete("/{post_id}/repost", summary="Take a repost back", responses=problems(*_ERRORS))
async def unrepost_post(caller: Writer, post: RepostedPost, session: WriteDep) -> schemas.ReactionState:
    """The repost vanishes from every timeline; also where one no longer sees the post."""
    await service.unrepost(session, caller=caller, post=post)
    return await service.state(session, caller=caller, post_id=post.id)


@router.post("/{post_id}/bookmark", summary="Bookmark a post", responses=problems(*_ERRORS))
async def bookmark_post(
    caller: Writer, found: posts_dependencies.ValidPost, session: WriteDep
) -> schemas.ReactionState:
    """Keeps the post for later; nobody else can tell."""
    await service.bookmark(session, caller=caller, post=found.post)
    return await service.state(session, caller=caller, post_id=found.post.id)


@router.delete("/{post_id}/bookmark", summary="Remove a bookmark", responses=problems(*_ERRORS))
async def unbookmark_post(caller: Writer, post: BookmarkedPost, session: WriteDep) -> schemas.ReactionState:
    """The caller keeps it no more; also where one no longer sees the post."""
    await service.unbookmark(session, caller=caller, post=post)
    return await service.state(session, caller=caller, post_id=post.id)


@router.post(
    "/{post_id}/pin",
    summary="Pin an own post to one's profile",
    responses=problems(*_ERRORS, exceptions.PinNotYours, exceptions.TooManyPins),
)
async def pin_post(caller: Writer, found: posts_dependencies.ValidPost, session: WriteDep) -> schemas.ReactionState:
    """Shows it at the top of the caller's profile."""
    await service.pin(session, caller=caller, post=found.post)
    return await service.state(session, caller=caller, post_id=found.post.id)


@router.delete("/{post_id}/pin", summary="Unpin a post", responses=problems(*_ERRORS))
async def unpin_post(caller: Writer, found: posts_dependencies.ValidPost, session: WriteDep) -> schemas.ReactionState:
    """Takes it down from the top."""
    await service.unpin(session, caller=caller, post=found.post)
    return await service.state(session, caller=caller, post_id=found.post.id)


@router.get(
    "/{post_id}/likes",
    summary="Who likes a post",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor, posts_exceptions.PostNotFound),
)
async def list_likes(
    found: posts_dependencies.ValidPost, session: ReadDep, caller: Reader, paging: PagingDep
) -> Page[users_schemas.Author]:
    """The people whom the caller may see, the newest first."""
    people = await service.people(session, models.Like, caller=caller, post_id=found.post.id, paging=paging)
    return paging.page(people, [users_utils.author(row.Profile, row.username) for row in people.rows])


@router.get(
    "/{post_id}/reposts",
    summary="Who has reposted a post",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor, posts_exceptions.PostNotFound),
)
async def list_reposts(
    found: posts_dependencies.ValidPost, session: ReadDep, caller: Reader, paging: PagingDep
) -> Page[users_schemas.Author]:
    """The people whom the caller may see, the newest first."""
    people = await service.people(session, models.Repost, caller=caller, post_id=found.post.id, paging=paging)
    return paging.page(people, [users_utils.author(row.Profile, row.username) for row in people.rows])
