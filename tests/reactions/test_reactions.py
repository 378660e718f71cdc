"""What readers do to posts, over HTTP: done twice is done once, and each answer says how things stand."""

import asyncio
from typing import Any

import pytest

from src.posts.constants import Visibility
from src.reactions import checks
from src.reactions.constants import MAX_PINS
from tests.hearth import Hearth, problem
from tests.reactions.steps import done, no_counter_is_wrong, state, undone, write

pytestmark = pytest.mark.integration
_FLAGS = {"like": "liked", "repost": "reposted", "bookmark": "bookmarked", "pin": "pinned"}
_NOTHING = dict.fromkeys(_FLAGS.values(), False)
_COUNTED = {"like": "likes_count", "repost": "reposts_count"}


def _flags(answer: dict[str, Any]) -> dict[str, bool]:
    return {flag: answer[flag] for flag in _FLAGS.values()}


@pytest.mark.parametrize("what", _FLAGS)
async def test_a_double_tap_does_it_once_and_undoes_it_once(hearth: Hearth, what: str) -> None:
    alice = await hearth.account()
    post = await write(alice)
    for _ in range(2):
        answer = await done(alice, what, post["id"])
        assert _flags(answer) == {**_NOTHING, _FLAGS[what]: True}
        assert answer == await state(alice, post["id"])
        assert [answer[counter] for counter in _COUNTED.values()] == [int(what == one) for one in _COUNTED]
    for _ in range(2):
        answer = await undone(alice, what, post["id"])
        assert _flags(answer) == _NOTHING
        assert [answer["likes_count"], answer["reposts_count"]] == [0, 0]
    await no_counter_is_wrong(hearth)


