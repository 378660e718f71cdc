"""A private person's story: who may read them is right at once, wherever one looks, whenever it changes."""

import pytest

from tests.e2e.steps import Guest, ask, sign_up, texts, write
from tests.hearth import Hearth, problem

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("open_door")]

SECRET = "For my friends about #gardens"


async def _places(reader: Guest, post_id: str, author: str) -> dict[str, bool]:
    """Where the reader finds the post."""
    alone = await reader.client.get(f"/v1/posts/{post_id}")
    assert alone.status_code in {200, 404}
    thread = await reader.client.get(f"/v1/posts/{post_id}/thread")
    found = {"alone": alone.status_code == 200, "thread": thread.status_code == 200}
    for timeline in ("home", "public", "hashtags/gardens", f"users/{author}"):
        answer = await reader.client.get(f"/v1/timelines/{timeline}")
        items = answer.json()["items"] if answer.status_code == 200 else []
        found[timeline] = post_id in [item["post"]["id"] for item in items]
    return found


async def test_a_request_is_made_and_accepted_and_ended(hearth: Hearth) -> None:
    ivy, fred, zoe = [await sign_up(hearth, name) for name in ("ivy", "fred", "zoe")]
    await ask(ivy.client, "PATCH", "/v1/users/me", private=True)
    asked = await ask(fred.client, "POST", "/v1/users/ivy/follow")
    assert (asked["following"], asked["requested"]) == (False, True)
    post_id = await write(ivy, SECRET, visibility="followers")
    nowhere = dict.fromkeys(await _places(zoe, post_id, "ivy"), False)
    assert await _places(fred, post_id, "ivy") == nowhere
    waiting = await ask(ivy.client, "GET", "/v1/users/me/follow-requests")
    assert [person["username"] for person in waiting["items"]] == ["fred"]
    await ask(ivy.client, "POST", f"/v1/users/me/follow-requests/{fred.id}")
    reached = nowhere | dict.fromkeys(("alone", "thread", "home", "hashtags/gardens", "users/ivy"), True)
    assert await _places(fred, post_id, "ivy") == reached
    assert await _places(zoe, post_id, "ivy") == nowhere
    assert problem(await zoe.client.get("/v1/users/ivy/followers")) == "lists_are_private"
    assert problem(await fred.client.post(f"/v1/posts/{post_id}/repost")) == "repost_not_permitted"
    # A follower who is removed has never been one, at this very moment.
    await ask(ivy.client, "DELETE", "/v1/users/me/followers/fred")
    assert await _places(fred, post_id, "ivy") == nowhere
    assert problem(await fred.client.post(f"/v1/posts/{post_id}/like")) == "post_not_found"
    assert (await ask(ivy.client, "GET", "/v1/users/me"))["followers_count"] == 0


async def test_a_profile_that_opens_accepts_all_who_asked(hearth: Hearth) -> None:
    ivy, fred = await sign_up(hearth, "ivy"), await sign_up(hearth, "fred")
    await ask(ivy.client, "PATCH", "/v1/users/me", private=True)
    await ask(fred.client, "POST", "/v1/users/ivy/follow")
    await write(ivy, "Good morning")
    assert await texts(fred.client, "public") == await texts(fred.client, "home") == []
    await ask(ivy.client, "PATCH", "/v1/users/me", private=False)
    await hearth.settle()
    assert await texts(fred.client, "public") == await texts(fred.client, "home") == ["Good morning"]


async def test_a_block_parts_two_people_at_once_and_both_ways(hearth: Hearth) -> None:
    ivy, fred = await sign_up(hearth, "ivy"), await sign_up(hearth, "fred")
    for one, other in ((ivy, fred), (fred, ivy)):
        await ask(one.client, "POST", f"/v1/users/{other.username}/follow")
    of_ivy, of_fred = await write(ivy, "On #gardens"), await write(fred, "Also on #gardens")
    assert all((await _places(fred, of_ivy, "ivy")).values())
    await ask(ivy.client, "POST", "/v1/users/fred/block")
    assert not any((await _places(fred, of_ivy, "ivy")).values())
    assert not any((await _places(ivy, of_fred, "fred")).values())
    assert problem(await fred.client.get("/v1/users/ivy")) == "user_not_found"
    assert problem(await fred.client.post("/v1/posts", json={"text": "So", "reply_to_id": of_ivy})) == (
        "reply_target_not_found"
    )
    await ask(ivy.client, "DELETE", "/v1/users/fred/block")
    again = await _places(fred, of_ivy, "ivy")
    assert again == dict.fromkeys(again, True) | {"home": False}


async def test_a_mute_silences_without_telling(hearth: Hearth) -> None:
    ivy, fred = await sign_up(hearth, "ivy"), await sign_up(hearth, "fred")
    await ask(ivy.client, "POST", "/v1/users/fred/follow")
    await write(fred, "Chatter")
    await ask(ivy.client, "POST", "/v1/users/fred/mute", minutes=60)
    assert await texts(ivy.client, "home") == await texts(ivy.client, "public") == []
    assert (await ask(fred.client, "GET", "/v1/users/ivy"))["username"] == "ivy"
    assert await texts(fred.client, "home") == ["Chatter"]
    await ask(ivy.client, "DELETE", "/v1/users/fred/mute")
    assert await texts(ivy.client, "home") == await texts(ivy.client, "public") == ["Chatter"]
