"""Search at a million posts, by how common a word is, against the bare statement by the driver that looks it up."""

import time
from statistics import median

import asyncpg

from benchmarks import dataset, house, load, rows
from src.database import Database
from src.posts import jobs

_PORT = 8706
_POSTS = 1_000_000
_LOOKS = 40
# Each word with the number of posts of which one holds it.
_WORDS = {"everyday": 10, "usual": 100, "seldom": 1_000, "rarely": 10_000}
_BARE = """
SELECT p.id, p.text FROM posts p JOIN profiles f ON f.account_id = p.author_id
WHERE p.document @@ plainto_tsquery('simple', $1) AND p.visibility = 1 AND NOT f.private
ORDER BY p.id DESC LIMIT 20
"""


async def measured() -> list[rows.Row]:
    """A page of 20 over HTTP for words in 10 %, 1 %, 0.1 % and 0.01 % of the posts."""
    async with house.house() as place:
        await _fill(place)
        reader = await dataset.reader(place, "person19000", 150)
        found = []
        async with house.hearth(place, _PORT):
            for word, one_in in _WORDS.items():
                found += await _word(place, reader, word, one_in)
        return found


async def _fill(place: house.House) -> None:
    await dataset.fill(place, _POSTS)
    connection = await place.connect()
    try:
        await connection.execute("SET statement_timeout = 0; SET transaction_timeout = 0")
        words = " || ".join(
            f"CASE WHEN hashint8(id) % {one} = 0 THEN ' {word}' ELSE '' END" for word, one in _WORDS.items()
        )
        async with dataset.without_words_index(connection):
            # The documents as the server writes them, but all at once.
            await connection.execute(f"UPDATE posts SET document = NULL, text = text || {words}")  # noqa: S608  our own
            database = Database(place.server.url)
            await jobs.write_documents(database)
            await database.close()
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _word(place: house.House, reader: dataset.Reader, word: str, one_in: int) -> list[rows.Row]:
    path = f"/v1/search?type=posts&q={word}"
    result = await load.run(load.Job(_PORT, [load.get(path, reader.token)], connections=1, seconds=4.0))
    assert result.failures == 0, f"{result.failures} refusals of {path}"
    connection = await place.connect()
    floor = await _bare(connection, word)
    await connection.close()
    name = f"search at {_POSTS:,} posts, a word in {100 / one_in:g} %"
    return [
        rows.at_most(f"{name}: p50", result.p50, "ms", None, 20.0),
        rows.at_most(f"{name}: p99", result.p99, "ms", None, 60.0),
        rows.at_most(f"{name}: p50 against the bare statement, and 5 ms", result.p50, "ms", floor + 5, 2.0),
    ]


async def _bare(connection: "asyncpg.Connection[asyncpg.Record]", word: str) -> float:
    times = []
    for _ in range(_LOOKS):
        begin = time.perf_counter()
        found = await connection.fetch(_BARE, word)
        times.append(time.perf_counter() - begin)
        assert len(found) == 20
    return median(times) * 1000
