"""Homes are kept short, can be made anew, belong to somebody, and the doctor sees what they lack."""

from datetime import timedelta

import pytest

from src import clock
from src.timelines import archive, checks, jobs, rebuild
from src.timelines.constants import KEPT_ENTRIES
from tests.exported import exported
from tests.hearth import Hearth, Person
from tests.posts.test_posts import write
from tests.timelines.steps import HOME, entries, follow, page, texts, walk, written_at

pytestmark = pytest.mark.integration
_LONG = KEPT_ENTRIES + 250


async def _long_home(hearth: Hearth, count: int = _LONG) -> tuple[Person, Person, list[int]]:
    """Somebody, whom they follow, and the posts that are in their home; the oldest first."""
    ann, ben = await hearth.account(), await hearth.account()
    await follow(ben, ann)
    now = clock.now()
    ids = await written_at(hearth, ann, [now - timedelta(seconds=count - number) for number in range(count)])
    for person in (ann, ben):
        await hearth.database.fetch(
            "INSERT INTO timeline_entries (account_id, entry_id, post_id, source_id)"
            " SELECT $1, id, id, $2 FROM unnest($3::bigint[]) id",
            [person.id, ann.id, ids],
        )
    return ann, ben, ids


async def _horizons(hearth: Hearth) -> dict[int, int]:
    rows = await hearth.database.fetch("SELECT account_id, entry_id FROM timeline_horizons", [])
    return {row["account_id"]: row["entry_id"] for row in rows}


async def test_a_trimmed_home_reads_as_before(hearth: Hearth) -> None:
    ann, ben, ids = await _long_home(hearth)
    before = await walk(ben, HOME, limit=80)
    assert before == [str(number) for number in reversed(range(_LONG))]
    await hearth.run_job("timelines.trim")
    kept = list(reversed(ids))[:KEPT_ENTRIES]
    for person in (ann, ben):
        assert await entries(hearth, person) == kept
        assert await walk(person, HOME, limit=80) == before
    cut = ids[_LONG - KEPT_ENTRIES - 1]
    assert await _horizons(hearth) == {ann.id: cut, ben.id: cut}
    # Doing it again changes nothing.
    await hearth.run_job("timelines.trim")
    assert await entries(hearth, ben) == kept


async def test_a_home_that_is_much_too_long_takes_several_transactions(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ben, ids = await _long_home(hearth)
    gone = set(ids[-250:-100])
    await hearth.database.fetch("DELETE FROM posts WHERE id = ANY($1)", [list(gone)])
    monkeypatch.setattr(jobs, "_ENTRIES_AT_ONCE", 50)
    await hearth.run_job("timelines.trim")
    left = [id_ for id_ in ids if id_ not in gone]
    assert await entries(hearth, ben) == list(reversed(left))[:KEPT_ENTRIES]


async def test_a_home_that_is_hardly_too_long_is_left_alone(hearth: Hearth) -> None:
    _, ben, ids = await _long_home(hearth, KEPT_ENTRIES + 100)
    await hearth.run_job("timelines.trim")
    assert len(await entries(hearth, ben)) == len(ids)
    assert await _horizons(hearth) == {}


async def test_trimming_sweeps_what_is_deleted(hearth: Hearth) -> None:
    ann, ben, ids = await _long_home(hearth)
    await ann.client.delete(f"/v1/posts/{ids[-1]}")
    await hearth.run_job("timelines.trim")
    assert await entries(hearth, ben) == list(reversed(ids[:-1]))[:KEPT_ENTRIES]
    assert (await texts(ben, HOME, limit=1)) == [str(_LONG - 2)]


async def test_a_follow_fills_no_more_than_a_home_keeps(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    now = clock.now()
    ids = await written_at(hearth, ann, [now - timedelta(seconds=_LONG - number) for number in range(_LONG)])
    await follow(ben, ann)
    assert await entries(hearth, ben) == list(reversed(ids))[:KEPT_ENTRIES]
    assert await walk(ben, HOME, limit=80) == [str(number) for number in reversed(range(_LONG))]
    assert await _horizons(hearth) == {ben.id: ids[_LONG - KEPT_ENTRIES - 1]}


async def test_a_horizon_never_sinks(hearth: Hearth) -> None:
    _, ben, _ = await _long_home(hearth)
    await hearth.run_job("timelines.trim")
    before = await _horizons(hearth)
    cat = await hearth.account()
    old = await written_at(hearth, cat, [clock.now() - timedelta(days=2)])
    await follow(ben, cat)
    assert await _horizons(hearth) == before
    # It is below the horizon, so no entry, but it is read all the same.
    assert old[0] not in await entries(hearth, ben)
    assert (await walk(ben, HOME, limit=80))[-1] == "0"
    assert len(await walk(ben, HOME, limit=80)) == _LONG + 1


async def test_the_doctor_sees_what_a_home_lacks_and_a_rebuild_mends_it(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    await follow(ben, ann)
    posts = [await write(ann, str(number)) for number in range(3)]
    await hearth.database.fetch("DELETE FROM timeline_entries WHERE entry_id = $1", [int(posts[1]["id"])])
    async with hearth.database.read() as session:
        assert await checks.entries(session) == [f"the home of account {ben.id} lacks post {posts[1]['id']}"]
    assert await rebuild.rebuild_all(hearth.database) == 2
    async with hearth.database.read() as session:
        assert await checks.entries(session) == []
    assert await texts(ben, HOME) == ["2", "1", "0"]


async def test_an_export_holds_nothing_and_an_erased_home_is_gone(hearth: Hearth) -> None:
    ann, ben, _ = await _long_home(hearth, 3)
    await page(ben, "/v1/timelines/home/popular")
    await hearth.run_job("timelines.trim")
    async with hearth.database.read() as session:
        assert await exported(session, archive.export(ben.id)) == {}
    async with hearth.database.write() as session:
        await archive.erase(session, ben.id)
    for table in ("timeline_entries", "timeline_horizons", "timeline_frozen_lists", "timeline_pulled_authors"):
        left = await hearth.database.fetch(f"SELECT DISTINCT account_id FROM {table}", [])
        assert {row["account_id"] for row in left} <= {ann.id}
