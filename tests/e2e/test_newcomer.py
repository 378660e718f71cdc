"""A newcomer's day: from signing up to signing out, with all that a person does in between."""

from typing import Any

import pytest

from tests.e2e.steps import Guest, ask, sign_up, texts, write
from tests.hearth import Hearth, problem

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("open_door")]

FIRST = "Hello @grace, my first day at the #Hearth"


async def test_a_newcomer_arrives_and_introduces_themselves(hearth: Hearth) -> None:
    ada = await sign_up(hearth, "ada", display_name="Ada", email="ada@example.org")
    assert (await ask(ada.client, "GET", "/v1/auth/me"))["username"] == "ada"
    await ada.sign_in()
    first = ada.refresh_token
    ada.carry(await ask(ada.client, "POST", "/v1/auth/refresh", refresh_token=first))
    assert ada.refresh_token != first
    links = [{"label": "Home", "url": "https://example.org/"}]
    await ask(ada.client, "PATCH", "/v1/users/me", display_name="Ada L.", bio="I count.", links=links)
    seen = await ask(hearth.client, "GET", "/v1/users/ada")
    assert (seen["display_name"], seen["bio"], seen["links"]) == ("Ada L.", "I count.", links)
    assert "email" not in seen
    answer = await hearth.client.post("/v1/auth/register", json={"username": "Ada", "password": "another long one"})
    assert problem(answer) == "username_taken"


async def test_a_post_is_seen_wherever_it_belongs(hearth: Hearth) -> None:
    ada, grace, edith = [await sign_up(hearth, name) for name in ("ada", "grace", "edith")]
    relation = await ask(grace.client, "POST", "/v1/users/ada/follow")
    assert relation["following"]
    post_id = await write(ada, FIRST)
    assert [mention["username"] for mention in (await _post(hearth, post_id))["mentions"]] == ["grace"]
    for reader, timeline in (
        (ada, "home"),
        (grace, "home"),
        (edith, "public"),
        (edith, "hashtags/hearth"),
        (edith, "hashtags/HEARTH"),
        (edith, "users/ada"),
    ):
        assert await texts(reader.client, timeline) == [FIRST], (reader.username, timeline)
    assert await texts(edith.client, "home") == []
    # Whoever follows later finds what was there before.
    await ask(edith.client, "POST", "/v1/users/ada/follow")
    assert await texts(edith.client, "home") == [FIRST]
    assert (await ask(edith.client, "GET", "/v1/users/ada"))["followers_count"] == 2


async def test_a_conversation_hangs_together(hearth: Hearth) -> None:
    ada, grace = await sign_up(hearth, "ada"), await sign_up(hearth, "grace")
    root = await write(ada, FIRST)
    answer = await write(grace, "Welcome @ada", reply_to_id=root)
    thanks = await write(ada, "Thank you", reply_to_id=answer)
    quote = await write(grace, "Look who is here", quote_of_id=root)
    thread = await ask(grace.client, "GET", f"/v1/posts/{answer}/thread")
    assert [item["post"]["id"] for item in thread["ancestors"]] == [root]
    assert thread["item"]["post"]["id"] == answer
    assert [item["post"]["id"] for item in thread["descendants"]] == [thanks]
    post = await _post(hearth, root)
    assert (post["replies_count"], post["quotes_count"]) == (1, 1)
    assert await texts(hearth.client, "public") == ["Look who is here", FIRST]
    await ask(grace.client, "DELETE", f"/v1/posts/{quote}", status=204)
    assert (await _post(hearth, root))["quotes_count"] == 0


