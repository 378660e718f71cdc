"""Writing homes: a post and a repost put an entry into the home of each follower, a follow fills in what was missed.

Entries are candidates, not truth: block, mute, unfollowing and visibility are filters of the reading statement, so
they need no write here and are right at once.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert

from src.database import WriteSession
from src.models import Base
from src.posts import models as posts_models
from src.reactions import models as reactions_models
from src.timelines import models
from src.timelines.constants import FAN_OUT_CHUNK, FOLLOWERS_PULLED, FOLLOWERS_WITHIN, KEPT_ENTRIES
from src.users import models as users_models

Entry, Horizon = models.Entry, models.Horizon
Follow, Profile = users_models.Follow, users_models.Profile
Post, Repost = posts_models.Post, reactions_models.Repost
# The ORM does not insert from a SELECT into an entity.
_ENTRIES = Base.metadata.tables[Entry.__tablename__]
_COLUMNS = ("account_id", "entry_id", "post_id", "source_id")


async def followers_of(session: WriteSession, account_id: int) -> int:
    """How many read this person."""
    count = await session.scalar(select(Profile.followers_count).where(Profile.account_id == account_id))
    return count or 0


async def spread_within(
    session: WriteSession, *, entry_id: int, post_id: int, source_id: int, only: Sequence[int] | None = None
) -> None:
    """The entries of one post or repost, if its author has few followers; else just the author's own.

    Args:
        session: the transaction of the post itself.
        entry_id: the post's id, or the repost's.
        post_id: the post.
        source_id: who wrote or reposted it.
        only: if given, no follower but these.
    """
    few = select(Profile.followers_count <= FOLLOWERS_WITHIN).where(Profile.account_id == source_id).scalar_subquery()
    readers = _followers(source_id, only).where(few)
    own = select(literal(source_id))
    await _write(session, union_all(readers, own).subquery().select(), entry_id, post_id, source_id)


async def spread_after(
    session: WriteSession, *, entry_id: int, post_id: int, source_id: int, only: Sequence[int] | None = None
) -> None:
    """The entries for many followers, in chunks; for very many none, their author is merged in at reading."""
    followers = await followers_of(session, source_id)
    if followers <= FOLLOWERS_WITHIN:
        return
    if followers > FOLLOWERS_PULLED and entry_id == post_id:
        await session.execute(insert(models.PulledAuthor).values(account_id=source_id).on_conflict_do_nothing())
        return
    last = 0
    while True:
        chunk = _followers(source_id, only).where(Follow.follower_id > last).order_by(Follow.follower_id)
        chunk = chunk.limit(FAN_OUT_CHUNK)
        end = await session.scalar(select(func.max(chunk.subquery().c.follower_id)))
        if end is None:
            return
        readers = _followers(source_id, only).where(Follow.follower_id > last, Follow.follower_id <= end)
        await _write(session, readers, entry_id, post_id, source_id)
        last = end


def _followers(source_id: int, only: Sequence[int] | None) -> Select[*tuple[Any, ...]]:
    readers = select(Follow.follower_id).where(Follow.followee_id == source_id, Follow.accepted)
    return readers if only is None else readers.where(Follow.follower_id.in_(only))


async def _write(
    session: WriteSession, readers: Select[*tuple[Any, ...]], entry_id: int, post_id: int, source_id: int
) -> None:
    (reader,) = readers.selected_columns
    rows = readers.with_only_columns(reader, literal(entry_id), literal(post_id), literal(source_id))
    await session.execute(insert(_ENTRIES).from_select(_COLUMNS, rows).on_conflict_do_nothing())


async def withdraw(session: WriteSession, *, entry_id: int, source_id: int) -> None:
    """Takes a repost's entries back, from the homes of today's followers and the own one.

    Who has unfollowed in between does not see the entry anyway; the trimming job sweeps it.
    """
    readers = union_all(_followers(source_id, None), select(literal(source_id))).subquery()
    await session.execute(delete(Entry).where(Entry.account_id.in_(select(readers)), Entry.entry_id == entry_id))


async def fill(session: WriteSession, *, account_id: int, followee_id: int | None = None) -> None:
    """Puts into a home what a followee (or, without one, each followee and oneself) wrote and carried on before.

    All of it down to the home's horizon, so that the entries stay complete there; where that is more than a home
    keeps, the horizon rises.
    """
    horizon = await session.scalar(select(Horizon.entry_id).where(Horizon.account_id == account_id)) or 0
    if followee_id is None:
        followed = select(Follow.followee_id).where(Follow.follower_id == account_id, Follow.accepted)
        by_author = or_(Post.author_id == account_id, Post.author_id.in_(followed))
        by_reposter = or_(Repost.account_id == account_id, Repost.account_id.in_(followed))
    else:
        by_author, by_reposter = Post.author_id == followee_id, Repost.account_id == followee_id
    written = (
        select(Post.id.label("entry_id"), Post.id.label("post_id"), Post.author_id.label("source_id"))
        .where(by_author, Post.id > horizon)
        .order_by(Post.id.desc())
        .limit(KEPT_ENTRIES + 1)
    )
    carried = (
        select(Repost.id.label("entry_id"), Repost.post_id, Repost.account_id.label("source_id"))
        .where(by_reposter, Repost.id > horizon)
        .order_by(Repost.id.desc())
        .limit(KEPT_ENTRIES + 1)
    )
    both = union_all(written.subquery().select(), carried.subquery().select()).subquery()
    newest = select(both).order_by(both.c.entry_id.desc()).limit(KEPT_ENTRIES + 1)
    found = (await session.execute(newest)).all()
    kept = found[:KEPT_ENTRIES]
    if kept:
        rows = [
            dict(zip(_COLUMNS, (account_id, row.entry_id, row.post_id, row.source_id), strict=True)) for row in kept
        ]
        await session.execute(insert(Entry).values(rows).on_conflict_do_nothing())
    if len(found) > KEPT_ENTRIES:
        await raise_horizon(session, account_id, found[KEPT_ENTRIES].entry_id)


async def raise_horizon(session: WriteSession, account_id: int, entry_id: int) -> None:
    """Says that entries with ids up to this one are no longer complete in this home; it never sinks."""
    row = insert(Horizon).values(account_id=account_id, entry_id=entry_id)
    raised = func.greatest(Horizon.entry_id, row.excluded.entry_id)
    await session.execute(row.on_conflict_do_update(index_elements=[Horizon.account_id], set_={"entry_id": raised}))
