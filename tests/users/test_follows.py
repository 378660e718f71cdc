"""Following over HTTP: at once, by request, and its end; the lists and the counters of it."""

import pytest

from src.events import event as events
from src.feature import Role
from src.users import events as users_events
from src.users import exceptions, schemas, service, service_blocks, service_follows
from tests.hearth import Hearth, problem
from tests.users.steps import PAGE, caller_of, counts, done, names


async def test_following_again_changes_nothing(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    first, second = await done(ada, "POST", "bob/follow"), await done(ada, "POST", "bob/follow")
    assert first == second
    assert (first["id"], first["following"], first["requested"]) == (str(bob.id), True, False)
    assert (await counts(hearth, "ada"), await counts(hearth, "bob")) == ((0, 1), (1, 0))


async def test_unfollowing_again_changes_nothing(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/follow")
    assert not (await done(ada, "DELETE", "bob/follow"))["following"]
    assert not (await done(ada, "DELETE", "bob/follow"))["following"]
    assert (await counts(hearth, "ada"), await counts(hearth, "bob")) == ((0, 0), (0, 0))


async def test_a_private_person_decides_who_follows(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob", private=True)
    asked = await done(ada, "POST", "bob/follow")
    assert (asked["following"], asked["requested"]) == (False, True)
    assert await counts(hearth, "bob") == (0, 0)
    assert await names(bob, "me/follow-requests") == ["ada"]
    assert (await ada.client.get(f"{PAGE}/bob/followers")).status_code == 403
    for _ in range(2):
        accepted = await done(bob, "POST", f"me/follow-requests/{ada.id}")
        assert (accepted["followed_by"], accepted["requested_by"]) == (True, False)
    assert await counts(hearth, "bob") == (1, 0)
    assert await names(bob, "me/follow-requests") == []
    assert await names(ada, "bob/followers") == ["ada"]


async def test_a_refused_request_may_be_made_again(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob", private=True)
    await done(ada, "POST", "bob/follow")
    await done(bob, "DELETE", f"me/follow-requests/{ada.id}")
    assert problem(await bob.client.delete(f"{PAGE}/me/follow-requests/{ada.id}")) == "follow_request_not_found"
    assert (await done(ada, "POST", "bob/follow"))["requested"]
    assert await names(bob, "me/follow-requests") == ["ada"]


async def test_who_follows_is_not_refused_like_a_request(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/follow")
    assert problem(await bob.client.delete(f"{PAGE}/me/follow-requests/{ada.id}")) == "follow_request_not_found"
    assert await counts(hearth, "bob") == (1, 0)


async def test_a_request_taken_back_cannot_be_accepted(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob", private=True)
    await done(ada, "POST", "bob/follow")
    await done(ada, "DELETE", "bob/follow")
    assert problem(await bob.client.post(f"{PAGE}/me/follow-requests/{ada.id}")) == "follow_request_not_found"
    assert await counts(hearth, "ada") == (0, 0)


async def test_becoming_public_accepts_all_who_asked(hearth: Hearth) -> None:
    bob = await hearth.account("bob", private=True)
    for name in ("ada", "eve"):
        await done(await hearth.account(name), "POST", "bob/follow")
    opened = await bob.client.patch(f"{PAGE}/me", json={"private": False})
    assert opened.json()["followers_count"] == 2
    assert await names(bob, "bob/followers") == ["eve", "ada"]
    assert await counts(hearth, "ada") == (0, 1)


async def test_becoming_private_keeps_the_followers(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/follow")
    await bob.client.patch(f"{PAGE}/me", json={"private": True})
    assert await names(ada, "bob/followers") == ["ada"]
    assert (await done(ada, "POST", "bob/follow"))["following"]


async def test_a_follower_can_be_removed(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob", private=True)
    await done(ada, "POST", "bob/follow")
    await done(bob, "POST", f"me/follow-requests/{ada.id}")
    for _ in range(2):
        assert not (await done(bob, "DELETE", "me/followers/ada"))["followed_by"]
    assert (await ada.client.get(f"{PAGE}/bob/followers")).status_code == 403
    assert await counts(hearth, "bob") == (0, 0)


async def test_nobody_follows_themselves(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    assert problem(await ada.client.post(f"{PAGE}/ada/follow")) == "user_is_you"


async def test_whom_one_blocks_one_does_not_follow(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/block")
    assert problem(await ada.client.post(f"{PAGE}/bob/follow")) == "user_is_blocked"


async def test_a_block_that_came_between_looking_and_following_wins(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(bob, "POST", "ada/block")
    with pytest.raises(exceptions.UserNotFound):
        async with hearth.database.write() as session:
            await service_follows.follow(session, caller=caller_of(ada), followee_id=bob.id)
    assert await counts(hearth, "bob") == (0, 0)


async def test_lists_hide_who_stands_behind_a_block_of_the_viewer(hearth: Hearth) -> None:
    bob, viewer = await hearth.account("bob"), await hearth.account("viewer")
    people = [await hearth.account(name) for name in ("ada", "eve", "joe", "kim")]
    for person in people:
        await done(person, "POST", "bob/follow")
        await done(bob, "POST", f"{person.username}/follow")
    await done(viewer, "POST", "eve/block")
    await done(people[2], "POST", "viewer/block")
    for path in ("bob/followers", "bob/following"):
        assert await names(viewer, path) == ["kim", "ada"]
        assert await names(bob, path) == ["kim", "joe", "eve", "ada"]
        # A page is never short because of what it hides.
        assert await names(viewer, path, limit=2) == ["kim", "ada"]


@pytest.mark.parametrize("path", ["bob/followers", "bob/following"])
async def test_lists_of_a_private_person_are_for_followers(hearth: Hearth, path: str) -> None:
    bob, asking = await hearth.account("bob"), await hearth.account("asking")
    follower, blocked = await hearth.account("follower"), await hearth.account("blocked")
    await done(follower, "POST", "bob/follow")
    await bob.client.patch(f"{PAGE}/me", json={"private": True})
    await done(asking, "POST", "bob/follow")
    await done(bob, "POST", "blocked/block")
    stranger = await hearth.account("stranger", role=Role.ADMIN)
    for client in (hearth.client, asking.client, stranger.client):
        assert problem(await client.get(f"{PAGE}/{path}")) == "lists_are_private"
    assert (await blocked.client.get(f"{PAGE}/{path}")).status_code == 404
    for client in (follower.client, bob.client):
        assert (await client.get(f"{PAGE}/{path}")).status_code == 200


async def test_relationships_come_in_the_order_asked_for_each_once(hearth: Hearth) -> None:
    ada, bob, eve = await hearth.account("ada"), await hearth.account("bob"), await hearth.account("eve")
    await done(ada, "POST", "bob/follow")
    await done(eve, "POST", "ada/follow")
    ids = [eve.id, 7, bob.id, eve.id, ada.id]
    found = (await ada.client.get(f"{PAGE}/relationships", params={"ids": ids})).json()
    assert [item["id"] for item in found] == [str(id_) for id_ in dict.fromkeys(ids)]
    assert [item["following"] for item in found] == [False, False, True, False]
    assert [item["followed_by"] for item in found] == [True, False, False, False]


async def test_relationships_do_not_tell_who_blocks_the_caller(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/follow")
    await done(bob, "POST", "ada/block")
    blocker, absent = (await ada.client.get(f"{PAGE}/relationships", params={"ids": [bob.id, 7]})).json()
    assert blocker | {"id": "7"} == absent
    assert "blocked_by" not in blocker


async def test_ids_that_are_none_are_refused(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    for ids in ([], ["x"], ["-1"], [""], [str(2**63)], ["1"] * 81):
        assert (await ada.client.get(f"{PAGE}/relationships", params={"ids": ids})).status_code == 422


async def test_every_change_is_published_once(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob", private=True)
    heard: list[events.Event] = []

    def kinds() -> list[str]:
        """What has been heard since the last look."""
        found = [event.type for event in heard]
        heard.clear()
        return found

    for _ in range(2):
        async with hearth.database.write() as session:
            await service_follows.follow(session, caller=caller_of(ada), followee_id=bob.id)
            heard += [noted.event for noted in events.noted(session)]
    assert kinds() == ["users.follow_requested"]
    for _ in range(2):
        async with hearth.database.write() as session:
            await service.update(session, caller=caller_of(bob), data=schemas.ProfileUpdate(private=False))
            heard += [noted.event for noted in events.noted(session)]
    followed = heard[-1]
    assert kinds() == ["users.profile_changed", "users.followers_accepted"]
    assert isinstance(followed, users_events.FollowersAccepted)
    assert (followed.follower_ids, followed.followee_id, followed.actor_id) == ((ada.id,), bob.id, bob.id)
    for _ in range(2):
        async with hearth.database.write() as session:
            await service_blocks.block(session, caller=caller_of(bob), account_id=ada.id)
            heard += [noted.event for noted in events.noted(session)]
    assert kinds() == ["users.account_unfollowed", "users.account_blocked"]
