"""Posts for a group on their way: no group comes along, so they become their author's and whom they name."""

import json
import zipfile
from pathlib import Path

import pytest

from src.config import Settings
from tests.archives.moves import another, bring, export, rows
from tests.archives.test_deletion import delete
from tests.cluster import Cluster
from tests.hearth import Hearth, Person, problem
from tests.posts.group_steps import chat_of, send_away, write_to
from tests.timelines.steps import follow

pytestmark = pytest.mark.integration


async def _visibilities(person: Person) -> dict[str, tuple[str, str | None]]:
    items = (await person.client.get("/v1/timelines/users/ada")).json()["items"]
    return {item["post"]["text"]: (item["post"]["visibility"], item["post"]["group_id"]) for item in items}


async def test_a_post_for_a_group_comes_back_for_whom_it_names(
    hearth: Hearth, cluster: Cluster, settings: Settings, tmp_path: Path
) -> None:
    ada, bob, carl = [await hearth.account(name) for name in ("ada", "bob", "carl")]
    group = await chat_of(ada, bob, carl)
    texts = ["to all of us", "to all of us, and @bob above all"]
    for text in texts:
        await write_to(ada, group, text)
    packed = await export(hearth, ada, tmp_path)
    assert {(row["visibility"], row["group_id"]) for row in rows(packed)["posts"]} == {(4, group)}
    with zipfile.ZipFile(packed) as archive:
        notes = [activity["object"] for activity in json.loads(archive.read("outbox.json"))["orderedItems"]]
    # Mastodon's direct messages.
    assert [[address.rpartition("/")[2] for address in note["to"]] for note in notes] == [[], ["bob"]]
    assert [note["cc"] for note in notes] == [[], []]
    async with another(cluster, settings) as there:
        new_ada, new_bob, new_carl = [await there.account(name) for name in ("ada", "bob", "carl")]
        for follower in (new_bob, new_carl):
            await follow(follower, new_ada)
        assert (await bring(there, new_ada, packed))["posts"] == {"new": 2, "known": 0, "skipped": {}}
        assert await _visibilities(new_ada) == dict.fromkeys(texts, ("mentioned", None))
        assert await _visibilities(new_bob) == {texts[1]: ("mentioned", None)}
        assert await _visibilities(new_carl) == {}


async def test_who_leaves_for_good_takes_their_own_and_ends_the_group_that_is_theirs_alone(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    group = await chat_of(ada, bob)
    mine, theirs = await write_to(ada, group, "mine"), await write_to(bob, group, "theirs")
    await send_away(bob, group, bob)
    assert (await ada.client.get(f"/v1/posts/{theirs['id']}")).is_success
    await delete(hearth, ada)
    await hearth.settle()
    assert problem(await bob.client.get(f"/v1/posts/{mine['id']}")) == "post_not_found"
    assert (await bob.client.get(f"/v1/posts/{theirs['id']}")).json()["visibility"] == "mentioned"
    await hearth.run_job("chats.delete_emptied")
    assert not await hearth.database.fetch("SELECT 1 FROM groups", [])
