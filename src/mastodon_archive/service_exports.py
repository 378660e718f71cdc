"""What of an account Mastodon's files tell, read in pieces that memory holds."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, literal, or_, select, union_all

from src.auth import models as auth_models
from src.database import ReadSession
from src.media import models as media_models
from src.media import rendered as media_rendered
from src.media import service_attachments as media_attachments
from src.media.constants import State as MediaState
from src.models import Base
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.posts.constants import MEDIA_KIND
from src.reactions import models as reactions_models
from src.users import models as users_models
from src.users import queries as users_queries

Account, Post, Profile = auth_models.Account, posts_models.Post, users_models.Profile
_AT_ONCE = 500


@dataclass(frozen=True)
class Told:
    """A post in its author's outbox, or one that they carried on (`author` is then somebody else's name or theirs)."""

    id: int
    post: posts_models.Post
    author: str
    is_repost: bool
    parent_author: str | None
    hashtags: list[str]
    mentions: list[tuple[int, str]]
    media: list[media_models.MediaItem]


async def profile(session: ReadSession, account_id: int) -> users_models.Profile:
    """Who it is."""
    return await session.get_one(Profile, account_id)


async def outbox(session: ReadSession, account_id: int) -> AsyncIterator[Told]:
    """What the account wrote and carried on, oldest first."""
    repost = reactions_models.Repost
    wrote = select(Post.id, Post.id.label("post_id"), literal(False).label("is_repost"))
    wrote = wrote.where(Post.author_id == account_id)
    carried = select(repost.id, repost.post_id, literal(True)).where(repost.account_id == account_id)
    done = union_all(wrote, carried).subquery()
    last = 0
    while True:
        batch = (await session.execute(select(done).where(done.c.id > last).order_by(done.c.id).limit(_AT_ONCE))).all()
        if not batch:
            return
        last = batch[-1].id
        posts = await _posts(session, {row.post_id for row in batch})
        hanging = await media_attachments.on(session, kind=MEDIA_KIND, ids=list(posts))
        for row in batch:
            post, author, parent_author, hashtags, mentions = posts[row.post_id]
            media = [item for item in hanging.get(post.id, ()) if item.state == MediaState.READY]
            yield Told(row.id, post, author, row.is_repost, parent_author, hashtags, mentions, media)
        session.expunge_all()


async def _posts(session: ReadSession, post_ids: set[int]) -> dict[int, Any]:
    parent = auth_models.Account.__table__.alias("parent")
    statement = (
        select(
            Post, Account.username, parent.c.username, posts_queries.hashtags().label("tags"), posts_queries.mentions()
        )
        .join(Account, Account.id == Post.author_id)
        .outerjoin(parent, parent.c.id == Post.reply_to_author_id)
        .where(users_queries.among(Post.id, post_ids))
    )
    return {row[0].id: tuple(row) for row in await session.execute(statement)}


async def reacted(
    session: ReadSession, kind: type[reactions_models.Reaction], account_id: int
) -> AsyncIterator[tuple[int, str]]:
    """Posts that the account has liked or bookmarked, with their authors' names, oldest first."""
    statement = (
        select(kind.id, Post.id, Account.username)
        .join(Post, Post.id == kind.post_id)
        .join(Account, Account.id == Post.author_id)
        .where(kind.account_id == account_id)
    )
    async for _, post_id, username in _in_pieces(session, statement, kind):
        yield post_id, username


async def related(
    session: ReadSession, kind: type[users_models.Follow | users_models.Block | users_models.Mute], account_id: int
) -> AsyncIterator[str]:
    """The names of whom the account follows, blocks or mutes, oldest first."""
    mine, other = {
        users_models.Follow: (users_models.Follow.follower_id, users_models.Follow.followee_id),
        users_models.Block: (users_models.Block.blocker_id, users_models.Block.blocked_id),
        users_models.Mute: (users_models.Mute.muter_id, users_models.Mute.muted_id),
    }[kind]
    statement = select(kind.id, Account.username).join(Account, Account.id == other).where(mine == account_id)
    if kind is users_models.Follow:
        statement = statement.where(users_models.Follow.accepted)
    async for _, username in _in_pieces(session, statement, kind):
        yield username


async def files(session: ReadSession, account_id: int) -> AsyncIterator[tuple[media_models.MediaItem, Any]]:
    """The account's items, each with its file; of one that is not ready yet, the one that was sent."""
    item, file = media_models.MediaItem, media_models.MediaFile
    made = and_(item.state == MediaState.READY, file.variant == media_rendered.Variant.ORIGINAL)
    sent = and_(item.state == MediaState.PROCESSING, file.variant == media_rendered.RAW)
    statement = (
        select(item.id, item, file)
        .join(file, file.media_id == item.id)
        .where(item.owner_id == account_id, or_(made, sent))
    )
    async for _, found, its_file in _in_pieces(session, statement, item):
        yield found, its_file


async def _in_pieces(
    session: ReadSession, statement: Select[*tuple[Any, ...]], kind: type[Base]
) -> AsyncIterator[tuple[Any, ...]]:
    """The rows in the order of the ids of `kind`, which come first in each."""
    key, last = kind.__table__.c.id, 0
    while rows := (await session.execute(statement.where(key > last).order_by(key).limit(_AT_ONCE))).all():
        for row in rows:
            yield tuple(row)
        last = rows[-1][0]
