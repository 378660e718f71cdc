"""Whose posts: what one account's export holds, and how its posts are erased."""

from sqlalchemy import delete, select

from src.database import ReadSession, WriteSession
from src.posts import models


async def export(session: ReadSession, account_id: int) -> dict[str, list[dict[str, object]]]:
    """The account's posts with their earlier versions, as plain rows by table."""
    posts = select(*models.Post.__table__.columns).where(models.Post.author_id == account_id).order_by(models.Post.id)
    edits = (
        select(*models.PostEdit.__table__.columns)
        .join(models.Post, models.Post.id == models.PostEdit.post_id)
        .where(models.Post.author_id == account_id)
        .order_by(models.PostEdit.id)
    )
    return {
        "posts": [dict(row) for row in (await session.execute(posts)).mappings()],
        "post_edits": [dict(row) for row in (await session.execute(edits)).mappings()],
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's posts with all that hangs on them, and its name in the posts of others."""
    await session.execute(delete(models.PostMention).where(models.PostMention.account_id == account_id))
    await session.execute(delete(models.Post).where(models.Post.author_id == account_id))
