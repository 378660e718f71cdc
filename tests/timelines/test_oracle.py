"""Whatever a community does, its timelines are what a plain reading of the rules says: no hole, no double, no more."""

import asyncio

import pytest

from src.timelines import checks, fan_out, rebuild
from tests.hearth import Hearth
from tests.posts.test_posts import write
from tests.timelines.world import PEOPLE, World

pytestmark = pytest.mark.integration
_ACTS = 90


async def _compare(world: World) -> None:
    for name in PEOPLE:
        limit = world.chance.choice([1, 3, 7, 20])
        assert await world.walk(name, "/v1/timelines/home", limit=limit) == world.home(name)
        assert await world.walk(name, "/v1/timelines/public", limit=7) == world.public(name)
        assert await world.walk(name, "/v1/timelines/hashtags/Tea", limit=7) == world.tagged(name, "tea")
        popular = await world.walk(name, "/v1/timelines/home/popular?window=all", limit=3)
        assert [post_id for post_id, _ in popular] == world.popular(name)
        for group, members in world.groups.items():
            path = f"/v1/timelines/groups/{group}"
            if name in members:
                assert await world.walk(name, path, limit=limit) == world.grouped(name, group)
            else:
                assert (await world.people[name].client.get(path)).status_code == 404


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.system) for seed in range(1, 4))])
async def test_timelines_equal_the_oracle(hearth: Hearth, seed: int) -> None:
    world = await World.of(hearth, seed)
    for _ in range(_ACTS):
        await world.act()
    await _compare(world)
    async with hearth.database.read() as session:
        assert await checks.entries(session) == []


@pytest.mark.parametrize("seed", [10, pytest.param(11, marks=pytest.mark.system)])
async def test_a_trimmed_home_goes_on_from_the_posts_themselves(hearth: Hearth, seed: int) -> None:
    world = await World.of(hearth, seed)
    for _ in range(_ACTS):
        await world.act()
        if world.chance.random() < 0.05 and world.posts:
            name, cut = world.chance.choice(PEOPLE), world.chance.choice(sorted(world.posts))
            await _trim(world, name, cut)
    await _compare(world)


async def _trim(world: World, name: str, cut: int) -> None:
    """What the trimming job does to a long home, here to a short one."""
    account_id = world.people[name].id
    async with world.hearth.database.write() as session:
        await fan_out.raise_horizon(session, account_id, cut)
    await world.hearth.database.fetch(
        "DELETE FROM timeline_entries WHERE account_id = $1 AND entry_id <= $2", [account_id, cut]
    )


async def test_a_rebuilt_home_is_the_same(hearth: Hearth) -> None:
    world = await World.of(hearth, 20)
    for _ in range(_ACTS):
        await world.act()
    assert await rebuild.rebuild_all(hearth.database) == len(PEOPLE)
    await _compare(world)


async def test_paging_under_concurrent_posting_neither_skips_nor_doubles(hearth: Hearth) -> None:
    world = await World.of(hearth, 30)
    for name in PEOPLE[1:]:
        await world.people["ann"].client.post(f"/v1/users/{name}/follow")
        world.follows.add(("ann", name))
    for _ in range(10):
        for name in PEOPLE:
            await world.write(name)
    before = world.home("ann")
    walked, _ = await asyncio.gather(_walk_slowly(world), _write_meanwhile(world))
    assert walked[: len(before)] == before or walked[-len(before) :] == before
    assert len(set(walked)) == len(walked)


async def _walk_slowly(world: World) -> list[tuple[int, str | None]]:
    return await world.walk("ann", "/v1/timelines/home", limit=3)


async def _write_meanwhile(world: World) -> None:
    # Never an answer: it would be counted on a post that is walked there and back.
    for number in range(5):
        await write(world.people["ben"], f"meanwhile {number}")