async def test_what_is_done_to_a_post_is_kept_and_taken_back(hearth: Hearth) -> None:
    ada, grace, edith = [await sign_up(hearth, name) for name in ("ada", "grace", "edith")]
    await ask(edith.client, "POST", "/v1/users/grace/follow")
    post_id = await write(ada, FIRST)
    for what in ("like", "repost", "bookmark"):
        await ask(grace.client, "POST", f"/v1/posts/{post_id}/{what}")
    state = await ask(grace.client, "POST", f"/v1/posts/{post_id}/like")
    assert (state["liked"], state["reposted"], state["bookmarked"], state["pinned"]) == (True, True, True, False)
    assert (state["likes_count"], state["reposts_count"]) == (1, 1)
    assert await texts(grace.client, "likes") == await texts(grace.client, "bookmarks") == [FIRST]
    assert await texts(edith.client, "home") == [FIRST]
    await ask(ada.client, "POST", f"/v1/posts/{post_id}/pin")
    assert await texts(edith.client, "users/ada/pins") == [FIRST]
    assert problem(await grace.client.post(f"/v1/posts/{post_id}/pin")) == "pin_not_yours"
    for what in ("like", "repost", "bookmark"):
        await ask(grace.client, "DELETE", f"/v1/posts/{post_id}/{what}")
    await ask(ada.client, "DELETE", f"/v1/posts/{post_id}/pin")
    for reader, timeline in ((grace, "likes"), (grace, "bookmarks"), (edith, "home"), (edith, "users/ada/pins")):
        assert await texts(reader.client, timeline) == [], (reader.username, timeline)
    post = await _post(hearth, post_id)
    assert (post["likes_count"], post["reposts_count"]) == (0, 0)


async def test_an_edit_is_seen_at_once_and_a_deleted_post_is_gone(hearth: Hearth) -> None:
    ada, grace = await sign_up(hearth, "ada"), await sign_up(hearth, "grace")
    await ask(grace.client, "POST", "/v1/users/ada/follow")
    post_id = await write(ada, FIRST)
    await ask(grace.client, "POST", f"/v1/posts/{post_id}/like")
    second = "Hello @grace, my first day at the #fireplace"
    edited = await ask(ada.client, "PATCH", f"/v1/posts/{post_id}", text=second, version=1)
    assert edited["version"] == 2
    assert problem(await ada.client.patch(f"/v1/posts/{post_id}", json={"text": "x", "version": 1})) == "post_changed"
    history = await ask(grace.client, "GET", f"/v1/posts/{post_id}/edits")
    assert [version["text"] for version in history["items"]] == [FIRST]
    for timeline in ("home", "public", "hashtags/fireplace", "likes"):
        assert await texts(grace.client, timeline) == [second], timeline
    assert await texts(grace.client, "hashtags/hearth") == []
    await ask(ada.client, "DELETE", f"/v1/posts/{post_id}", status=204)
    for timeline in ("home", "public", "hashtags/fireplace", "likes", "users/ada"):
        assert await texts(grace.client, timeline) == [], timeline
    assert problem(await grace.client.get(f"/v1/posts/{post_id}")) == "post_not_found"


async def test_who_signs_out_is_out(hearth: Hearth) -> None:
    ada = await sign_up(hearth, "ada")
    elsewhere = Guest(ada.id, ada.username, hearth.connect())
    await elsewhere.sign_in()
    await ask(ada.client, "POST", "/v1/auth/logout", status=204)
    assert problem(await ada.client.get("/v1/timelines/home")) == "invalid_token"
    assert problem(await ada.client.post("/v1/posts", json={"text": "still here"})) == "invalid_token"
    refresh = await hearth.client.post("/v1/auth/refresh", json={"refresh_token": ada.refresh_token})
    assert problem(refresh) == "invalid_token"
    # The other device is another session.
    assert await texts(elsewhere.client, "home") == []
    wrong = await hearth.client.post("/v1/auth/login", json={"login": "ada", "password": "not this one"})
    assert problem(wrong) == "wrong_credentials"


async def _post(hearth: Hearth, post_id: str) -> dict[str, Any]:
    """A post as strangers see it."""
    found: dict[str, Any] = await ask(hearth.client, "GET", f"/v1/posts/{post_id}")
    return found
