"""Blocking and muting over HTTP."""

from datetime import timedelta

from src import clock
from tests.hearth import Hearth, problem
from tests.users.steps import PAGE, counts, done, names, suspend


async def test_a_block_ends_what_was_between_two_people(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/follow")
    await done(bob, "POST", "ada/follow")
    blocked = await done(ada, "POST", "bob/block")
    assert (blocked["blocking"], blocked["following"], blocked["followed_by"]) == (True, False, False)
    assert await done(ada, "POST", "bob/block") == blocked
    assert (await counts(hearth, "ada"), await counts(hearth, "bob")) == ((0, 0), (0, 0))
    assert (await bob.client.get(f"{PAGE}/ada")).status_code == 404
    assert problem(await bob.client.post(f"{PAGE}/ada/follow")) == "user_not_found"


async def test_a_counter_that_has_drifted_keeps_nobody_from_blocking(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/follow")
    await hearth.database.fetch("UPDATE profiles SET followers_count = 0, following_count = 0", [])
    assert (await done(bob, "POST", "ada/block"))["followed_by"] is False
    assert (await counts(hearth, "ada"), await counts(hearth, "bob")) == ((0, 0), (0, 0))


async def test_a_block_ends_requests_of_both_sides(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada", private=True), await hearth.account("bob", private=True)
    await done(ada, "POST", "bob/follow")
    await done(bob, "POST", "ada/follow")
    await done(ada, "POST", "bob/block")
    assert await names(ada, "me/follow-requests") == []
    assert await names(bob, "me/follow-requests") == []


async def test_a_block_taken_back_brings_nothing_back(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/follow")
    await done(ada, "POST", "bob/block")
    for _ in range(2):
        free = await done(ada, "DELETE", "bob/block")
        assert (free["blocking"], free["following"]) == (False, False)
    assert (await bob.client.get(f"{PAGE}/ada")).status_code == 200


async def test_who_is_blocked_may_block_too(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await done(ada, "POST", "bob/block")
    assert (await done(bob, "POST", "ada/block"))["blocking"]
    assert await names(bob, "me/blocks") == ["ada"]
    await done(ada, "DELETE", "bob/block")
    assert (await ada.client.get(f"{PAGE}/bob")).status_code == 404
    await done(bob, "DELETE", "ada/block")
    assert (await ada.client.get(f"{PAGE}/bob")).status_code == 200


async def test_nobody_blocks_or_mutes_themselves(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    assert problem(await ada.client.post(f"{PAGE}/ada/block")) == "user_is_you"
    assert problem(await ada.client.post(f"{PAGE}/ada/mute")) == "user_is_you"


async def test_one_blocks_and_mutes_only_people_who_are_there(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    for deed in ("block", "mute"):
        for method in ("POST", "DELETE"):
            assert problem(await ada.client.request(method, f"{PAGE}/nobody_here/{deed}")) == "user_not_found"


async def test_blocked_people_are_listed_newest_first(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    for name in ("bob", "eve", "joe"):
        await hearth.account(name)
        await done(ada, "POST", f"{name}/block")
    assert await names(ada, "me/blocks") == ["joe", "eve", "bob"]
    page = (await ada.client.get(f"{PAGE}/me/blocks", params={"limit": 2})).json()
    assert await names(ada, "me/blocks", cursor=page["next"]) == ["bob"]


async def test_a_mute_lasts_until_it_is_taken_back(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    muted = await done(ada, "POST", "bob/mute")
    assert (muted["muting"], muted["muting_until"]) == (True, None)
    listed = (await ada.client.get(f"{PAGE}/me/mutes")).json()["items"]
    assert [(item["user"]["id"], item["until"]) for item in listed] == [(str(bob.id), None)]
    assert not (await done(ada, "DELETE", "bob/mute"))["muting"]
    assert (await ada.client.get(f"{PAGE}/me/mutes")).json()["items"] == []


async def test_the_muted_cannot_tell(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    path = f"{PAGE}/relationships?ids={ada.id}"
    before = (await bob.client.get(path)).json(), (await bob.client.get(f"{PAGE}/ada")).json()
    await done(ada, "POST", "bob/mute")
    assert ((await bob.client.get(path)).json(), (await bob.client.get(f"{PAGE}/ada")).json()) == before


async def test_a_mute_for_a_time_ends_by_itself(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    path = f"{PAGE}/relationships?ids={bob.id}"
    response = await ada.client.post(f"{PAGE}/bob/mute", json={"minutes": 5})
    assert response.json()["muting_until"] is not None
    with clock.shifted(timedelta(minutes=4)):
        assert (await ada.client.get(path)).json()[0]["muting"]
    with clock.shifted(timedelta(minutes=6)):
        [found] = (await ada.client.get(path)).json()
        assert (found["muting"], found["muting_until"]) == (False, None)
        assert (await ada.client.get(f"{PAGE}/me/mutes")).json()["items"] == []


async def test_muting_again_sets_the_end_anew(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    until = (clock.now() + timedelta(days=2)).isoformat()
    first = await ada.client.post(f"{PAGE}/bob/mute", json={"until": until})
    assert first.json()["muting_until"][:16] == until[:16]
    assert (await done(ada, "POST", "bob/mute"))["muting_until"] is None


async def test_a_mute_ends_in_the_future(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    until = (clock.now() - timedelta(seconds=1)).isoformat()
    assert problem(await ada.client.post(f"{PAGE}/bob/mute", json={"until": until})) == "mute_already_over"
    for body in ({"minutes": 0}, {"minutes": 10**9}, {"minutes": "5"}, {"minutes": 1, "until": until}, {"for": 1}):
        assert (await ada.client.post(f"{PAGE}/bob/mute", json=body)).status_code == 422


async def test_the_job_clears_only_what_is_over(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    for name, body in (("bob", {"minutes": 5}), ("eve", {"minutes": 50}), ("joe", {})):
        await hearth.account(name)
        await ada.client.post(f"{PAGE}/{name}/mute", json=body)
    await hearth.run_job("users.clear_mutes", at=clock.now() + timedelta(minutes=6))
    left = (await ada.client.get(f"{PAGE}/me/mutes")).json()["items"]
    assert [item["user"]["username"] for item in left] == ["joe", "eve"]


async def test_what_one_decided_about_the_suspended_can_be_taken_back(hearth: Hearth) -> None:
    ada, bob, eve = await hearth.account("ada"), await hearth.account("bob"), await hearth.account("eve")
    for deed in ("follow", "mute"):
        await done(ada, "POST", f"bob/{deed}")
    await done(ada, "POST", "eve/block")
    await suspend(hearth, bob)
    await suspend(hearth, eve)
    assert not (await done(ada, "DELETE", "eve/block"))["blocking"]
    assert not (await done(ada, "DELETE", "bob/follow"))["following"]
    assert not (await done(ada, "DELETE", "bob/mute"))["muting"]
    # Nothing is left between them, so they are as gone as for everybody else.
    assert (await ada.client.delete(f"{PAGE}/bob/mute")).status_code == 404
    assert (await ada.client.delete(f"{PAGE}/eve/block")).status_code == 404
