"""Writing, reading, editing and deleting posts, over HTTP."""

from http import HTTPStatus
from typing import Any

import pytest

from src.posts import archive, checks
from tests.hearth import Hearth, Person, problem

pytestmark = pytest.mark.integration


async def write(person: Person, text: str = "Good morning", **fields: object) -> dict[str, Any]:
    """A new post of this person, as answered."""
    response = await person.client.post("/v1/posts", json={"text": text, **fields})
    assert response.status_code == HTTPStatus.CREATED, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_post_comes_back_as_it_was_written(hearth: Hearth) -> None:
    alice = await hearth.account("alice")
    await hearth.account("bob")
    text = "Привет @bob, read https://example.org/a?b=1 about #Hearth 🏡"
    written = await write(alice, f"\r\n{text}  ", content_warning="long", language="ru")
    read = (await hearth.client.get(f"/v1/posts/{written['id']}")).json()
    assert read == written
    assert read["text"] == text
    assert read["author"]["username"] == "alice"
    assert read["content_warning"] == "long"
    assert read["language"] == "ru"
    assert [mention["username"] for mention in read["mentions"]] == ["bob"]
    assert read["hashtags"] == ["hearth"]
    assert read["thread_id"] == read["id"]
    assert (read["version"], read["edited_at"]) == (1, None)


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u2003", "\u200b\u2060", "\u3164 \u2800"])
async def test_a_post_needs_a_text(hearth: Hearth, text: str) -> None:
    alice = await hearth.account()
    path = f"/v1/posts/{(await write(alice))['id']}"
    for answer in (
        await alice.client.post("/v1/posts", json={"text": text}),
        await alice.client.patch(path, json={"text": text}),
    ):
        assert (answer.status_code, problem(answer)) == (422, "post_empty")
        assert answer.json()["detail"] == "A post needs a text or media."
    assert (await alice.client.get(path)).json()["version"] == 1


async def test_length_is_counted_as_people_count(hearth: Hearth) -> None:
    alice = await hearth.account()
    family = "👨‍👩‍👧‍👦"
    await write(alice, family * 500)
    await write(alice, "https://example.org/" + "a" * 600 + " " + "b" * 476)
    assert problem(await alice.client.post("/v1/posts", json={"text": family * 501})) == "post_too_long"


async def test_a_character_is_no_place_for_a_book(hearth: Hearth) -> None:
    alice = await hearth.account()
    path = f"/v1/posts/{(await write(alice, 'e' + chr(0xE0100) * 4_999))['id']}"
    for text in (("e" + "\U000e0100" * 39) * 500, "e" + "\U000e0100" * 5_000):
        assert problem(await alice.client.post("/v1/posts", json={"text": text})) == "post_too_large"
        assert problem(await alice.client.patch(path, json={"text": text})) == "post_too_large"


async def test_an_edit_keeps_the_earlier_version(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice, "frist #one", content_warning="typo")
    path = f"/v1/posts/{post['id']}"
    edited = (await alice.client.patch(path, json={"text": "first #two", "content_warning": None})).json()
    assert (edited["text"], edited["content_warning"], edited["version"]) == ("first #two", None, 2)
    assert edited["hashtags"] == ["two"]
    assert edited["edited_at"] is not None
    history = (await hearth.client.get(f"{path}/edits")).json()["items"]
    assert [(edit["version"], edit["text"], edit["content_warning"]) for edit in history] == [(1, "frist #one", "typo")]


async def test_an_edit_that_changes_nothing_leaves_no_trace(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice, "same")
    edited = (await alice.client.patch(f"/v1/posts/{post['id']}", json={"text": " same "})).json()
    assert edited == post
    assert (await hearth.client.get(f"/v1/posts/{post['id']}/edits")).json()["items"] == []


async def test_absent_is_not_null(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice, "text", content_warning="cw", language="en")
    path = f"/v1/posts/{post['id']}"
    kept = (await alice.client.patch(path, json={"text": "new"})).json()
    assert (kept["content_warning"], kept["language"]) == ("cw", "en")
    assert problem(await alice.client.patch(path, json={"text": None})) == "invalid_input"


async def test_an_edit_of_an_old_version_is_refused(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice, "one")
    path = f"/v1/posts/{post['id']}"
    await alice.client.patch(path, json={"text": "two", "version": 1})
    assert problem(await alice.client.patch(path, json={"text": "three", "version": 1})) == "post_changed"
    assert (await hearth.client.get(path)).json()["text"] == "two"


