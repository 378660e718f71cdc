"""Whose posts: what one account's export holds, and how its posts are erased."""

from collections import Counter

from sqlalchemy import delete, select, union
from sqlalchemy.orm import aliased

from src.auth import models as auth_models
from src.database import WriteSession
from src.feature import Statements
from src.posts import counters, models, queries

Account = auth_models.Account
# The polls themselves say to which post they belong.
_DERIVED = frozenset({"document", "card_id", "revision", "poll_id"})


def export(account_id: int) -> Statements:
    """The account's posts with whom they name and refer to, and their earlier versions."""
    # What is derived from them stays here.
    columns = [column for column in models.Post.__table__.columns if column.name not in _DERIVED]
    answered, quoted = aliased(Account), aliased(Account)
    source = aliased(models.Post)
    posts = (
        select(
            *columns,
            queries.mentions().label("mentions"),
            queries.hashtags().label("hashtags"),
            answered.username.label("reply_to_author"),
            source.author_id.label("quote_of_author_id"),
            quoted.username.label("quote_of_author"),
        )
        .outerjoin(answered, answered.id == models.Post.reply_to_author_id)
        .outerjoin(source, source.id == models.Post.quote_of_id)
        .outerjoin(quoted, quoted.id == source.author_id)
        .where(models.Post.author_id == account_id)
        .order_by(models.Post.id)
    )
    edits = (
        select(*models.PostEdit.__table__.columns)
        .join(models.Post, models.Post.id == models.PostEdit.post_id)
        .where(models.Post.author_id == account_id)
        .order_by(models.PostEdit.id)
    )
    return {"posts": posts, "post_edits": edits}


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
