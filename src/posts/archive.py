"""Whose posts: what one account's export holds, and how its posts are erased."""

from collections import Counter

from sqlalchemy import delete, select, union

from src.database import ReadSession, WriteSession
from src.posts import counters, models

_DERIVED = frozenset({"document", "card_id", "revision"})


async def export(session: ReadSession, account_id: int) -> dict[str, list[dict[str, object]]]:
    """The account's posts with their earlier versions, as plain rows by table."""
    # What is derived from them stays here.
    columns = [column for column in models.Post.__table__.columns if column.name not in _DERIVED]
    posts = select(*columns).where(models.Post.author_id == account_id).order_by(models.Post.id)
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
    post = models.Post
    # As a single delete does: all that is touched, in the order of ids, before anything is.
    of_account = post.author_id == account_id
    referred = union(select(post.reply_to_id).where(of_account), select(post.quote_of_id).where(of_account))
    touched = select(post.id).where(of_account).union(referred)
    locked = select(post.id).where(post.id.in_(touched)).order_by(post.id).with_for_update()
    await session.execute(locked)
    own = delete(post).where(post.author_id == account_id).returning(post.reply_to_id, post.quote_of_id)
    deleted = (await session.execute(own)).all()
    for counter, column in (("replies", 0), ("quotes", 1)):
        targets = Counter(id_ for row in deleted if (id_ := row[column]) is not None)
        await counters.count_each(session, counter, {id_: -number for id_, number in targets.items()})
    # Last, for who deletes or edits a post takes its mentions away while they hold it.
    await session.execute(delete(models.PostMention).where(models.PostMention.account_id == account_id))