async def test_only_the_author_changes_a_post(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    path = f"/v1/posts/{(await write(alice))['id']}"
    assert problem(await bob.client.patch(path, json={"text": "mine"})) == "post_not_yours"
    assert problem(await bob.client.delete(path)) == "post_not_yours"


async def test_a_deleted_post_is_gone_and_its_replies_stay(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    root = await write(alice, "root")
    reply = await write(bob, "reply", reply_to_id=root["id"])
    assert (await alice.client.delete(f"/v1/posts/{root['id']}")).status_code == HTTPStatus.NO_CONTENT
    assert problem(await alice.client.get(f"/v1/posts/{root['id']}")) == "post_not_found"
    assert problem(await alice.client.delete(f"/v1/posts/{root['id']}")) == "post_not_found"
    left = (await hearth.client.get(f"/v1/posts/{reply['id']}")).json()
    assert (left["reply_to_id"], left["thread_id"]) == (None, root["id"])


async def test_replies_and_quotes_are_counted(hearth: Hearth) -> None:
    alice = await hearth.account()
    root = await write(alice, "root")
    reply = await write(alice, "reply", reply_to_id=root["id"], quote_of_id=root["id"])
    deeper = await write(alice, "deeper", reply_to_id=reply["id"])
    assert deeper["thread_id"] == root["id"]
    counted = (await hearth.client.get(f"/v1/posts/{root['id']}")).json()
    assert (counted["replies_count"], counted["quotes_count"]) == (1, 1)
    await alice.client.delete(f"/v1/posts/{reply['id']}")
    counted = (await hearth.client.get(f"/v1/posts/{root['id']}")).json()
    assert (counted["replies_count"], counted["quotes_count"]) == (0, 0)


async def test_a_post_for_the_mentioned_is_for_them_alone(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    post = await write(alice, "psst @bob", visibility="mentioned")
    path = f"/v1/posts/{post['id']}"
    assert (await bob.client.get(path)).status_code == HTTPStatus.OK
    assert problem(await carol.client.get(path)) == "post_not_found"
    assert problem(await hearth.client.get(path)) == "post_not_found"
    nobody = await alice.client.post("/v1/posts", json={"text": "psst @nobody", "visibility": "mentioned"})
    assert problem(nobody) == "nobody_mentioned"


async def test_what_cannot_be_seen_cannot_be_answered_or_quoted(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    hidden = await write(alice, "for followers", visibility="followers")
    answer = await bob.client.post("/v1/posts", json={"text": "hm", "reply_to_id": hidden["id"]})
    assert problem(answer) == "reply_target_not_found"
    quote = await bob.client.post("/v1/posts", json={"text": "hm", "quote_of_id": hidden["id"]})
    assert problem(quote) == "quote_target_not_found"
    own = await alice.client.post("/v1/posts", json={"text": "look", "quote_of_id": hidden["id"]})
    assert problem(own) == "quote_not_permitted"


async def test_a_moderator_removes_what_they_see_but_does_not_rewrite_it(hearth: Hearth) -> None:
    alice, moderator = await hearth.account(), await hearth.moderator()
    path = f"/v1/posts/{(await write(alice))['id']}"
    assert problem(await moderator.client.patch(path, json={"text": "nicer"})) == "post_not_yours"
    assert (await moderator.client.delete(path)).status_code == HTTPStatus.NO_CONTENT


@pytest.mark.parametrize("between", ["author blocks", "moderator blocks", "private", "mentioned", "suspended"])
async def test_a_moderator_removes_also_what_they_may_not_read(hearth: Hearth, between: str) -> None:
    alice, moderator = await hearth.account("alice"), await hearth.moderator()
    admin = await hearth.admin()
    post = await write(alice, "@alice for me", visibility="mentioned" if between == "mentioned" else "public")
    path = f"/v1/posts/{post['id']}"
    if between == "author blocks":
        await alice.client.post(f"/v1/users/{moderator.username}/block")
    elif between == "moderator blocks":
        await moderator.client.post("/v1/users/alice/block")
    elif between == "private":
        await alice.client.patch("/v1/users/me", json={"private": True})
    elif between == "suspended":
        await admin.client.put(f"/v1/admin/accounts/{alice.id}/suspension")
    for what in ("", "/edits", "/reactions", "/likes", "/reposts", "/thread"):
        assert problem(await moderator.client.get(f"{path}{what}")) == "post_not_found"
    rewriting = await moderator.client.patch(path, json={"text": "nicer"})
    assert problem(rewriting) == "post_not_found"
    removed = await moderator.client.delete(path)
    assert (removed.status_code, removed.content) == (HTTPStatus.NO_CONTENT, b"")
    assert problem(await moderator.client.delete(path)) == "post_not_found"
    assert await hearth.database.fetch("SELECT id FROM posts", []) == []


async def test_a_moderators_key_removes_only_with_the_scope_for_it(hearth: Hearth) -> None:
    alice, moderator = await hearth.account(private=True), await hearth.moderator()
    path = f"/v1/posts/{(await write(alice))['id']}"
    for scopes, status in ((["posts:read", "posts:write"], 404), (["posts:moderate"], 403)):
        made = await moderator.client.post("/v1/auth/api-keys", json={"name": "key", "scopes": scopes})
        client = hearth.connect({"X-API-Key": made.json()["secret"]})
        assert (await client.delete(path)).status_code == status


async def test_the_history_is_paged_both_ways(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice, "version 1")
    path = f"/v1/posts/{post['id']}"
    for number in range(2, 7):
        await alice.client.patch(path, json={"text": f"version {number}"})
    first = await hearth.client.get(f"{path}/edits", params={"limit": 2})
    assert [edit["version"] for edit in first.json()["items"]] == [5, 4]
    assert first.headers["link"].startswith("<http://hearth.test/v1/posts/")
    assert first.links["next"]["url"].endswith(f"?limit=2&cursor={first.json()['next']}")
    second = await hearth.client.get(first.links["next"]["url"])
    third = await hearth.client.get(second.links["next"]["url"])
    assert [edit["version"] for edit in third.json()["items"]] == [1]
    assert third.json()["next"] is None
    back = await hearth.client.get(third.links["prev"]["url"])
    assert back.json()["items"] == second.json()["items"]


async def test_an_edit_of_something_else_leaves_whom_the_text_names(hearth: Hearth) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    post = await write(alice, "psst @bob", visibility="mentioned")
    path = f"/v1/posts/{post['id']}"
    await bob.client.post("/v1/users/alice/block")
    assert (await alice.client.patch(path, json={"language": "en"})).status_code == HTTPStatus.OK
    rewritten = await alice.client.patch(path, json={"text": "hello @bob"})
    assert [mention["username"] for mention in rewritten.json()["mentions"]] == ["bob"]


async def test_earlier_versions_for_the_mentioned_are_the_authors_alone(hearth: Hearth) -> None:
    alice, carol = await hearth.account("alice"), await hearth.account("carol")
    await hearth.account("bob")
    post = await write(alice, "@bob about carol", visibility="mentioned")
    path = f"/v1/posts/{post['id']}"
    await alice.client.patch(path, json={"text": "@bob @carol hello"})
    assert (await carol.client.get(f"{path}/edits")).json()["items"] == []
    assert len((await alice.client.get(f"{path}/edits")).json()["items"]) == 1


@pytest.mark.parametrize(("visibility", "private"), [("followers", False), ("public", True), ("followers", True)])
async def test_whom_an_edit_names_does_not_read_what_was_before(hearth: Hearth, visibility: str, private: bool) -> None:
    alice, bob, mallory = await hearth.account("alice", private=private), await hearth.account(), await hearth.account()
    await bob.client.post("/v1/users/alice/follow")
    await alice.client.post(f"/v1/users/me/follow-requests/{bob.id}")
    path = f"/v1/posts/{(await write(alice, 'a secret', visibility=visibility))['id']}"
    await alice.client.patch(path, json={"text": f"Hello @{mallory.username}"})
    assert (await mallory.client.get(path)).status_code == HTTPStatus.OK
    assert (await mallory.client.get(f"{path}/edits")).json()["items"] == []
    for reader in (alice, bob):
        history = (await reader.client.get(f"{path}/edits")).json()["items"]
        assert [edit["text"] for edit in history] == ["a secret"]


async def test_a_private_persons_post_is_not_quoted_by_others(hearth: Hearth) -> None:
    alice, bob = await hearth.account("alice", private=True), await hearth.account()
    await bob.client.post("/v1/users/alice/follow")
    await alice.client.post(f"/v1/users/me/follow-requests/{bob.id}")
    post = await write(alice)
    quote = await bob.client.post("/v1/posts", json={"text": "look", "quote_of_id": post["id"]})
    assert problem(quote) == "quote_not_permitted"


async def test_a_key_without_the_scope_gets_no_stored_answer(hearth: Hearth) -> None:
    alice = await hearth.account()
    made = await alice.client.post("/v1/auth/api-keys", json={"name": "reader", "scopes": ["users:read"]})
    key = {"Idempotency-Key": "the-same-request"}
    assert (await alice.client.post("/v1/posts", json={"text": "once"}, headers=key)).status_code == HTTPStatus.CREATED
    reader = hearth.connect({"X-API-Key": made.json()["secret"]})
    assert problem(await reader.post("/v1/posts", json={"text": "once"}, headers=key)) == "not_permitted"


async def test_erasing_somebody_leaves_the_counters_of_others_right(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    root = await write(alice)
    await write(bob, reply_to_id=root["id"], quote_of_id=root["id"])
    async with hearth.database.write() as session:
        await archive.erase(session, bob.id)
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []
