"""Writing homes: a post and a repost put an entry into the home of each follower, a follow fills in what was missed.

Entries are candidates, not truth: block, mute, unfollowing and visibility are filters of the reading statement, so
they need no write here and are right at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    any_,
    bindparam,
    column,
    delete,
    func,
    lateral,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import LateralFromClause

from src.database import HotWrite, WriteSession
from src.models import Base
from src.posts import models as posts_models
from src.posts.constants import Visibility
from src.reactions import models as reactions_models
from src.timelines import models
from src.timelines.constants import FAN_OUT_CHUNK, FOLLOWERS_PULLED, FOLLOWERS_WITHIN, KEPT_ENTRIES
from src.users import models as users_models
from src.users import visibility

Entry, Horizon = models.Entry, models.Horizon
Follow, Profile = users_models.Follow, users_models.Profile
Post, Repost = posts_models.Post, reactions_models.Repost
# The ORM does not insert from a SELECT into an entity.
_ENTRIES, _HORIZONS = (Base.metadata.tables[kind.__tablename__] for kind in (Entry, Horizon))
_COLUMNS = ("account_id", "entry_id", "post_id", "source_id")


def _followers() -> Select[*tuple[Any, ...]]:
    """Who reads the source; where `only` is given, no others."""
    return select(Follow.follower_id.label("id")).where(
        Follow.followee_id == _SOURCE,
        Follow.accepted,
        or_(_ONLY.is_(None), Follow.follower_id == any_(_ONLY)),
    )


def _writing(readers: Select[*tuple[Any, ...]]) -> Insert:
    """The statement that puts an entry into each reader's home."""
    chosen = readers.subquery()
    rows = select(chosen.c.id, _ENTRY, _POST, _SOURCE)
    return insert(_ENTRIES).from_select(_COLUMNS, rows).on_conflict_do_nothing()


_SOURCE: BindParameter[int] = bindparam("source", type_=BigInteger)
_ENTRY: BindParameter[int] = bindparam("entry", type_=BigInteger)
_POST: BindParameter[int] = bindparam("post", type_=BigInteger)
_ONLY: BindParameter[Any] = bindparam("only", type_=ARRAY(BigInteger))
_ABOVE: BindParameter[int] = bindparam("above", type_=BigInteger)
_UP_TO: BindParameter[int] = bindparam("up_to", type_=BigInteger)
_COUNT = select(Profile.followers_count).where(Profile.account_id == _SOURCE)
_FEW = _COUNT.scalar_subquery() <= literal_column(str(FOLLOWERS_WITHIN))
_WRITE_FEW = _writing(union_all(_followers().where(_FEW), select(_SOURCE.label("id"))).subquery().select())
# One round trip: writes what it may and tells how many would have to be reached.
_SPREAD = HotWrite(_COUNT.add_cte(_WRITE_FEW.cte("written")))
_CHUNK = _followers().where(Follow.follower_id > _ABOVE).order_by(Follow.follower_id).limit(FAN_OUT_CHUNK).subquery()
_END_OF_CHUNK = select(func.max(_CHUNK.c.id))
_WRITE_CHUNK = _writing(_followers().where(Follow.follower_id > _ABOVE, Follow.follower_id <= _UP_TO))


def _newest(statement: Select[*tuple[Any, ...]], key: InstrumentedAttribute[int], name: str) -> LateralFromClause:
    """Of what one reader misses, as much as a home keeps and one more, which tells that there is more."""
    horizon = select(Horizon.entry_id).where(Horizon.account_id == _READER).correlate(_READERS).scalar_subquery()
    above = statement.where(key > func.coalesce(horizon, literal_column("0", BigInteger)))
    newest = above.order_by(key.desc()).limit(literal_column(str(KEPT_ENTRIES + 1)))
    return lateral(newest.correlate(_READERS), name=name)


def _filling(by_author: ColumnElement[bool], by_reposter: ColumnElement[bool]) -> Insert:
    """The statement that writes the homes of the parameter `readers` and raises their horizons."""
    in_homes = Post.visibility != literal_column(str(int(Visibility.GROUP)))
    posts = select(Post.id, Post.id.label("post_id"), Post.author_id).where(by_author, in_homes)
    written = _newest(posts, Post.id, "written")
    carried = _newest(select(Repost.id, Repost.post_id, Repost.account_id).where(by_reposter), Repost.id, "carried")
    each = (
        select(*(found.label(name) for name, found in zip(_COLUMNS, (_READER, *some.c), strict=True))).select_from(
            _READERS.join(some, literal_column("true"))
        )
        for some in (written, carried)
    )
    rows = union_all(*each).subquery()
    place = func.row_number().over(partition_by=rows.c.account_id, order_by=rows.c.entry_id.desc())
    found = select(rows, place.label("place")).cte("found")
    kept = select(*(found.c[name] for name in _COLUMNS)).where(found.c.place <= KEPT_ENTRIES)
    ordered = kept.order_by(found.c.account_id, found.c.entry_id)
    entries = insert(_ENTRIES).from_select(_COLUMNS, ordered).on_conflict_do_nothing()
    beyond = select(found.c.account_id, found.c.entry_id).where(found.c.place == KEPT_ENTRIES + 1)
    return _raising(insert(_HORIZONS).from_select(("account_id", "entry_id"), beyond)).add_cte(entries.cte("entries"))


