"""What reactions put into inboxes: likes and reposts, as long as they stand.

A handler looks at how things are now: whatever comes late or twice ends alike.
"""

from sqlalchemy import select

from src.database import WriteSession
from src.notifications import kinds as notifications_kinds
from src.notifications import service as notifications_service
from src.posts import events as posts_events
from src.reactions import events, models
from src.reactions.constants import LIKE, NOTIFICATION_KINDS, REPOST


async def settle_like(session: WriteSession, event: events.PostLiked | events.PostUnliked) -> None:
    """After: the author is told of a like that stands, and not of one that was taken back."""
    await _settle(session, models.Like, LIKE, event)


async def settle_repost(session: WriteSession, event: events.PostReposted | events.PostUnreposted) -> None:
    """After: the author is told of a repost that stands, and not of one that was taken back."""
    await _settle(session, models.Repost, REPOST, event)


async def take_back(session: WriteSession, event: posts_events.PostDeleted) -> None:
    """After: nobody is told of what was done to a post that is gone."""
    await notifications_service.withdraw_about(session, NOTIFICATION_KINDS, event.post_id)


async def _settle(
    session: WriteSession,
    model: type[models.Reaction],
    kind: notifications_kinds.Kind,
    event: events.PostLiked | events.PostUnliked | events.PostReposted | events.PostUnreposted,
) -> None:
    notice = notifications_service.Notice(
        event.author_id,
        kind,
        f"{kind.name}:{event.post_id}:{event.actor_id}",
        actor_id=event.actor_id,
        subject_id=event.post_id,
    )
    standing = select(model.id).where(model.account_id == event.actor_id, model.post_id == event.post_id)
    if await session.scalar(standing) is None:
        await notifications_service.withdraw(session, [(notice.account_id, notice.key)])
    else:
        notifications_service.notify(session, [notice])
