"""Whose reactions: what one account's export holds, and how its reactions are erased."""

from sqlalchemy import delete, select

from src.auth import models as auth_models
from src.database import WriteSession
from src.feature import Statements
from src.posts import counters as posts_counters
from src.posts import models as posts_models
from src.reactions import models

KINDS: tuple[type[models.Reaction], ...] = (models.Like, models.Repost, models.Bookmark, models.Pin)


def export(account_id: int) -> Statements:
    """The account's reactions, each with whose post it is about."""
    post, author = posts_models.Post, auth_models.Account
    return {
        kind.__tablename__: select(*kind.__table__.columns, post.author_id, author.username.label("author"))
        .join(post, post.id == kind.post_id)
        .join(author, author.id == post.author_id)
        .where(kind.account_id == account_id)
        .order_by(kind.id)
        for kind in KINDS
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's reactions and takes them off the posts' counters."""
    for kind in KINDS:
        statement = delete(kind).where(kind.account_id == account_id).returning(kind.post_id)
        touched = (await session.execute(statement)).scalars().all()
        if kind.counter is not None:
            await posts_counters.count_each(session, kind.counter, dict.fromkeys(touched, -1))
