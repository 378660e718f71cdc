"""What timelines do when something happens: entries are written with the post itself, or right after it."""

from src.database import WriteSession
from src.posts import events as posts_events
from src.posts.constants import Visibility
from src.reactions import events as reactions_events
from src.timelines import fan_out
from src.users import events as users_events


async def show_to_few(session: WriteSession, event: posts_events.PostPublished) -> None:
    """Within: the post is in the homes of up to 2,000 followers when it is acknowledged."""
    await fan_out.spread_within(session, _post(event))


async def show_to_many(session: WriteSession, event: posts_events.PostPublished) -> None:
    """After: the homes of more followers than that."""
    await fan_out.spread_after(session, _post(event))


async def carry_to_few(session: WriteSession, event: reactions_events.PostReposted) -> None:
    """Within: the repost is in the homes of up to 2,000 followers."""
    await fan_out.spread_within(session, _repost(event))


async def carry_to_many(session: WriteSession, event: reactions_events.PostReposted) -> None:
    """After: the homes of more followers than that."""
    await fan_out.spread_after(session, _repost(event))


async def take_back(session: WriteSession, event: reactions_events.PostUnreposted) -> None:
    """Within: a withdrawn repost leaves the homes."""
    await fan_out.withdraw(session, entry_id=event.repost_id, source_id=event.actor_id)


async def catch_up(session: WriteSession, event: users_events.AccountFollowed) -> None:
    """Within: what the new followee wrote before is in the follower's home."""
    await fan_out.fill(session, account_id=event.follower_id, followee_id=event.followee_id)


def _post(event: posts_events.PostPublished) -> fan_out.Spread:
    """Only the mentioned get an entry where only they may see the post."""
    only = event.mentioned_ids if event.visibility == Visibility.MENTIONED else None
    return fan_out.Spread(entry_id=event.post_id, post_id=event.post_id, source_id=event.author_id, only=only)


def _repost(event: reactions_events.PostReposted) -> fan_out.Spread:
    return fan_out.Spread(entry_id=event.repost_id, post_id=event.post_id, source_id=event.actor_id)
