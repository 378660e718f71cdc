"""How PostgreSQL runs the statements of timelines where there are many posts: it looks up, and never reads them all."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import BigInteger, bindparam

from src import clock
from src.database import HotRead, HotWrite
from src.models import first_id_at
from src.search.constants import Place
from src.timelines import candidates, found, jobs, reads
from src.timelines.constants import FROZEN_POSTS
from tests.cluster import Cluster

pytestmark = [pytest.mark.integration, pytest.mark.system]
_VIEWER, _PROLIFIC, _POSTS = 1, 2, 50_000
_STRETCHES = (
    candidates.home_entries,
    candidates.home_sources_of_few,
    candidates.home_sources_of_many,
    candidates.public,
    candidates.group,
    candidates.hashtag,
    candidates.profile,
    candidates.likes,
    candidates.bookmarks,
    candidates.pins,
    candidates.frozen,
)
# One person has written nearly all there is; the viewer follows many others, who have written a little of late.
_ROWS = """
INSERT INTO accounts (id, username, role, state, created_at)
 SELECT id, 'p' || id, 1, 'active', now() FROM generate_series(1, 203) id;
INSERT INTO profiles (account_id, display_name, bio, links, locale, time_zone, private, version, followers_count,
 following_count, created_at)
 SELECT id, username, '', '[]', 'en', 'UTC', false, 1, 1, 0, now() FROM accounts;
INSERT INTO follows (follower_id, followee_id, accepted) SELECT 1, id, true FROM accounts WHERE id > 2;
INSERT INTO posts (id, author_id, text, document, visibility, version, likes_count, reposts_count, replies_count,
 quotes_count) SELECT {first} + (number::bigint << 16), CASE WHEN number <= {posts} THEN 2 ELSE 3 + number % 201 END,
 'x', to_tsvector('simple', 'word w' || number % 500), 1, 1, 0, 0, 0, 0 FROM generate_series(1, {posts} + 1206) number;
INSERT INTO timeline_entries (account_id, entry_id, post_id, source_id)
 SELECT 1, id, id, author_id FROM posts WHERE author_id > 2;
ANALYZE;
"""


@pytest.fixture(scope="module")
async def owner(cluster: Cluster) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a database of many posts whose statistics are known."""
    name = await cluster.create()
    connection = await cluster.connect(name)
    first = first_id_at(clock.now() - timedelta(days=9))
    await connection.execute("SET jit = off;" + _ROWS.format(first=first, posts=_POSTS))
    yield connection
    await connection.close()
    await cluster.drop(name)


async def _plan(owner: "asyncpg.Connection[asyncpg.Record]", statement: HotRead | HotWrite, viewer: int) -> str:
    values = {"viewer": viewer, "subject": _PROLIFIC, "now": clock.now(), "hashtag": "tea", "since": 0}
    values |= {"wanted": "'w7'", "authors": [_PROLIFIC, 3]}
    arguments = statement.arguments(**values, above=0, below=2**63 - 1)
    return "\n".join(row[0] for row in await owner.fetch("EXPLAIN " + statement.sql, *arguments))


async def test_neither_the_popular_posts_nor_the_trimming_read_all_posts(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    since = bindparam("since", type_=BigInteger)
    popular = HotRead(candidates.popular(since, FROZEN_POSTS))
    trimming = HotWrite(jobs.sweeping(_VIEWER, jobs.GONE))
    for plan in (await _plan(owner, popular, _VIEWER), await _plan(owner, trimming, _VIEWER)):
        assert "Seq Scan on posts" not in plan, plan


@pytest.mark.parametrize("stretch", _STRETCHES, ids=lambda stretch: stretch.__name__)
async def test_no_page_reads_all_posts(
    owner: "asyncpg.Connection[asyncpg.Record]", stretch: candidates.Stretch
) -> None:
    for upwards in (False, True):
        for limit in reads.LIMITS:
            statement = reads.statement(stretch, upwards, limit)
            for viewer in (0, _VIEWER):
                plan = await _plan(owner, statement, viewer)
                assert "Seq Scan on posts" not in plan, plan
                assert "EXISTS" not in statement.sql


@pytest.mark.parametrize("authors", [0, 1, 2])
@pytest.mark.parametrize("has_words", [True, False])
async def test_no_search_reads_all_posts(
    owner: "asyncpg.Connection[asyncpg.Record]", has_words: bool, authors: int
) -> None:
    for places in ((), (Place.HOME,), (Place.LIKES,)):
        for upwards in (False, True):
            shape = found.Shape(has_words, authors, ("link",), places, upwards, 21)
            saved = Place.LIKES if places == (Place.LIKES,) else None
            statements = [*found.walk_statements(shape, 1000)]
            if has_words or saved:
                statements.append(found.look_up_statement(shape, saved))
            for statement in statements:
                plan = await _plan(owner, statement, _VIEWER)
                assert "Seq Scan on posts" not in plan, plan
