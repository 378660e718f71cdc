"""What timelines do when something happens: entries are written with the post itself, or right after it."""

from sqlalchemy import select

from src import clock
from src.database import WriteSession
from src.events import event as events
from src.posts import events as posts_events
from src.posts.constants import Visibility
from src.reactions import events as reactions_events
from src.realtime import personal as realtime_personal
from src.timelines import events as timelines_events
from src.timelines import fan_out
from src.timelines.constants import FOLLOWERS_PULLED, POST_ARRIVED
from src.users import events as users_events
from src.users import models as users_models
from src.users import visibility as users_visibility


async def show(session: WriteSession, event: posts_events.PostPublished) -> None:
    """Within: the post is in the homes of up to 2,000 followers when it is acknowledged; one for a group is in none."""
    if event.visibility == Visibility.GROUP:
        return
    only = event.mentioned_ids if event.visibility == Visibility.MENTIONED else None
    await _spread(session, fan_out.Spread(event.post_id, event.post_id, event.author_id, only))


async def show_to_newly_mentioned(session: WriteSession, event: posts_events.PostEdited) -> None:
    """Within: a post for the mentioned comes into the homes of those whom an edit names."""
    if event.visibility == Visibility.MENTIONED and event.newly_mentioned_ids:
        spread = fan_out.Spread(event.post_id, event.post_id, event.author_id, event.newly_mentioned_ids)
        await _spread(session, spread)


async def show_readdressed(session: WriteSession, event: posts_events.PostReaddressed) -> None:
    """Within: a post whose group is over comes to its place in the homes of its author and whom it names."""
    await _spread(session, fan_out.Spread(event.post_id, event.post_id, event.author_id, event.mentioned_ids))


async def carry(session: WriteSession, event: reactions_events.PostReposted) -> None:
    """Within: the repost is in the homes of up to 2,000 followers."""
    await _spread(session, fan_out.Spread(event.repost_id, event.post_id, event.actor_id))


async def _spread(session: WriteSession, spread: fan_out.Spread) -> None:
    if await fan_out.spread_within(session, spread):
        return
    delayed = timelines_events.SpreadDelayed(
        actor_id=spread.source_id,
        entry_id=spread.entry_id,
        post_id=spread.post_id,
        source_id=spread.source_id,
        only=spread.only,
    )
    events.publish(session, delayed)


async def tell(session: WriteSession, event: posts_events.PostPublished) -> None:
    """After: who has the post in their home hears of it in their own stream, while they read that now and then.

    Of authors whose posts are merged into homes at reading nobody hears so: that would be a row for each of very many.
    """
    if event.visibility == Visibility.GROUP:
        return
    author, follow = event.author_id, users_models.Follow
    followers = select(users_models.Profile.followers_count).where(users_models.Profile.account_id == author)
    if (await session.scalar(followers) or 0) > FOLLOWERS_PULLED:
        return
    readers = select(follow.follower_id).where(follow.followee_id == author, follow.accepted)
    readers = readers.where(~users_visibility.muted(follow.follower_id, author, clock.now()))
    if event.visibility == Visibility.MENTIONED:
        readers = readers.where(follow.follower_id.in_(event.mentioned_ids))
    payload = {"id": str(event.post_id), "author_id": str(author)}
    await realtime_personal.append_to(session, POST_ARRIVED, readers, payload)


async def spread_on(session: WriteSession, event: timelines_events.SpreadDelayed) -> None:
    """After: the homes of more followers than that."""
    await fan_out.spread_after(session, fan_out.Spread(event.entry_id, event.post_id, event.source_id, event.only))


async def take_back(session: WriteSession, event: reactions_events.PostUnreposted) -> None:
    """Within: a withdrawn repost leaves the homes."""
    await fan_out.withdraw(session, entry_id=event.repost_id, source_id=event.actor_id)


async def catch_up(session: WriteSession, event: users_events.AccountFollowed) -> None:
    """Within: what the new followee wrote before is in the follower's home."""
    await fan_out.catch_up(session, account_ids=[event.follower_id], followee_id=event.followee_id)


async def catch_up_together(session: WriteSession, event: users_events.FollowersAccepted) -> None:
    """After: the same for many at once; until then their homes lack what was written before."""
    await fan_out.catch_up(session, account_ids=event.follower_ids, followee_id=event.followee_id)
