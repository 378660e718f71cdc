"""Finding hashtags by their beginning."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, literal_column, select

from src import markup
from src.database import ReadSession
from src.posts import models, queries
from src.posts.constants import HASHTAG_USES_LOOKED_THROUGH

Tag = models.PostHashtag
Post = models.Post


async def find(session: ReadSession, *, viewer_id: int, prefix: str, limit: int) -> Sequence[Row[Any]]:
    """Hashtags that begin so and that the viewer can see somewhere, with their last post; the last used first.

    The newest uses of all hashtags are looked through first, and only if that is not enough, all that begin so.
    """
    key = markup.hashtag_key(prefix)
    if not key:
        return []
    newest = select(Tag).order_by(Tag.post_id.desc()).limit(literal_column(str(HASHTAG_USES_LOOKED_THROUGH))).subquery()
    recent = (await session.execute(_last_used(newest.c.hashtag, newest.c.post_id, key, viewer_id, limit))).all()
    if len(recent) == limit:
        return recent
    return (await session.execute(_last_used(Tag.hashtag, Tag.post_id, key, viewer_id, limit))).all()


def _last_used(hashtag: Any, post_id: Any, key: str, viewer_id: int, limit: int) -> Select[*tuple[Any, ...]]:
    last = func.max(post_id).label("post_id")
    return (
        select(hashtag.label("hashtag"), last)
        .join(Post, Post.id == post_id)
        .where(hashtag.startswith(key, autoescape=True), queries.visible_to(viewer_id))
        .group_by(hashtag)
        .order_by(last.desc(), hashtag)
        .limit(limit)
    )
