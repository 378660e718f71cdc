"""The hot statements: the posts of a timeline with all that differs from reader to reader, compiled once.

What is the same for every reader (text, author, mentions) is not read here but remembered as bytes: `rendering`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from anyio import CapacityLimiter, to_thread
from sqlalchemy import ColumnElement, Select, case, literal_column, null, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src import clock
from src.database import Database, HotRead
from src.pagination import DEFAULT_LIMIT, MAX_LIMIT
from src.posts import models as posts_models
from src.reactions import models as reactions_models
from src.reactions import queries as reactions_queries
from src.schemas import MAX_ID
from src.timelines import candidates
from src.users import models as users_models

Post = posts_models.Post
# What pages are read in and then cut: with a statement for each length, few would be compiled and prepared already.
LIMITS = (DEFAULT_LIMIT + 1, MAX_LIMIT + 1)
_ONE = CapacityLimiter(1)
_compiled: dict[tuple[candidates.Stretch, bool, int], HotRead] = {}
_KINDS: tuple[type[reactions_models.Reaction], ...] = (
    reactions_models.Like,
    reactions_models.Repost,
    reactions_models.Bookmark,
    reactions_models.Pin,
)


class Row(NamedTuple):
    """A post in a timeline, for one reader; the driver gives the columns in this order."""

    entry_id: int
    post_id: int
    version: int
    revision: int
    author_id: int
    author_version: int
    # None where the author brought it.
    source_id: int | None
    source_version: int | None
    likes_count: int
    reposts_count: int
    replies_count: int
    quotes_count: int
    liked: bool
    reposted: bool
    bookmarked: bool
    pinned: bool
    reply_to_id: int | None
    quote_of_id: int | None
    poll_id: int | None


def decorated(chosen: Any, *extra: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """The chosen posts (`entry_id`, `post_id`, `source_id`) with counters, versions and the viewer's flags."""
    author, source = users_models.Profile, aliased(users_models.Profile)
    reposted = chosen.c.source_id != Post.author_id
    return (
        select(
            chosen.c.entry_id,
            Post.id,
            Post.version,
            Post.revision,
            Post.author_id,
            author.version,
            case((reposted, chosen.c.source_id), else_=null()),
            case((reposted, source.version), else_=null()),
            Post.likes_count,
            Post.reposts_count,
            Post.replies_count,
            Post.quotes_count,
            *(reactions_queries.reacted(kind, candidates.VIEWER) for kind in _KINDS),
            Post.reply_to_id,
            Post.quote_of_id,
            Post.poll_id,
            *extra,
        )
        .select_from(chosen)
        .join(Post, Post.id == chosen.c.post_id)
        .join(author, author.account_id == Post.author_id)
        .join(source, source.account_id == chosen.c.source_id)
    )


@cache
def statement(stretch: candidates.Stretch, upwards: bool, limit: int) -> HotRead:  # noqa: FBT001  a cache's key
    """The statement of a stretch that gives up to so many rows; compiled, which takes up to 200 ms, and remembered."""
    chosen = stretch(upwards, limit).subquery()
    order = chosen.c.entry_id.asc() if upwards else chosen.c.entry_id.desc()
    return HotRead(decorated(chosen).order_by(order).limit(literal_column(str(limit))))


async def _ready(stretch: candidates.Stretch, upwards: bool, limit: int) -> HotRead:  # noqa: FBT001
    """The statement that gives at least so many rows, from the first request for it on."""
    key = (stretch, upwards, next(most for most in LIMITS if limit <= most))
    if key not in _compiled:
        # In a thread, so that nobody else waits, and one by one: those who want the same find it made.
        _compiled[key] = await to_thread.run_sync(statement, *key, limiter=_ONE)
    return _compiled[key]


class Span(NamedTuple):
    """Keys strictly between two bounds, read upwards or downwards."""

    above: int = 0
    below: int = MAX_ID
    upwards: bool = False


async def rows(
    database: Database,
    stretch: candidates.Stretch,
    span: Span,
    limit: int,
    *,
    viewer: int,
    subject: int = 0,
    hashtag: str = "",
) -> list[Row]:
    """Up to `limit` rows of a timeline inside the span, in its direction; a page and one more at most."""
    statement_of_these = await _ready(stretch, span.upwards, limit)
    found = await statement_of_these.fetch(
        database,
        viewer=viewer,
        now=clock.now(),
        subject=subject,
        hashtag=hashtag,
        above=span.above,
        below=span.below,
    )
    return [Row(*record) for record in found[:limit]]


async def rows_of(database: Database, post_ids: Sequence[int], *, viewer: int, upwards: bool, limit: int) -> list[Row]:
    """These posts, as far as the viewer still may and wants to see them; in the order of their ids."""
    statement_of_these = await _ready(candidates.chosen, upwards, limit)
    found = await statement_of_these.fetch(
        database, viewer=viewer, now=clock.now(), chosen=list(post_ids), above=0, below=MAX_ID
    )
    return [Row(*record) for record in found[:limit]]
