"""Generated communities: so many posts by 20,000 authors with a cubic power law, and readers who follow few or many."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from benchmarks.house import House
from src.database import Database
from src.timelines import fan_out

AUTHORS = 20_000
# Of the 48-bit milliseconds of ids: one post every 20 seconds up to now.
_SPACING_MS = 20_000

_PEOPLE = """
WITH made AS (
    INSERT INTO accounts (username, password_hash, role, state, created_at)
    SELECT 'person' || n, NULL, 1, 'active', now() FROM generate_series(1, $1::int) n
    RETURNING id, username
)
INSERT INTO profiles (account_id, display_name, bio, links, locale, time_zone, private, version,
                      followers_count, following_count, created_at)
SELECT id, initcap(username), 'Somebody.', '[]', 'en', 'UTC', false, 1, 0, 0, now() FROM made
"""
_POSTS = """
WITH authors AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts),
     drawn AS (
         SELECT n, floor(power(random(), 3) * $2)::int AS place
         FROM generate_series(1, $1::int) n
     )
INSERT INTO posts (id, author_id, text, document, visibility, version, likes_count, reposts_count, replies_count,
                   quotes_count)
SELECT ((extract(epoch FROM now()) * 1000)::bigint - n::bigint * $3) << 16, authors.id, text,
       to_tsvector('simple', text), 1, 1, 0, 0, 0, 0
FROM drawn JOIN authors USING (place),
     concat('Post number ', n, ' of a generated community, about as long as most people write. ', md5(n::text)) AS text
"""
_FOLLOWS = """
INSERT INTO follows (follower_id, followee_id, accepted)
SELECT $1, id, true FROM (
    SELECT author_id AS id FROM posts WHERE author_id <> $1 GROUP BY author_id
    ORDER BY count(*) DESC, author_id LIMIT $2
) busiest
"""
_LIKES = "INSERT INTO likes (account_id, post_id) SELECT $1, id FROM posts ORDER BY id DESC LIMIT 2000"
_SESSION = """
INSERT INTO sessions (account_id, device, address, created_at, last_used_at, expires_at, generation, digest,
                      refreshed_at)
VALUES ($1, 'benchmark', '127.0.0.1', now(), now(), now() + interval '30 days', 1, '', now()) RETURNING id
"""


@dataclass(frozen=True)
class Reader:
    """Somebody with a home to read."""

    account_id: int
    token: str
    follows: int


async def fill(house: House, posts: int) -> None:
    """People and posts."""
    connection = await house.connect()
    try:
        await connection.execute("SET statement_timeout = 0; SET transaction_timeout = 0")
        await connection.execute(_PEOPLE, AUTHORS)
        async with without_words_index(connection):
            await connection.execute(_POSTS, posts, AUTHORS, _SPACING_MS)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


@asynccontextmanager
async def without_words_index(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """Makes the index of the posts' words anew at the end: one that is there already would be filled word by word."""
    index = await connection.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_posts_document'")
    await connection.execute("DROP INDEX ix_posts_document")
    yield
    await connection.execute(index)


async def reader(house: House, username: str, follows: int) -> Reader:
    """This person, following the busiest authors, with the home that they would have by now."""
    connection = await house.connect()
    try:
        account_id = await connection.fetchval("SELECT id FROM accounts WHERE username = $1", username)
        await connection.execute(_FOLLOWS, account_id, follows)
        await connection.execute("UPDATE profiles SET following_count = $2 WHERE account_id = $1", account_id, follows)
        await connection.execute(_LIKES, account_id)
        session_id = await connection.fetchval(_SESSION, account_id)
    finally:
        await connection.close()
    database = Database(house.server.url)
    async with database.write() as session:
        await fan_out.fill(session, account_id=account_id)
    await database.close()
    connection = await house.connect()
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return Reader(account_id, house.token(account_id, session_id), follows)
