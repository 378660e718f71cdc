"""How a page becomes bytes: what is the same for every reader is rendered once and remembered.

A fragment is named by ids and versions, so it never goes stale; what changes without a version, the reader's flags and
permission come from the statement each time. The memory is bounded by bytes, the least recently used goes first.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import orjson

from src.config import Settings
from src.database import Database
from src.polls import rendering as polls_rendering
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.posts import utils as posts_utils
from src.timelines.constants import RENDERED_CACHE_BYTES
from src.timelines.reads import Row
from src.users import models as users_models
from src.users import queries as users_queries
from src.users import utils as users_utils

# What names a fragment: (post, its version, its card's version, its author's version) or (account, its version).
# What changes without a new version: counters, polls, and what a post refers to when that is deleted.
_CHANGING = {"likes_count", "reposts_count", "replies_count", "quotes_count", "reply_to_id", "quote_of_id", "poll"}
_BOOLEANS = (b"false", b"true")
# What a key and the bookkeeping around a fragment cost, roughly.
_OVERHEAD = 200


class Rendered:
    """The fragments that this process remembers."""

    def __init__(self, limit: int = RENDERED_CACHE_BYTES) -> None:
        """Takes the bound in bytes."""
        self._limit = limit
        self._size = 0
        self._fragments: OrderedDict[tuple[int, ...], bytes] = OrderedDict()

    def find(self, key: tuple[int, ...]) -> bytes | None:
        """The remembered fragment."""
        fragment = self._fragments.get(key)
        if fragment is not None:
            self._fragments.move_to_end(key)
        return fragment

    def remember(self, key: tuple[int, ...], fragment: bytes) -> None:
        """Keeps a fragment; the oldest give way."""
        if key in self._fragments:
            return
        self._fragments[key] = fragment
        self._size += len(fragment) + _OVERHEAD
        while self._size > self._limit:
            _, dropped = self._fragments.popitem(last=False)
            self._size -= len(dropped) + _OVERHEAD


@asynccontextmanager
async def rendered(_settings: Settings, _database: Database) -> AsyncIterator[Rendered]:
    """The process's memory of fragments."""
    yield Rendered()


async def items(database: Database, memory: Rendered, rows: Sequence[Row], *, viewer: int) -> list[tuple[int, bytes]]:
    """Each row's `entry_id` with the JSON of its `TimelineItem`; a post that was deleted in this moment is left out."""
    posts = await _posts(database, memory, rows)
    authors = await _authors(database, memory, rows)
    polls = await _polls(database, rows, viewer)
    return [
        (row.entry_id, _item(row, posts[row.post_id], authors.get(row.source_id or 0), polls.get(row.poll_id or 0)))
        for row in rows
        if row.post_id in posts
    ]


def _item(row: Row, post: bytes, source: bytes | None, poll: bytes | None) -> bytes:
    return b"".join(
        (
            b'{"post":',
            post,
            b',"reply_to_id":%b,"quote_of_id":%b' % (_id(row.reply_to_id), _id(row.quote_of_id)),
            b',"poll":',
            poll or b"null",
            b',"likes_count":%d,"reposts_count":%d,"replies_count":%d,"quotes_count":%d}'
            % (row.likes_count, row.reposts_count, row.replies_count, row.quotes_count),
            b',"viewer":{"liked":%b,"reposted":%b,"bookmarked":%b,"pinned":%b}'
            % (
                _BOOLEANS[row.liked],
                _BOOLEANS[row.reposted],
                _BOOLEANS[row.bookmarked],
                _BOOLEANS[row.pinned],
            ),
            b',"reposted_by":',
            source or b"null",
            b"}",
        )
    )


def _id(id_: int | None) -> bytes:
    return b"null" if id_ is None else b'"%d"' % id_


async def _posts(database: Database, memory: Rendered, rows: Sequence[Row]) -> dict[int, bytes]:
    """The posts' JSON up to the counters, by id."""
    found: dict[int, bytes] = {}
    missing: list[int] = []
    for row in rows:
        fragment = memory.find((row.post_id, row.version, row.revision, row.author_version))
        if fragment is None:
            missing.append(row.post_id)
        else:
            found[row.post_id] = fragment
    if missing:
        for sight in await _sights(database, missing):
            fragment = posts_utils.post_read(sight).model_dump_json(exclude=_CHANGING).encode()[:-1]
            post = sight.post
            memory.remember((post.id, post.version, post.revision, sight.profile.version), fragment)
            found[sight.post.id] = fragment
    return found


async def _polls(database: Database, rows: Sequence[Row], viewer: int) -> dict[int, bytes]:
    """The JSON of the posts' polls, by id: read for each page, and only where there are any."""
    poll_ids = [row.poll_id for row in rows if row.poll_id is not None]
    if not poll_ids:
        return {}
    async with database.read() as session:
        polls = await polls_rendering.of(session, poll_ids, viewer)
    return {poll_id: poll.model_dump_json().encode() for poll_id, poll in polls.items()}


async def _sights(database: Database, post_ids: Collection[int]) -> list[posts_queries.Sight]:
    async with database.read() as session:
        statement = posts_queries.sights().where(users_queries.among(posts_models.Post.id, post_ids))
        return [posts_queries.sight_of(row) for row in (await session.execute(statement)).all()]


async def _authors(database: Database, memory: Rendered, rows: Sequence[Row]) -> dict[int, bytes]:
    """The JSON of those who reposted, by account."""
    found: dict[int, bytes] = {}
    missing: list[int] = []
    for row in rows:
        if row.source_id is None or row.source_version is None:
            continue
        fragment = memory.find((row.source_id, row.source_version))
        if fragment is None:
            missing.append(row.source_id)
        else:
            found[row.source_id] = fragment
    if missing:
        async with database.read() as session:
            sources = users_queries.people().where(users_queries.among(users_models.Profile.account_id, missing))
            for person in map(users_queries.person_of, (await session.execute(sources)).all()):
                fragment = users_utils.author(person.profile, person.username).model_dump_json().encode()
                memory.remember((person.id, person.profile.version), fragment)
                found[person.id] = fragment
    return found


def page(items_: Sequence[bytes], *, following: str | None, preceding: str | None) -> bytes:
    """The JSON of a `Page[TimelineItem]`."""
    return b'{"items":[%b],"next":%b,"prev":%b}' % (
        b",".join(items_),
        orjson.dumps(following),
        orjson.dumps(preceding),
    )
