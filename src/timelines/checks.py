"""Looks of `hearth doctor` at what timelines derive: entries must equal their source."""

from collections.abc import Sequence

from sqlalchemy import and_, func, select

from src.database import ReadSession
from src.posts import models as posts_models
from src.posts.constants import Visibility
from src.timelines import models
from src.users import models as users_models

_SHOWN = 20


async def entries(session: ReadSession) -> Sequence[str]:
    """Posts of followees that are missing from a home above its horizon; `--rebuild-timelines` mends it.

    Events that still wait to be handled show here too.
    """
    post, follow, entry, horizon = posts_models.Post, users_models.Follow, models.Entry, models.Horizon
    missing = (
        select(follow.follower_id, post.id)
        .join(post, post.author_id == follow.followee_id)
        .outerjoin(horizon, horizon.account_id == follow.follower_id)
        .outerjoin(entry, and_(entry.account_id == follow.follower_id, entry.entry_id == post.id))
        .outerjoin(models.PulledAuthor, models.PulledAuthor.account_id == post.author_id)
        .where(
            follow.accepted,
            post.visibility.not_in((Visibility.MENTIONED, Visibility.GROUP)),
            post.id > func.coalesce(horizon.entry_id, 0),
            entry.entry_id.is_(None),
            models.PulledAuthor.account_id.is_(None),
        )
        .limit(_SHOWN)
    )
    rows = (await session.execute(missing)).all()
    return [f"the home of account {account_id} lacks post {post_id}" for account_id, post_id in rows]
