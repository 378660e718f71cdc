"""Whatever a community does, everybody finds just what a plain reading of the rules lets them see, whichever way."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from src.timelines import found
from tests.hearth import Hearth
from tests.search.steps import search
from tests.timelines.world import PEOPLE, World, Written

pytestmark = pytest.mark.integration
_ACTS = 90
# What somebody types, and which posts are meant by it.
_QUERIES: dict[str, Callable[[World, str, Written], bool]] = {
    "words": lambda _world, _viewer, _post: True,
    "word -other": lambda _world, _viewer, post: not post.is_edited,
    '"other words"': lambda _world, _viewer, post: post.is_edited,
    "#tea": lambda _world, _viewer, post: "tea" in post.tags,
    "from:ann from:ben": lambda _world, _viewer, post: post.author in {"ann", "ben"},
    "words from:cat": lambda _world, _viewer, post: post.author == "cat",
    "words in:home": lambda world, viewer, post: viewer == post.author or (viewer, post.author) in world.follows,
    "in:likes": lambda _world, viewer, post: viewer in post.likes,
    "in:me": lambda _world, viewer, post: viewer == post.author,
}


@pytest.mark.parametrize("seed", [40, *(pytest.param(seed, marks=pytest.mark.system) for seed in range(41, 47))])
async def test_what_is_found_equals_the_oracle(hearth: Hearth, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await World.of(hearth, seed)
    for _ in range(_ACTS):
        await world.act()
    for viewer in PEOPLE:
        for query, meant in _QUERIES.items():
            # A walk for every word, or for none.
            monkeypatch.setattr(found, "WALK_FACTOR", world.chance.choice([0, 10**9]))
            limit = world.chance.choice([4, 7, 20])
            path = f"/v1/search?{urlencode({'type': 'posts', 'q': query})}"
            expected = [post.id for post in _newest_first(world) if world.readable(viewer, post)]
            shown = [post_id for post_id, _ in await world.walk(viewer, path, limit=limit)]
            assert shown == [id_ for id_ in expected if meant(world, viewer, world.posts[id_])], (viewer, query)
        await _compare_names(world, viewer)
    everything = (await search(hearth.client, "words", limit=80))["items"]
    assert [int(item["post"]["id"]) for item in everything] == [
        post.id for post in _newest_first(world) if post.visibility == "public" and post.author not in world.private
    ]


def _newest_first(world: World) -> list[Written]:
    return sorted(world.posts.values(), key=lambda post: post.id, reverse=True)


async def _compare_names(world: World, viewer: str) -> None:
    client = world.people[viewer].client
    for tag in ("tea", "sun"):
        names = [item["name"] for item in (await search(client, tag, "hashtags"))["items"]]
        is_seen = any(tag in post.tags and world.visible(viewer, post) for post in world.posts.values())
        assert names == [tag] * is_seen, (viewer, tag)
    for name in PEOPLE:
        people = [item["username"] for item in (await search(client, name, "people"))["items"]]
        assert people == [name] * (not world.blocked(viewer, name)), (viewer, name)
