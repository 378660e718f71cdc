"""Rows (a) and (b): the home timeline of 20 posts, authenticated, over HTTP on one core."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

from benchmarks import dataset, house, load, rows
from benchmarks.dataset import Reader

_PORT, _RAW_PORT, _ORM_PORT = 8701, 8702, 8703
_FIRST_GROWN_PORT = 8711
_SIZES = (10_000, 100_000, 1_000_000)
_FOLLOWS = (5, 5_000)
_ROUNDS = 3


async def compared() -> list[rows.Row]:
    """Against a hand-written handler and against the usual style, in turn, at 200,000 posts."""
    async with house.house() as place:
        await dataset.fill(place, 200_000)
        reader = await dataset.reader(place, "person19000", 150)
        ours, raw, orm = [], [], []
        async with (
            house.hearth(place, _PORT),
            house.other(place, "benchmarks.raw_app:app", _RAW_PORT),
            house.other(place, "benchmarks.orm_app:app", _ORM_PORT),
        ):
            for _ in range(_ROUNDS):
                raw.append(await _measured(_RAW_PORT, f"/home/{reader.account_id}"))
                ours.append(await _measured(_PORT, "/v1/timelines/home", reader.token))
                orm.append(await _measured(_ORM_PORT, f"/home/{reader.account_id}"))
        speed, floor, usual = (median(run.per_second for run in runs) for runs in (ours, raw, orm))
        p99, p50 = (median(getattr(run, name) for run in ours) for name in ("p99", "p50"))
        return [
            rows.at_least("home, against a hand-written asyncpg handler", speed, "requests/s", floor, 1.0),
            rows.at_least("home, against an ORM handler in the usual style", speed, "requests/s", usual, 5.0),
            rows.at_most("home, p99 against p50 at 16 connections", p99, "ms", p50, 3.0),
        ]


async def growing() -> list[rows.Row]:
    """The same for 5 and for 5,000 follows, from ten thousand posts to a million: all of them in turn."""
    runs: dict[tuple[int, int], list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        grown = {
            posts: await stack.enter_async_context(_grown(posts, _FIRST_GROWN_PORT + number))
            for number, posts in enumerate(_SIZES)
        }
        for _ in range(_ROUNDS):
            for number, (posts, readers) in enumerate(grown.items()):
                for reader in readers:
                    run = await _measured(_FIRST_GROWN_PORT + number, "/v1/timelines/home", reader.token, seconds=3.0)
                    runs[posts, reader.follows].append(run.per_second)
    # The best of each: what disturbs a run only makes it slower.
    took = {which: 1e6 / max(speeds) for which, speeds in runs.items()}
    few, many = _FOLLOWS
    return [
        rows.at_most(
            f"home at {posts:,} posts, {follows:,} follows: slower than at {_SIZES[0]:,}",
            microseconds,
            "us",
            took[_SIZES[0], follows],
            1.3,
        )
        for (posts, follows), microseconds in took.items()
        if posts != _SIZES[0]
    ] + [
        rows.at_most(
            f"home, {many:,} follows: slower than {few}", took[_SIZES[-1], many], "us", took[_SIZES[-1], few], 1.3
        )
    ]


@asynccontextmanager
async def _grown(posts: int, port: int) -> AsyncIterator[list[Reader]]:
    """A house of this size that serves at this port, and who reads there."""
    async with house.house() as place:
        await dataset.fill(place, posts)
        readers = [await dataset.reader(place, f"person{10_000 + follows}", follows) for follows in _FOLLOWS]
        async with house.hearth(place, port):
            yield readers


async def _measured(port: int, path: str, token: str | None = None, *, seconds: float = 5.0) -> load.Result:
    result = await load.run(load.Job(port=port, requests=[load.get(path, token)], seconds=seconds))
    assert result.failures == 0, f"{result.failures} refusals of {path}"
    return result