async def test_counts_are_everybodys_and_flags_are_ones_own(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account(), await hearth.account(), await hearth.account()
    post = await write(alice)
    for person in (alice, bob):
        await done(person, "like", post["id"])
    await done(bob, "repost", post["id"])
    assert _flags(await state(bob, post["id"])) == {**_NOTHING, "liked": True, "reposted": True}
    seen = await state(carol, post["id"])
    assert _flags(seen) == _NOTHING
    assert (seen["likes_count"], seen["reposts_count"]) == (2, 1)
    stranger = (await hearth.client.get(f"/v1/posts/{post['id']}/reactions")).json()
    assert stranger == seen
    read = (await hearth.client.get(f"/v1/posts/{post['id']}")).json()
    assert (read["likes_count"], read["reposts_count"]) == (2, 1)


async def test_a_bookmark_is_seen_by_its_owner_alone(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    post = await write(alice)
    before = (await alice.client.get(f"/v1/posts/{post['id']}")).json()
    await done(bob, "bookmark", post["id"])
    assert (await alice.client.get(f"/v1/posts/{post['id']}")).json() == before
    assert _flags(await state(alice, post["id"])) == _NOTHING
    assert (await alice.client.get("/v1/timelines/bookmarks")).json()["items"] == []
    kept = (await bob.client.get("/v1/timelines/bookmarks")).json()["items"]
    assert [item["post"]["id"] for item in kept] == [post["id"]]
    # No event tells of it either.
    await hearth.settle()
    told = await hearth.database.fetch("SELECT type FROM outbox WHERE type LIKE 'reactions.%'", [])
    assert told == []


@pytest.mark.parametrize("visibility", ["followers", "mentioned"])
async def test_only_public_posts_are_carried_on(hearth: Hearth, visibility: str) -> None:
    alice, bob = await hearth.account(), await hearth.account("bob")
    await bob.client.post(f"/v1/users/{alice.username}/follow")
    post = await write(alice, "for @bob", visibility=visibility)
    for person in (alice, bob):
        assert problem(await person.client.post(f"/v1/posts/{post['id']}/repost")) == "repost_not_permitted"
    await done(bob, "like", post["id"])


async def test_what_a_private_person_writes_only_they_carry_on(hearth: Hearth) -> None:
    alice, bob = await hearth.account(private=True), await hearth.account()
    await bob.client.post(f"/v1/users/{alice.username}/follow")
    await alice.client.post(f"/v1/users/me/follow-requests/{bob.id}")
    post = await write(alice)
    assert problem(await bob.client.post(f"/v1/posts/{post['id']}/repost")) == "repost_not_permitted"
    assert (await done(alice, "repost", post["id"]))["reposts_count"] == 1


async def test_a_repost_from_before_the_account_was_closed_can_be_taken_back(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    await bob.client.post(f"/v1/users/{alice.username}/follow")
    post = await write(alice)
    await done(bob, "repost", post["id"])
    await alice.client.patch("/v1/users/me", json={"private": True})
    assert (await undone(bob, "repost", post["id"]))["reposts_count"] == 0


async def test_nothing_is_done_to_what_one_cannot_see(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    post = await write(alice)
    await alice.client.post(f"/v1/users/{bob.username}/block")
    for what in _FLAGS:
        for method in ("POST", "DELETE"):
            answer = await bob.client.request(method, f"/v1/posts/{post['id']}/{what}")
            assert problem(answer) == "post_not_found"
    assert (await state(alice, post["id"]))["likes_count"] == 0


@pytest.mark.parametrize("hidden_by", ["author blocks", "reader blocks", "private", "mentioned", "suspended"])
async def test_ones_own_reaction_can_be_taken_back_from_a_post_that_one_no_longer_sees(
    hearth: Hearth, hidden_by: str
) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    post = await write(alice)
    for what in ("like", "repost", "bookmark"):
        await done(bob, what, post["id"])
        await done(alice, what, post["id"])
    await hearth.settle()
    if hidden_by == "author blocks":
        await alice.client.post("/v1/users/bob/block")
    elif hidden_by == "reader blocks":
        await bob.client.post("/v1/users/alice/block")
    elif hidden_by == "private":
        await alice.client.patch("/v1/users/me", json={"private": True})
    elif hidden_by == "mentioned":
        await hearth.database.fetch("UPDATE posts SET visibility = $1", [int(Visibility.MENTIONED)])
    else:
        await (await hearth.admin()).client.put(f"/v1/admin/accounts/{alice.id}/suspension")
    assert problem(await bob.client.get(f"/v1/posts/{post['id']}")) == "post_not_found"
    for what, flag in (("like", "liked"), ("repost", "reposted"), ("bookmark", "bookmarked")):
        assert not (await undone(bob, what, post["id"]))[flag]
        # Nothing of one's own is left there: the post is as unknown as any other.
        for answer in (
            await bob.client.delete(f"/v1/posts/{post['id']}/{what}"),
            await bob.client.post(f"/v1/posts/{post['id']}/{what}"),
            await bob.client.delete(f"/v1/posts/1/{what}"),
        ):
            assert problem(answer) == "post_not_found"
    counts = await hearth.database.fetch("SELECT likes_count, reposts_count FROM posts", [])
    assert [tuple(row) for row in counts] == [(1, 1)]
    await no_counter_is_wrong(hearth)


async def test_another_kind_of_reaction_does_not_open_the_way(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account("bob")
    post = await write(alice)
    await done(bob, "like", post["id"])
    await alice.client.post("/v1/users/bob/block")
    for what in ("repost", "bookmark", "pin"):
        assert problem(await bob.client.delete(f"/v1/posts/{post['id']}/{what}")) == "post_not_found"
    assert (await undone(bob, "like", post["id"]))["likes_count"] == 0


async def test_two_who_take_the_same_reaction_back_from_an_unseen_post_count_once(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account("bob")
    post = await write(alice)
    for person in (alice, bob):
        await done(person, "like", post["id"])
    await alice.client.post("/v1/users/bob/block")
    taps = (bob.client.delete(f"/v1/posts/{post['id']}/like") for _ in range(4))
    assert {answer.status_code for answer in await asyncio.gather(*taps)} <= {200, 404}
    assert (await state(alice, post["id"]))["likes_count"] == 1
    await no_counter_is_wrong(hearth)


async def test_only_own_posts_are_pinned_and_only_so_many(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    posts = [await write(alice, f"post {number}") for number in range(MAX_PINS + 1)]
    assert problem(await bob.client.post(f"/v1/posts/{posts[0]['id']}/pin")) == "pin_not_yours"
    for post in posts[:MAX_PINS]:
        await done(alice, "pin", post["id"])
    last = posts[MAX_PINS]["id"]
    assert problem(await alice.client.post(f"/v1/posts/{last}/pin")) == "too_many_pins"
    # Full is full, but what is pinned may be pinned once more.
    await done(alice, "pin", posts[0]["id"])
    await undone(alice, "pin", posts[0]["id"])
    assert (await done(alice, "pin", last))["pinned"]


async def test_a_deleted_post_takes_its_reactions_along(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    post = await write(alice)
    await done(alice, "pin", post["id"])
    for what in ("like", "repost", "bookmark"):
        await done(bob, what, post["id"])
    assert (await alice.client.delete(f"/v1/posts/{post['id']}")).status_code == 204
    for path in ("likes", "bookmarks", "home"):
        assert (await bob.client.get(f"/v1/timelines/{path}")).json()["items"] == []
    for table in ("likes", "reposts", "bookmarks", "pins"):
        assert (await hearth.database.fetch(f"SELECT count(*) FROM {table}", []))[0][0] == 0


async def test_the_recount_finds_a_wrong_counter(hearth: Hearth) -> None:
    alice = await hearth.account()
    liked, carried, plain = [await write(alice) for _ in range(3)]
    await done(alice, "like", liked["id"])
    await done(alice, "repost", carried["id"])
    await hearth.database.fetch("UPDATE posts SET likes_count = 3 WHERE id = $1", [int(liked["id"])])
    await hearth.database.fetch("UPDATE posts SET reposts_count = 0 WHERE id = $1", [int(carried["id"])])
    await hearth.database.fetch("UPDATE posts SET likes_count = 1 WHERE id = $1", [int(plain["id"])])
    async with hearth.database.read() as session:
        assert sorted(await checks.counters(session)) == [
            f"post {liked['id']}: 3 likes kept, 1 found",
            f"post {carried['id']}: 0 reposts kept, 1 found",
            f"post {plain['id']}: 1 likes kept, 0 found",
        ]