def _raising(rows: Insert) -> Insert:
    """A horizon never sinks."""
    raised = func.greatest(_HORIZONS.c.entry_id, rows.excluded.entry_id)
    return rows.on_conflict_do_update(index_elements=[_HORIZONS.c.account_id], set_={"entry_id": raised})


_READERS = (
    func.unnest(bindparam("readers", type_=ARRAY(BigInteger)))
    .table_valued(column("id", BigInteger), name="reader")
    .render_derived()
)
_READER = _READERS.c.id
_FOLLOWED = select(Follow.followee_id).where(Follow.follower_id == _READER, Follow.accepted).correlate(_READERS)
_FILL = HotWrite(
    _filling(
        or_(Post.author_id == _READER, Post.author_id.in_(_FOLLOWED)),
        or_(Repost.account_id == _READER, Repost.account_id.in_(_FOLLOWED)),
    )
)
# Who has stopped following since, or is gone with their account, needs nothing.
_STILL = or_(_READER == _SOURCE, visibility.follows(_READER, _SOURCE))
_CATCH_UP = HotWrite(_filling(and_(Post.author_id == _SOURCE, _STILL), and_(Repost.account_id == _SOURCE, _STILL)))


@dataclass(frozen=True)
class Spread:
    """An entry on its way into homes.

    Attributes:
        entry_id: the post's id, or the repost's.
        post_id: the post.
        source_id: who wrote or reposted it.
        only: if given, no follower but these.
    """

    entry_id: int
    post_id: int
    source_id: int
    only: tuple[int, ...] | None = None

    def values(self) -> dict[str, object]:
        """The statements' parameters."""
        only = None if self.only is None else list(self.only)
        return {"entry": self.entry_id, "post": self.post_id, "source": self.source_id, "only": only}


async def spread_within(session: WriteSession, spread: Spread) -> bool:
    """In the transaction of the post itself: into all homes if the source has few followers, else the own one.

    Returns:
        Whether that was all.
    """
    followers = await _SPREAD.fetch(session, **spread.values())
    return not followers or followers[0][0] <= FOLLOWERS_WITHIN


async def spread_after(session: WriteSession, spread: Spread) -> None:
    """Into the homes of many followers, in chunks; of very many none, their posts are merged in at reading."""
    followers = await session.scalar(_COUNT, {"source": spread.source_id}) or 0
    if followers > FOLLOWERS_PULLED and spread.entry_id == spread.post_id:
        row = insert(models.PulledAuthor).values(account_id=spread.source_id)
        await session.execute(row.on_conflict_do_nothing())
        return
    values = spread.values() | {"above": 0}
    while (end := await session.scalar(_END_OF_CHUNK, values)) is not None:
        await session.execute(_WRITE_CHUNK, values | {"up_to": end})
        values["above"] = end


async def withdraw(session: WriteSession, *, entry_id: int, source_id: int) -> None:
    """Takes a repost's entries back, from the homes of today's followers and the own one.

    Where somebody has unfollowed in between the entry stays, but no home shows a repost that is gone.
    """
    readers = select(Follow.follower_id).where(Follow.followee_id == source_id, Follow.accepted)
    homes = union_all(readers, select(literal(source_id))).subquery()
    await session.execute(delete(Entry).where(Entry.account_id.in_(select(homes)), Entry.entry_id == entry_id))


async def fill(session: WriteSession, *, account_id: int) -> None:
    """Puts into a home what each followee and the account itself wrote and carried on before.

    All of it down to the home's horizon, so that the entries stay complete there; where that is more than a home
    keeps, the horizon rises.
    """
    await _FILL.fetch(session, readers=[account_id])


async def catch_up(session: WriteSession, *, account_ids: Collection[int], followee_id: int) -> None:
    """The same with what one followee wrote and carried on, for the homes of followers, and their own, all at once."""
    await _CATCH_UP.fetch(session, readers=list(account_ids), source=followee_id)


async def raise_horizon(session: WriteSession, account_id: int, entry_id: int) -> None:
    """Says that entries with ids up to this one are no longer complete in this home; it never sinks."""
    await session.execute(_raising(insert(_HORIZONS).values(account_id=account_id, entry_id=entry_id)))
