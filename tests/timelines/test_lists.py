"""The timelines beside home: a person's page, pins, likes, bookmarks, the public one and hashtags."""

from datetime import timedelta

import pytest

from src import clock
from tests.hearth import Hearth, problem
from tests.posts.test_posts import write
from tests.timelines.steps import HOME, follow, page, texts

pytestmark = pytest.mark.integration


async def test_a_page_of_a_person_shows_what_they_wrote_and_carried_on(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    path = "/v1/timelines/users/ann"
    await write(ann, "one")
    theirs = await write(ben, "by ben")
    await ann.client.post(f"/v1/posts/{theirs['id']}/repost")
    await write(ann, "reply", reply_to_id=theirs["id"])
    await write(ann, "for followers", visibility="followers")
    await write(ann, "for @ben", visibility="mentioned")
    everything = ["for @ben", "for followers", "reply", "by ben", "one"]
    assert await texts(ann, path) == everything
    assert await texts(ben, path) == ["for @ben", "reply", "by ben", "one"]
    await follow(ben, ann)
    assert await texts(ben, path) == everything
    items = (await hearth.client.get(path)).json()["items"]
    assert [item["post"]["text"] for item in items] == ["reply", "by ben", "one"]
    carried = items[1]
    assert (carried["post"]["author"]["username"], carried["reposted_by"]["username"]) == ("ben", "ann")
    assert items[0]["reposted_by"] is None


async def test_a_mute_does_not_empty_the_muted_persons_own_page(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    await write(ann, "one")
    await ben.client.post("/v1/users/ann/mute")
    assert await texts(ben, "/v1/timelines/users/ann") == ["one"]
    assert await texts(ben, "/v1/timelines/public") == []


async def test_a_block_empties_every_list_at_once_in_both_directions(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    post = await write(ann, "#tea by ann")
    await write(ben, "#tea by ben")
    for what in ("like", "bookmark"):
        await ben.client.post(f"/v1/posts/{post['id']}/{what}")
    await ben.client.post("/v1/users/ann/block")
    for path in ("public", "hashtags/tea", "likes", "bookmarks", "home"):
        assert "#tea by ann" not in await texts(ben, f"/v1/timelines/{path}")
    assert await texts(ann, "/v1/timelines/public") == ["#tea by ann"]
    assert problem(await ann.client.get("/v1/timelines/users/ben")) == "user_not_found"
    # Whom one has blocked oneself one still finds; there is just nothing to read.
    assert await texts(ben, "/v1/timelines/users/ann") == []
    await ben.client.delete("/v1/users/ann/block")
    assert await texts(ben, "/v1/timelines/likes") == ["#tea by ann"]


async def test_a_private_page_is_for_followers(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann", private=True), await hearth.account("ben")
    await write(ann, "one #tea")
    for path in ("users/ann", "public", "hashtags/tea"):
        assert await texts(ben, f"/v1/timelines/{path}") == []
    await ben.client.post("/v1/users/ann/follow")
    assert await texts(ben, "/v1/timelines/users/ann") == []
    await ann.client.post(f"/v1/users/me/follow-requests/{ben.id}")
    for path in ("users/ann", "public", "hashtags/tea", "home"):
        assert await texts(ben, f"/v1/timelines/{path}") == ["one #tea"]


async def test_pins_stand_in_the_order_of_pinning(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    path = "/v1/timelines/users/ann/pins"
    posts = [await write(ann, str(number)) for number in range(3)]
    hidden = await write(ann, "for followers", visibility="followers")
    for post in (posts[1], hidden, posts[0]):
        await ann.client.post(f"/v1/posts/{post['id']}/pin")
    assert await texts(ann, path) == ["0", "for followers", "1"]
    assert await texts(ben, path) == ["0", "1"]
    await ann.client.delete(f"/v1/posts/{posts[0]['id']}/pin")
    assert await texts(ann, path) == ["for followers", "1"]
    assert [item["viewer"]["pinned"] for item in (await page(ann, path))["items"]] == [True, True]


@pytest.mark.parametrize(("what", "path"), [("like", "likes"), ("bookmark", "bookmarks")])
async def test_ones_own_lists_stand_in_the_order_of_doing(hearth: Hearth, what: str, path: str) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    posts = [await write(ann, str(number)) for number in range(4)]
    for post in (posts[2], posts[0], posts[3], posts[1]):
        await ben.client.post(f"/v1/posts/{post['id']}/{what}")
    await ben.client.delete(f"/v1/posts/{posts[0]['id']}/{what}")
    listed = f"/v1/timelines/{path}"
    assert await texts(ben, listed) == ["1", "3", "2"]
    first = await page(ben, listed, limit=2)
    assert [item["post"]["text"] for item in first["items"]] == ["1", "3"]
    second = await page(ben, listed, limit=2, cursor=first["next"])
    assert [item["post"]["text"] for item in second["items"]] == ["2"]
    assert (await page(ben, listed, limit=2, cursor=second["prev"]))["items"] == first["items"]
    assert await texts(ann, listed) == []


async def test_the_public_timeline_has_no_replies_and_nothing_for_few(hearth: Hearth) -> None:
    ann = await hearth.account()
    root = await write(ann, "root")
    await write(ann, "reply", reply_to_id=root["id"])
    await write(ann, "quote", quote_of_id=root["id"])
    await write(ann, "for followers", visibility="followers")
    assert await texts(ann, "/v1/timelines/public") == ["quote", "root"]


async def test_a_hashtag_is_found_in_any_spelling(hearth: Hearth) -> None:
    ann = await hearth.account()
    for text in ("#Straße", "#STRASSE", "#Grüße", "no tag", "#strassen"):
        await write(ann, text)
    assert await texts(ann, "/v1/timelines/hashtags/strasse") == ["#STRASSE", "#Straße"]
    assert await texts(ann, "/v1/timelines/hashtags/Stra%C3%9Fe") == ["#STRASSE", "#Straße"]
    assert await texts(ann, "/v1/timelines/hashtags/GRU%CC%88SSE") == ["#Grüße"]
    assert await texts(ann, "/v1/timelines/hashtags/nothing") == []


async def test_a_mute_for_a_time_ends_by_itself(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    await follow(ben, ann)
    await write(ann, "one")
    await ben.client.post("/v1/users/ann/mute", json={"minutes": 5})
    assert await texts(ben, HOME) == []
    with clock.shifted(timedelta(minutes=4)):
        assert await texts(ben, HOME) == []
    with clock.shifted(timedelta(minutes=6)):
        assert await texts(ben, HOME) == ["one"]
