"""Rows (a) and (b): the home timeline of 20 posts, authenticated, over HTTP on one core."""

from statistics import median

from benchmarks import dataset, house, load, rows
from benchmarks.dataset import Reader

_PORT, _RAW_PORT, _ORM_PORT = 8701, 8702, 8703
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
    """The same for 5 and for 5,000 follows, from ten thousand posts to a million."""
    speeds: dict[tuple[int, int], float] = {}
    for posts in (10_000, 100_000, 1_000_000):
        async with house.house() as place:
            await dataset.fill(place, posts)
            readers = [await dataset.reader(place, f"person{10_000 + n}", n) for n in (5, 5_000)]
            async with house.hearth(place, _PORT):
                for reader in readers:
                    speeds[posts, reader.follows] = await _best(reader)
    first = {follows: speeds[10_000, follows] for follows in (5, 5_000)}
    return [
        rows.at_most(
            f"home at {posts:,} posts, {follows:,} follows: slower than at 10,000",
            1e6 / speed,
            "us",
            1e6 / first[follows],
            1.3,
        )
        for (posts, follows), speed in speeds.items()
        if posts > 10_000
    ] + [rows.at_most("home, 5,000 follows: slower than 5", 1e6 / first[5_000], "us", 1e6 / first[5], 1.3)]


async def _best(reader: Reader) -> float:
    runs = [await _measured(_PORT, "/v1/timelines/home", reader.token) for _ in range(2)]
    return max(run.per_second for run in runs)


async def _measured(port: int, path: str, token: str | None = None) -> load.Result:
    result = await load.run(load.Job(port=port, requests=[load.get(path, token)]))
    assert result.failures == 0, f"{result.failures} refusals of {path}"
    return result
