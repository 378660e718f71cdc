"""News about people. They stand below this package, so it listens to their events itself.

A handler looks at how things are now and makes the inboxes say that: whatever comes late or twice ends alike.
"""

from sqlalchemy import select

from src.database import WriteSession
from src.notifications import service
from src.notifications.constants import FOLLOW, FOLLOW_ACCEPTED, FOLLOW_REQUEST
from src.users import events as users_events
from src.users import models as users_models

Follow = users_models.Follow
FollowEvent = (
    users_events.AccountFollowed
    | users_events.AccountUnfollowed
    | users_events.FollowRequested
    | users_events.FollowRequestEnded
)


async def followed(session: WriteSession, event: users_events.AccountFollowed) -> None:
    """After: a new follower is news to whom they follow; having been accepted is news to the follower."""
    if await _settled(session, event) is not True:
        return
    follower, followee = event.follower_id, event.followee_id
    if event.actor_id == follower:
        notice = service.Notice(followee, FOLLOW, _follow_key(follower), actor_id=follower)
    else:
        notice = service.Notice(follower, FOLLOW_ACCEPTED, _accepted_key(followee), actor_id=followee)
    service.notify(session, [notice])


async def requested(session: WriteSession, event: users_events.FollowRequested) -> None:
    """After: somebody waits to be accepted."""
    if await _settled(session, event) is False:
        follower = event.follower_id
        notice = service.Notice(event.followee_id, FOLLOW_REQUEST, _request_key(follower), actor_id=follower)
        service.notify(session, [notice])


async def ended(session: WriteSession, event: users_events.AccountUnfollowed | users_events.FollowRequestEnded) -> None:
    """After: what has ended is no news any more."""
    await _settled(session, event)


async def blocked(session: WriteSession, event: users_events.AccountBlocked) -> None:
    """After: nothing of the one is left in the other's inbox."""
    await service.withdraw_between(session, event.blocker_id, event.blocked_id)


async def _settled(session: WriteSession, event: FollowEvent) -> bool | None:
    """Takes out what is not true of the two any more; whether one is accepted as a follower, None for no relation."""
    follower, followee = event.follower_id, event.followee_id
    pair = select(Follow.accepted).where(Follow.follower_id == follower, Follow.followee_id == followee)
    accepted = await session.scalar(pair)
    over = [] if accepted is False else [(followee, _request_key(follower))]
    if accepted is not True:
        over += [(followee, _follow_key(follower)), (follower, _accepted_key(followee))]
    await service.withdraw(session, over)
    return accepted


def _follow_key(follower_id: int) -> str:
    return f"follow:{follower_id}"


def _request_key(follower_id: int) -> str:
    return f"follow_request:{follower_id}"


def _accepted_key(followee_id: int) -> str:
    return f"follow_accepted:{followee_id}"
