"""Looks of `hearth doctor` at what reactions derive: counters must equal a recount."""

from collections.abc import Sequence

from sqlalchemy import func, select

from src.database import ReadSession
from src.posts import models as posts_models
from src.reactions import models

_SHOWN = 20


async def counters(session: ReadSession) -> Sequence[str]:
    """Posts whose number of likes or reposts is not the number of rows."""
    return [*await _differences(session, models.Like), *await _differences(session, models.Repost)]


async def _differences(session: ReadSession, kind: type[models.Reaction]) -> list[str]:
    post = posts_models.Post
    kept = getattr(post, f"{kind.counter}_count")
    found = select(func.count()).select_from(kind).where(kind.post_id == post.id).correlate(post).scalar_subquery()
    wrong = select(post.id, kept, found).where(kept != found).limit(_SHOWN)
    rows = (await session.execute(wrong)).all()
    return [f"post {id_}: {counted} {kind.counter} kept, {real} found" for id_, counted, real in rows]
