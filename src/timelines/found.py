"""Which posts somebody finds, newest first: by the index of words, or by walking the posts themselves.

A word that many posts hold stands in the newest ones, so these are walked until a page is full: an index would give all
of its posts, to be sorted before the first is shown. A rare word is looked up in the index. PostgreSQL's own estimate
decides; left to itself, its planner would walk all posts for a word that it takes for common and that nobody has used
for a year. So a walk has a bound, after which the index takes over; or, for words that stand nearly everywhere, the
page says where to go on, and no search costs more because a server is larger.

To put such a statement together costs more than to run it, so each shape of query is compiled once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import aliased

from src import clock
from src.database import Database, HotRead
from src.media import formats as media_formats
from src.models import first_id_at, there_is
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.reactions import models as reactions_models
from src.search import query as search_query
from src.search import service_words as search_words
from src.search.constants import Place
from src.timelines.candidates import ABOVE, BELOW, NOW, SUBJECT, VIEWER
from src.timelines.constants import LOOKED_UP_POSTS, WALK_FACTOR, WALKED_POSTS, WALKS
from src.timelines.reads import Span
from src.users import visibility

Post = posts_models.Post
Condition = ColumnElement[bool]
_WANTED = bindparam("wanted", type_=Text)
_AUTHORS = bindparam("authors", type_=ARRAY(BigInteger))
_SAVED = {Place.BOOKMARKS: reactions_models.Bookmark, Place.LIKES: reactions_models.Like}
_WALKED = ("id", "author_id", "visibility", "group_id", "document", "text")
_SHAPES = 256
# What `has:` asks for, each as a condition of a post; no other comes here.
FEATURES: Mapping[str, Callable[[type[posts_models.Post]], Condition]] = {
    "link": lambda post: post.text.op("~*", return_type=Boolean)(literal_column(r"'\mhttps?://\w'")),
    "media": lambda post: posts_queries.has_media(post=post),
    "image": lambda post: posts_queries.has_media(media_formats.Kind.IMAGE, media_formats.Kind.ANIMATION, post=post),
    "video": lambda post: posts_queries.has_media(media_formats.Kind.VIDEO, post=post),
    "audio": lambda post: posts_queries.has_media(media_formats.Kind.AUDIO, post=post),
}

_ESTIMATE = "EXPLAIN (FORMAT JSON) SELECT 1 FROM posts WHERE document @@ $1::text::tsquery"
_TOTAL = "SELECT greatest(reltuples, 0)::float8 FROM pg_class WHERE oid = 'posts'::regclass"


@dataclass(frozen=True)
class Found:
    """Ids in the order of the span, and down (or up) to which id there are no others; None: that is all."""

    ids: Sequence[int]
    looked_to: int | None


class Shape(NamedTuple):
    """What decides how the statements of a query look; there are few."""

    has_words: bool
    # None, one, or more.
    authors: int
    features: tuple[str, ...]
    places: tuple[Place, ...]
    upwards: bool
    limit: int

    def fits(self, post: type[posts_models.Post]) -> Condition:
        """All that is asked of a post besides its words and its author, and what the viewer may and wants to see."""
        return and_(
            *(FEATURES[feature](post) for feature in self.features),
            *(_in(place, post) for place in self.places),
            posts_queries.visible_to(VIEWER, post),
            ~visibility.muted(VIEWER, post.author_id, NOW),
        )

    def matches(self, post: type[posts_models.Post]) -> Condition:
        """Whether the words are there."""
        return post.document.op("@@", return_type=Boolean)(cast(_WANTED, TSQUERY)) if self.has_words else true()

    def by_author(self) -> Condition:
        """Whose posts are looked through. One author's have an index in the order of ids."""
        if not self.authors:
            return true()
        return Post.author_id == SUBJECT if self.authors == 1 else Post.author_id == any_(_AUTHORS)

    def ordered(self, statement: Select[*tuple[Any, ...]], key: Any, limit: int) -> Select[*tuple[Any, ...]]:
        """The statement in the direction of the page."""
        return statement.order_by(key.asc() if self.upwards else key.desc()).limit(literal_column(str(limit)))


@dataclass(frozen=True)
class _Search:
    """A query, made ready for statements.

    Attributes:
        values: the statements' parameters besides the span.
        is_common: whether so many posts hold the words that a walk is shorter.
        is_everywhere: whether so many do that the index has too much to give.
    """

    shape: Shape
    values: dict[str, object]
    is_common: bool
    is_everywhere: bool


async def find(database: Database, query: search_query.Query, *, viewer: int, span: Span, limit: int) -> Found:
    """Up to `limit` posts inside of the span."""
    span = _narrowed(span, query)
    search = await _prepared(database, query, viewer, upwards=span.upwards, limit=limit)
    if search is None or span.above >= span.below:
        return Found([], None)
    saved = next((place for place in search.shape.places if place in _SAVED), None)
    if saved is not None or (search.shape.has_words and not search.is_common):
        return Found(await _look_up(database, search, span, saved), None)
    ids, edge = list[int](), None
    for _ in range(WALKS):
        more, edge = await _walk(database, search, span)
        ids += more
        if len(ids) >= limit or edge is None:
            return Found(ids[:limit], None)
        span = span._replace(above=edge) if span.upwards else span._replace(below=edge)
        if not search.is_everywhere:
            return Found([*ids, *await _look_up(database, search, span, None)][:limit], None)
    return Found(ids, edge)


