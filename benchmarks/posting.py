"""Row (c): writing a post that reaches 0, 100 and 10,000 homes, against the bare statements by the driver.

The floor is what nobody can do without: one process that sends BEGIN, the post, the homes, the event and COMMIT over
as many connections, with everything prepared, and neither HTTP nor JSON, no token, no text to check, no author to show
and no look at how many follow. Hearth answers requests of another process beside it. Neither is bound to a core, and
both are measured in turn.
"""

import asyncio
import time
from statistics import median

import asyncpg
import httpx

from benchmarks import dataset, house, load, rows

_PORT = 8704
_SECONDS = 2.0
_ROUNDS = 3
_AT_ONCE = 8
_LARGE = 10_000
_LARGE_POSTS = 12
_FOLLOW = """
INSERT INTO follows (follower_id, followee_id, accepted)
SELECT id, $1, true FROM accounts WHERE id <> $1 ORDER BY id LIMIT $2
"""
_POST = """
INSERT INTO posts (author_id, text, visibility, version, likes_count, reposts_count, replies_count, quotes_count)
VALUES ($1, $2, 1, 1, 0, 0, 0, 0) RETURNING id
"""
_ENTRIES = """
INSERT INTO timeline_entries (account_id, entry_id, post_id, source_id)
SELECT follower_id, $2::bigint, $2::bigint, $1::bigint FROM follows WHERE followee_id = $1 AND accepted
UNION ALL SELECT $1::bigint, $2::bigint, $2::bigint, $1::bigint
ON CONFLICT DO NOTHING
"""
_EVENT = """
INSERT INTO outbox (actor_id, type, payload, at) VALUES ($1, 'benchmark', '{"post_id": 1}', now())
"""
_TEXT = "A post as people write it, of about a hundred characters, so that rows have their usual size here."


async def measured() -> list[rows.Row]:
    """Posts a second where few read them, entries a second and the time to the answer where many do."""
    async with house.house() as place:
        await dataset.fill(place, 1_000)
        found = []
        async with house.hearth(place, _PORT, pinned=False):
            for number, followers in enumerate((0, 100)):
                author = await _author(place, f"person{100 + number}", followers)
                found.append(await _small(place, author, followers))
            found += await _large(place, await _author(place, "person200", _LARGE))
        return found


async def _author(place: house.House, username: str, followers: int) -> dataset.Reader:
    reader = await dataset.reader(place, username, 0)
    connection = await place.connect()
    await connection.execute(_FOLLOW, reader.account_id, followers)
    await connection.execute(
        "UPDATE profiles SET followers_count = $2 WHERE account_id = $1", reader.account_id, followers
    )
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return reader


async def _small(place: house.House, author: dataset.Reader, followers: int) -> rows.Row:
    body = {"text": _TEXT}
    job = load.Job(_PORT, [load.post("/v1/posts", body, author.token)], connections=_AT_ONCE, seconds=_SECONDS)
    results, floors = [], []
    for _ in range(_ROUNDS):
        results.append(await load.run(job))
        floors.append(await _bare(place, author.account_id))
    assert not any(result.failures for result in results), "posts were refused"
    homes = followers + 1
    speed, p50 = (median(getattr(result, name) for result in results) for name in ("per_second", "p50"))
    name = f"post with {followers} followers, answered in {p50:.1f} ms"
    return rows.at_least(name, speed * homes, "entries/s", median(floors) * homes, 0.35)


async def _bare(place: house.House, author_id: int) -> float:
    """Posts a second by the driver, over as many connections."""
    async with asyncpg.create_pool(place.driver_url(), min_size=_AT_ONCE, max_size=_AT_ONCE) as pool:
        end = time.perf_counter() + _SECONDS
        counts = await asyncio.gather(*(_bare_writer(pool, author_id, end) for _ in range(_AT_ONCE)))
        return sum(counts) / _SECONDS


async def _bare_writer(pool: "asyncpg.Pool[asyncpg.Record]", author_id: int, end: float) -> int:
    written = 0
    while time.perf_counter() < end:
        await _write(pool, author_id)
        written += 1
    return written


async def _write(pool: "asyncpg.Pool[asyncpg.Record]", author_id: int) -> None:
    async with pool.acquire() as connection, connection.transaction():
        post_id = await connection.fetchval(_POST, author_id, _TEXT)
        await connection.execute(_ENTRIES, author_id, post_id)
        await connection.execute(_EVENT, author_id)


async def _large(place: house.House, author: dataset.Reader) -> list[rows.Row]:
    """Time to the answer, and entries a second until the last one is written."""
    answers, lasts, bare = [], [], []
    pool = await asyncpg.create_pool(place.driver_url(), min_size=1, max_size=2)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{_PORT}") as client:
        for _ in range(_LARGE_POSTS):
            begin = time.perf_counter()
            headers = {"Authorization": f"Bearer {author.token}"}
            response = await client.post("/v1/posts", json={"text": _TEXT}, headers=headers)
            answers.append(time.perf_counter() - begin)
            post_id = int(response.json()["id"])
            while await _reached(pool, post_id) < _LARGE:  # noqa: ASYNC110  another process writes them
                await asyncio.sleep(0.002)
            lasts.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            await _write(pool, author.account_id)
            bare.append(time.perf_counter() - begin)
    await pool.close()
    middle = _LARGE_POSTS // 2
    answer, last, floor = (sorted(times)[middle] for times in (answers, lasts, bare))
    return [
        rows.at_least(
            "post with 10,000 followers: until the last home", _LARGE / last, "entries/s", _LARGE / floor, 0.35
        ),
        rows.at_most("post with 10,000 followers: time to the answer", answer * 1000, "ms", floor * 1000, 1.0),
    ]


async def _reached(pool: "asyncpg.Pool[asyncpg.Record]", post_id: int) -> int:
    statement = "SELECT count(*) FROM timeline_entries WHERE entry_id = $1 AND account_id > 0"
    count: int = await pool.fetchval(statement, post_id)
    return count
