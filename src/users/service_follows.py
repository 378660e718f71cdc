"""Who follows whom.

Two counters stand for each relation, one at either person, and both must be exact whatever happens at once. So every
change of a relation first locks the profiles of all whom it concerns, in the order of their ids: then nobody else
changes anything between these people, nothing has to be tried twice, and no two can wait for each other. Who does not
know yet whom it concerns (a profile that becomes public accepts all who have asked) keeps new requests away before
that by a lock of their own, of which each transaction holds one.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.users import events as users_events
from src.users import exceptions, models, queries, visibility

Follow = models.Follow
Profile = models.Profile

_REQUESTS = "users.follow_requests"
# Followers in one event: whoever listens does something for each of them within one transaction.
_ACCEPTED_AT_ONCE = 50


async def follow(
    session: WriteSession, *, caller: auth_callers.Caller, followee_id: int, since: datetime | None = None
) -> bool:
    """Follows a person, or asks to follow a private one; who does already is left alone. Whether it is new.

    `since` is its date if that is not now, for what is brought along.

    Raises:
        UserIsYou: nobody follows themselves.
        UserNotFound: the person has blocked the caller in the meantime, or is gone.
        UserIsBlocked: the caller has blocked the person.
    """
    follower_id = caller.account_id
    if follower_id == followee_id:
        raise exceptions.UserIsYou
    key = func.hashtextextended(_REQUESTS, followee_id)
    await session.execute(select(func.pg_advisory_xact_lock_shared(key)))
    private = (await lock_both(session, follower_id, followee_id))[followee_id]
    visible, blocking = (
        await session.execute(
            select(visibility.profile_visible_to(follower_id, followee_id), visibility.blocks(follower_id, followee_id))
        )
    ).one()
    if not visible:
        raise exceptions.UserNotFound
    if blocking:
        raise exceptions.UserIsBlocked
    values = {"id": id_at(since or clock.now()), "follower_id": follower_id, "followee_id": followee_id}
    statement = insert(Follow).values(**values, accepted=not private).on_conflict_do_nothing().returning(Follow.id)
    if (await session.execute(statement)).first() is None:
        return False
    if private:
        events.publish(
            session,
            users_events.FollowRequested(actor_id=follower_id, follower_id=follower_id, followee_id=followee_id),
        )
    else:
        await _begin(session, caller, follower_id=follower_id, followee_id=followee_id)
    return True


async def end(session: WriteSession, *, caller: auth_callers.Caller, follower_id: int, followee_id: int) -> bool:
    """Ends that one follows the other, or asks to; whether there was anything to end."""
    await lock(session, [follower_id, followee_id])
    return await _delete(session, caller, and_(Follow.follower_id == follower_id, Follow.followee_id == followee_id))


async def sever(session: WriteSession, *, caller: auth_callers.Caller, account_id: int) -> None:
    """Ends that the caller and a person follow each other, or ask to; their profiles are locked already."""
    mine = and_(Follow.follower_id == caller.account_id, Follow.followee_id == account_id)
    theirs = and_(Follow.follower_id == account_id, Follow.followee_id == caller.account_id)
    await _delete(session, caller, or_(mine, theirs))


async def accept(session: WriteSession, *, caller: auth_callers.Caller, follower_id: int) -> None:
    """Lets somebody follow the caller who has asked to; who follows already is left alone.

    Raises:
        FollowRequestNotFound: this person has not asked.
    """
    pair = and_(Follow.follower_id == follower_id, Follow.followee_id == caller.account_id)
    await lock(session, [follower_id, caller.account_id])
    accepted = (await session.execute(select(Follow.accepted).where(pair))).scalar_one_or_none()
    if accepted is None:
        raise exceptions.FollowRequestNotFound
    if not accepted:
        await session.execute(_without_looking(update(Follow).where(pair).values(accepted=True)))
        await _begin(session, caller, follower_id=follower_id, followee_id=caller.account_id)


async def reject(session: WriteSession, *, caller: auth_callers.Caller, follower_id: int) -> None:
    """Refuses somebody who has asked to follow the caller; nobody tells them.

    Raises:
        FollowRequestNotFound: this person has not asked, or follows already.
    """
    await lock(session, [follower_id, caller.account_id])
    waiting = and_(Follow.follower_id == follower_id, Follow.followee_id == caller.account_id, ~Follow.accepted)
    if not await _delete(session, caller, waiting):
        raise exceptions.FollowRequestNotFound


async def lock_with_requesters(session: WriteSession, *, account_id: int) -> None:
    """Locks a profile and those of all who ask to follow it, and lets nobody else ask until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_REQUESTS, account_id))))
    asking = select(Follow.follower_id).where(Follow.followee_id == account_id, ~Follow.accepted)
    await lock(session, [account_id, *(await session.execute(asking)).scalars()])