def _narrowed(span: Span, query: search_query.Query) -> Span:
    above = span.above if query.since is None else max(span.above, first_id_at(query.since) - 1)
    below = span.below if query.until is None else min(span.below, first_id_at(query.until))
    return span._replace(above=above, below=below)


async def _prepared(
    database: Database, query: search_query.Query, viewer: int, *, upwards: bool, limit: int
) -> _Search | None:
    """The query as statements need it; None if nothing can be found."""
    authors = await search_words.authors(database, query, viewer)
    wanted = await search_words.wanted(database, query.words, viewer)
    asks = query.features or query.places or authors or query.since or query.until
    if authors == [] or not (wanted or (asks and not query.words)):
        return None
    shape = Shape(
        has_words=bool(wanted),
        authors=min(len(authors or ()), 2),
        features=tuple(sorted(query.features)),
        places=tuple(sorted(query.places)),
        upwards=upwards,
        limit=limit,
    )
    values = {
        "viewer": viewer,
        "now": clock.now(),
        "wanted": wanted,
        "authors": authors,
        "subject": (authors or [0])[0],
    }
    if not wanted:
        return _Search(shape, values, is_common=True, is_everywhere=True)
    [[plan]] = await database.fetch(_ESTIMATE, [wanted])
    [[total]] = await database.fetch(_TOTAL, [])
    rows: float = plan[0]["Plan"]["Plan Rows"]
    is_common, is_everywhere = rows * rows > WALK_FACTOR * total, rows > LOOKED_UP_POSTS
    return _Search(shape, values, is_common=is_common, is_everywhere=is_everywhere)


def _in(place: Place, post: type[posts_models.Post]) -> Condition:
    if place is Place.ME:
        return post.author_id == VIEWER
    if place is Place.HOME:
        return or_(post.author_id == VIEWER, visibility.follows(VIEWER, post.author_id))
    kind = _SAVED[place]
    return there_is(kind, kind.account_id == VIEWER, kind.post_id == post.id)


async def _look_up(database: Database, search: _Search, span: Span, saved: Place | None) -> list[int]:
    """By the index of words, or among what the viewer has kept: all of them, sorted, then filtered until enough fit."""
    statement = look_up_statement(search.shape, saved)
    found = await statement.fetch(database, **search.values, above=span.above, below=span.below)
    return [row[0] for row in found]


@lru_cache(_SHAPES)
def look_up_statement(shape: Shape, saved: Place | None) -> HotRead:
    """All posts that the index of words gives, or that the viewer has kept, sorted; as many of them as fit."""
    # A number that no index has: so neither its order nor its bounds, of which a plan for all values would take far too
    # much, have the posts walked after all.
    number = (Post.id + literal_column("0")).label("number")
    matching = select(number).where(shape.matches(Post), shape.by_author(), number > ABOVE, number < BELOW)
    if saved is not None:
        kind = _SAVED[saved]
        matching = matching.join(kind, kind.post_id == Post.id).where(kind.account_id == VIEWER)
    sorted_ids = matching.order_by(number.asc() if shape.upwards else number.desc()).subquery()
    statement = select(Post.id).join(sorted_ids, sorted_ids.c.number == Post.id).where(shape.fits(Post))
    return HotRead(shape.ordered(statement, sorted_ids.c.number, shape.limit))


async def _walk(database: Database, search: _Search, span: Span) -> tuple[list[int], int | None]:
    """By the posts themselves, up to so many; the ids that fit, and where the walk ended if not at the end."""
    fitting, window = walk_statements(search.shape, WALKED_POSTS)
    values = search.values | {"above": span.above, "below": span.below}
    ids = [row[0] for row in await fitting.fetch(database, **values)]
    if len(ids) >= search.shape.limit:
        return ids, None
    [[number, last]] = await window.fetch(database, **values)
    return ids, last if number == WALKED_POSTS else None


@lru_cache(_SHAPES)
def walk_statements(shape: Shape, length: int) -> tuple[HotRead, HotRead]:
    """The posts that fit among so many, and how many these are with the last of them."""
    columns = [Post.__table__.c[name] for name in _WALKED]
    walked = select(*columns).where(shape.by_author(), Post.id > ABOVE, Post.id < BELOW)
    window = shape.ordered(walked, Post.id, length).subquery()
    post = aliased(Post, window)
    fitting = shape.ordered(select(post.id).where(shape.matches(post), shape.fits(post)), post.id, shape.limit)
    edge = func.max(window.c.id) if shape.upwards else func.min(window.c.id)
    return HotRead(fitting), HotRead(select(func.count(), edge).select_from(window))
