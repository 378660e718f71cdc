"""The endpoints of posts."""

from http import HTTPStatus

from fastapi import APIRouter

from src import idempotency
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.groups import dependencies as groups_dependencies
from src.groups import exceptions as groups_exceptions
from src.media import exceptions as media_exceptions
from src.pagination import InvalidCursor, Page, PagingDep
from src.polls import exceptions as polls_exceptions
from src.posts import exceptions, schemas, service, utils
from src.posts.dependencies import OwnedPost, Reader, RemovablePost, ValidPost, Writer

router = APIRouter(tags=["posts"], route_class=idempotency.Route)
_MEDIA = (media_exceptions.MediaUnknown, media_exceptions.MediaTaken, media_exceptions.MediaFailed)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Write a post",
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        exceptions.PostEmpty,
        exceptions.PostTooLong,
        exceptions.PostTooLarge,
        exceptions.NobodyMentioned,
        exceptions.ReplyTargetNotFound,
        exceptions.QuoteTargetNotFound,
        exceptions.QuoteNotPermitted,
        exceptions.GroupAndVisibilityDiffer,
        exceptions.ReplyLeavesGroup,
        groups_exceptions.GroupNotFound,
        groups_exceptions.RoleTooLow,
        *_MEDIA,
        exceptions.PollWithMedia,
        polls_exceptions.PollWordsUnfit,
    ),
)
async def create_post(
    data: schemas.PostCreate,
    caller: Writer,
    session: auth_dependencies.CreateDep,
    kinds: groups_dependencies.KindsDep,
) -> schemas.PostRead:
    """Publishes a post, a reply (`reply_to_id`) or a quote (`quote_of_id`); with media or with a poll.

    With the visibility `group` it is for the members of the group `group_id`, such as a chat, to which the caller has
    to belong: for whoever is one when it is read, and not in anybody's home.
    """
    return utils.post_read(await service.publish(session, caller=caller, data=data, kinds=kinds))


@router.get(
    "/{post_id}",
    summary="Read a post",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.PostNotFound),
)
async def read_post(found: ValidPost, session: ReadDep, caller: Reader) -> schemas.PostRead:
    """The post, if the caller may see it."""
    return utils.post_read(await service.with_poll(session, caller=caller, sight=found))


@router.patch(
    "/{post_id}",
    summary="Edit a post",
    responses=problems(
        *auth_dependencies.GUARDED,
        InvalidInput,
        exceptions.PostNotFound,
        exceptions.PostNotYours,
        exceptions.PostEmpty,
        exceptions.PostTooLong,
        exceptions.PostTooLarge,
        exceptions.NobodyMentioned,
        exceptions.PostChanged,
        *_MEDIA,
        exceptions.PollWithMedia,
    ),
)
async def edit_post(found: OwnedPost, data: schemas.PostUpdate, session: WriteDep, caller: Writer) -> schemas.PostRead:
    """Changes one's own post; the earlier version stays readable."""
    return utils.post_read(await service.edit(session, caller=caller, post_id=found.post.id, data=data))


@router.delete(
    "/{post_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a post",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.PostNotFound, exceptions.PostNotYours),
)
async def delete_post(found: RemovablePost, session: WriteDep, caller: Writer) -> None:
    """Deletes one's own post; a moderator may delete any, also what they may not read."""
    await service.delete(session, caller=caller, post_id=found.post.id)


@router.get(
    "/{post_id}/edits",
    summary="Earlier versions of a post",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor, exceptions.PostNotFound),
)
async def list_post_edits(
    found: ValidPost, session: ReadDep, caller: Reader, paging: PagingDep
) -> Page[schemas.PostEditRead]:
    """What the post said before each edit, the newest first."""
    found_edits = await service.edits(session, caller=caller, post=found.post, paging=paging)
    return paging.page(found_edits, [schemas.PostEditRead.model_validate(row.PostEdit) for row in found_edits.rows])
