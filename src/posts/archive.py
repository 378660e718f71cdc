"""Whose posts: what one account's export holds, and how its posts are erased."""

from collections import Counter

from sqlalchemy import delete, select

from src.database import ReadSession, WriteSession
from src.posts import models, service_imports


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
    post = models.Post
    own = delete(post).where(post.author_id == account_id).returning(post.reply_to_id, post.quote_of_id)
    deleted = (await session.execute(own)).all()
    for counter, column in (("replies", 0), ("quotes", 1)):
        targets = Counter(id_ for row in deleted if (id_ := row[column]) is not None)
        await service_imports.count_each(session, counter, {id_: -number for id_, number in targets.items()})
