"""What can be done to posts by their readers. Doing it twice is doing it once."""

from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.posts import counters as posts_counters
from src.posts import exceptions as posts_exceptions
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.posts import service as posts_service
from src.reactions import events as reactions_events
from src.reactions import exceptions, models, queries, schemas
from src.reactions.constants import MAX_PINS
from src.users import models as users_models
from src.users import visibility


async def find_reacted(
    session: ReadSession, kind: type[models.Reaction], *, caller: auth_callers.Caller, post_id: int
) -> posts_models.Post | None:
    """A post that the caller may see, or to which they have done this while they saw it: what is theirs they end."""
    post = posts_models.Post
    reachable = or_(posts_queries.visible_to(caller.account_id), queries.reacted(kind, caller.account_id))
    return (await session.execute(select(post).where(post.id == post_id, reachable))).scalar_one_or_none()


async def like(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller likes the post."""
    if await _add(session, models.Like, caller, post) is not None:
        liked = reactions_events.PostLiked(actor_id=caller.account_id, post_id=post.id, author_id=post.author_id)
        events.publish(session, liked)


async def unlike(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller likes it no more."""
    if await _remove(session, models.Like, caller, post) is not None:
        unliked = reactions_events.PostUnliked(actor_id=caller.account_id, post_id=post.id, author_id=post.author_id)
        events.publish(session, unliked)


async def repost(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller carries the post on to their followers.

    Raises:
        RepostNotPermitted: it is not public, or its author's profile is private and the caller somebody else.
    """
    if not await posts_service.may_be_carried_on(session, caller=caller, post=post):
        raise exceptions.RepostNotPermitted
    # As with a new post: who begins to follow the caller now waits, and finds the repost among the earlier ones.
    own = select(users_models.Profile.account_id).where(users_models.Profile.account_id == caller.account_id)
    await session.execute(own.with_for_update(read=True))
    repost_id = await _add(session, models.Repost, caller, post)
    if repost_id is not None:
        reposted = reactions_events.PostReposted(
            actor_id=caller.account_id, repost_id=repost_id, post_id=post.id, author_id=post.author_id
        )
        events.publish(session, reposted)


async def unrepost(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller takes their repost back."""
    repost_id = await _remove(session, models.Repost, caller, post)
    if repost_id is not None:
        unreposted = reactions_events.PostUnreposted(
            actor_id=caller.account_id, repost_id=repost_id, post_id=post.id, author_id=post.author_id
        )
        events.publish(session, unreposted)


async def bookmark(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller keeps the post for later."""
    await _add(session, models.Bookmark, caller, post)


async def unbookmark(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller keeps it no more."""
    await _remove(session, models.Bookmark, caller, post)


async def pin(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller shows an own post at the top of their profile.

    Raises:
        PinNotYours: the post is somebody else's.
        TooManyPins: there is no room left.
    """
    if post.author_id != caller.account_id:
        raise exceptions.PinNotYours
    # One pin of a person at a time, so that the count below is still true when this one is there.
    account = auth_models.Account
    await session.execute(select(account.id).where(account.id == caller.account_id).with_for_update(key_share=True))
    if await _add(session, models.Pin, caller, post) is None:
        return
    pins = select(func.count()).select_from(models.Pin).where(models.Pin.account_id == caller.account_id)
    if (await session.scalar(pins) or 0) > MAX_PINS:
        raise exceptions.TooManyPins


async def unpin(session: WriteSession, *, caller: auth_callers.Caller, post: posts_models.Post) -> None:
    """The caller takes the post down from the top."""
    await _remove(session, models.Pin, caller, post)


async def state(session: ReadSession, *, caller: auth_callers.Caller, post_id: int) -> schemas.ReactionState:
    """What the caller has done to this post, and how many have.

    Raises:
        PostNotFound: it was deleted in this moment.
    """
    post = posts_models.Post
    statement = select(
        post.id.label("post_id"),
        queries.reacted(models.Like, caller.account_id).label("liked"),
        queries.reacted(models.Repost, caller.account_id).label("reposted"),
        queries.reacted(models.Bookmark, caller.account_id).label("bookmarked"),
        queries.reacted(models.Pin, caller.account_id).label("pinned"),
        post.likes_count,
        post.reposts_count,
    ).where(post.id == post_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise posts_exceptions.PostNotFound
    return schemas.ReactionState.model_validate(row)


async def people(
    session: ReadSession, kind: type[models.Reaction], *, caller: auth_callers.Caller, post_id: int, paging: Paging
) -> Slice[Any]:
    """Who has done this to the post, as far as the caller may see them, the newest first."""
    account, profile = auth_models.Account, users_models.Profile
    statement = (
        select(account.username, profile)
        .select_from(kind)
        .join(account, account.id == kind.account_id)
        .join(profile, profile.account_id == kind.account_id)
        .where(kind.post_id == post_id, visibility.account_visible_to(caller.account_id, kind.account_id))
    )
    return await paginate(session, statement, key=kind.id, paging=paging)


async def _add(
    session: WriteSession, kind: type[models.Reaction], caller: auth_callers.Caller, post: posts_models.Post
) -> int | None:
    """The new row's id; None if the caller had done it before.

    Raises:
        PostNotFound: it was deleted in this moment.
    """
    row = {"id": id_at(clock.now()), "account_id": caller.account_id, "post_id": post.id}
    statement = insert(kind).values(row).on_conflict_do_nothing().returning(kind.id)
    try:
        added = (await session.execute(statement)).scalar_one_or_none()
    except IntegrityError as error:
        raise posts_exceptions.PostNotFound from error
    if added is not None and kind.counter is not None:
        await posts_counters.count(session, post.id, **{kind.counter: 1})
    return added


async def _remove(
    session: WriteSession, kind: type[models.Reaction], caller: auth_callers.Caller, post: posts_models.Post
) -> int | None:
    """The removed row's id; None if there was none."""
    # The post first, as whoever deletes it does.
    await session.execute(
        select(posts_models.Post.id).where(posts_models.Post.id == post.id).with_for_update(key_share=True)
    )
    statement = delete(kind).where(kind.account_id == caller.account_id, kind.post_id == post.id).returning(kind.id)
    removed = (await session.execute(statement)).scalar_one_or_none()
    if removed is not None and kind.counter is not None:
        await posts_counters.count(session, post.id, **{kind.counter: -1})
    return removed