async def accept_all(session: WriteSession, *, caller: auth_callers.Caller) -> None:
    """Accepts all who have asked to follow the caller; after `lock_with_requesters`."""
    waiting = update(Follow).where(Follow.followee_id == caller.account_id, ~Follow.accepted).values(accepted=True)
    accepted = (await session.execute(_without_looking(waiting.returning(Follow.follower_id)))).scalars().all()
    if not accepted:
        return
    me = caller.account_id
    await count(session, followee_id=me, follower_ids=accepted, by=1)
    for start in range(0, len(accepted), _ACCEPTED_AT_ONCE):
        some = tuple(accepted[start : start + _ACCEPTED_AT_ONCE])
        events.publish(session, users_events.FollowersAccepted(actor_id=me, followee_id=me, follower_ids=some))


async def followers(session: ReadSession, *, viewer_id: int, account_id: int, paging: Paging) -> Slice[Any]:
    """Who follows a person, newest first, as far as the viewer may see them; rows are for `queries.person_of`."""
    statement = queries.people().join(Follow, Follow.follower_id == Profile.account_id)
    statement = statement.where(
        Follow.followee_id == account_id,
        Follow.accepted,
        visibility.account_visible_to(viewer_id, Follow.follower_id),
    )
    return await paginate(session, statement, key=Follow.id, paging=paging)


async def following(session: ReadSession, *, viewer_id: int, account_id: int, paging: Paging) -> Slice[Any]:
    """Whom a person follows, newest first, as far as the viewer may see them; rows are for `queries.person_of`."""
    statement = queries.people().join(Follow, Follow.followee_id == Profile.account_id)
    statement = statement.where(
        Follow.follower_id == account_id,
        Follow.accepted,
        visibility.account_visible_to(viewer_id, Follow.followee_id),
    )
    return await paginate(session, statement, key=Follow.id, paging=paging)


async def requests(session: ReadSession, *, caller: auth_callers.Caller, paging: Paging) -> Slice[Any]:
    """Who asks to follow the caller, newest first; rows are for `queries.person_of`."""
    statement = queries.people().join(Follow, Follow.follower_id == Profile.account_id)
    statement = statement.where(
        Follow.followee_id == caller.account_id,
        ~Follow.accepted,
        visibility.account_visible_to(caller.account_id, Follow.follower_id),
    )
    return await paginate(session, statement, key=Follow.id, paging=paging)


async def lock(session: WriteSession, account_ids: Iterable[int]) -> dict[int, bool]:
    """Locks the profiles of these people, in the order in which everybody does; whether each is private."""
    statement = (
        select(Profile.account_id, Profile.private)
        .where(queries.among(Profile.account_id, set(account_ids)))
        .order_by(Profile.account_id)
        .with_for_update(key_share=True)
    )
    return {row.account_id: row.private for row in await session.execute(statement)}


async def lock_both(session: WriteSession, one_id: int, other_id: int) -> dict[int, bool]:
    """Locks the profiles of two people who are to have something to do with each other; whether each is private.

    Raises:
        UserNotFound: one of them has been erased in the meantime; what came afterwards would be left over.
    """
    locked = await lock(session, [one_id, other_id])
    if not {one_id, other_id} <= locked.keys():
        raise exceptions.UserNotFound
    return locked


async def count(session: WriteSession, *, followee_id: int, follower_ids: Collection[int], by: int) -> None:
    """Moves the counters on both sides of relations to one person; their profiles are locked already.

    One that has drifted is found by the recount; it ends at zero and keeps nobody from leaving or blocking.
    """
    await session.execute(
        _without_looking(
            update(Profile)
            .where(Profile.account_id == followee_id)
            .values(followers_count=func.greatest(Profile.followers_count + by * len(follower_ids), 0))
        )
    )
    await session.execute(
        _without_looking(
            update(Profile)
            .where(queries.among(Profile.account_id, follower_ids))
            .values(following_count=func.greatest(Profile.following_count + by, 0))
        )
    )


async def _begin(session: WriteSession, caller: auth_callers.Caller, *, follower_id: int, followee_id: int) -> None:
    await count(session, followee_id=followee_id, follower_ids=[follower_id], by=1)
    followed = users_events.AccountFollowed(
        actor_id=caller.account_id, follower_id=follower_id, followee_id=followee_id
    )
    events.publish(session, followed)


async def _delete(session: WriteSession, caller: auth_callers.Caller, condition: Any) -> bool:
    statement = delete(Follow).where(condition).returning(Follow.follower_id, Follow.followee_id, Follow.accepted)
    ended = (await session.execute(_without_looking(statement))).all()
    for follower_id, followee_id, accepted in ended:
        if accepted:
            await count(session, followee_id=followee_id, follower_ids=[follower_id], by=-1)
        kind = users_events.AccountUnfollowed if accepted else users_events.FollowRequestEnded
        events.publish(session, kind(actor_id=caller.account_id, follower_id=follower_id, followee_id=followee_id))
    return bool(ended)


def _without_looking(statement: Any) -> Any:
    """The statement as it is: objects of the session are not compared with what it changes."""
    return statement.execution_options(synchronize_session=False)
