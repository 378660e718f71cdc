"""Posts under many hands at once: counters stay exact, edits do not get lost."""

import asyncio
from http import HTTPStatus

import pytest
from sqlalchemy import delete, select

from src.posts import archive, checks
from src.posts.models import Post
from tests.hearth import Hearth, problem
from tests.posts.test_posts import write
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration


async def test_parallel_replies_are_all_counted(hearth: Hearth) -> None:
    alice = await hearth.account()
    root = await write(alice, "root")
    replies = await asyncio.gather(*(write(alice, f"reply {n}", reply_to_id=root["id"]) for n in range(30)))
    await asyncio.gather(*(alice.client.delete(f"/v1/posts/{reply['id']}") for reply in replies[:10]))
    assert (await hearth.client.get(f"/v1/posts/{root['id']}")).json()["replies_count"] == 20
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []


async def test_parallel_edits_of_one_version_let_one_through(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice, "start")
    path = f"/v1/posts/{post['id']}"
    answers = await asyncio.gather(
        *(alice.client.patch(path, json={"text": f"edit {n}", "version": 1}) for n in range(10))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [HTTPStatus.OK] + [HTTPStatus.CONFLICT] * 9
    assert len((await hearth.client.get(f"{path}/edits")).json()["items"]) == 1


async def test_a_post_that_vanishes_under_an_edit_is_not_there(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice)
    async with hearth.database.write() as session:
        await session.execute(delete(Post).where(Post.id == int(post["id"])))
        editing = asyncio.create_task(alice.client.patch(f"/v1/posts/{post['id']}", json={"text": "new"}))
        await wait_event(hearth)
    assert problem(await editing) == "post_not_found"


async def test_who_is_being_erased_writes_nothing_more(hearth: Hearth) -> None:
    alice = await hearth.account()
    await hearth.database.fetch("DELETE FROM profiles WHERE account_id = $1", [alice.id])
    assert problem(await alice.client.post("/v1/posts", json={"text": "still here"})) == "invalid_token"
    assert not await hearth.database.fetch("SELECT 1 FROM posts WHERE author_id = $1", [alice.id])


async def test_a_double_tap_with_one_key_writes_once(hearth: Hearth) -> None:
    alice = await hearth.account()
    key = {"Idempotency-Key": "one-tap-or-two"}
    first = await alice.client.post("/v1/posts", json={"text": "once"}, headers=key)
    second = await alice.client.post("/v1/posts", json={"text": "once"}, headers=key)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    other = await alice.client.post("/v1/posts", json={"text": "twice"}, headers=key)
    assert other.status_code == HTTPStatus.CONFLICT


async def test_the_recount_finds_a_wrong_counter(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice)
    await hearth.database.fetch("UPDATE posts SET replies_count = 7 WHERE id = $1", [int(post["id"])])
    async with hearth.database.read() as session:
        assert await checks.counters(session) == [f"post {post['id']}: 7 replies kept, 0 found; 0 quotes kept, 0 found"]


async def test_deleting_never_stands_in_the_way_of_those_who_react(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    for _ in range(8):
        root = await write(alice, "root")
        reply = await write(bob, "reply", reply_to_id=root["id"])
        await bob.client.post(f"/v1/posts/{root['id']}/like")
        answers = await asyncio.gather(
            bob.client.delete(f"/v1/posts/{root['id']}/like"),
            bob.client.delete(f"/v1/posts/{reply['id']}"),
            alice.client.delete(f"/v1/posts/{root['id']}"),
        )
        assert {answer.status_code for answer in answers} <= {200, 204, 404}


async def test_who_refers_to_two_posts_and_who_deletes_one_wait_in_one_order(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    first = await write(alice, "first")
    second = await write(alice, "second", reply_to_id=first["id"])
    both = {"text": "both", "reply_to_id": second["id"], "quote_of_id": first["id"]}
    async with hearth.database.write() as session:
        await session.execute(select(Post.id).where(Post.id == int(first["id"])).with_for_update())
        deleting = asyncio.create_task(alice.client.delete(f"/v1/posts/{second['id']}"))
        await wait_event(hearth)
        writing = asyncio.create_task(bob.client.post("/v1/posts", json=both))
        await wait_event(hearth, 2)
    assert (await deleting).status_code == HTTPStatus.NO_CONTENT
    assert problem(await writing) == "reply_target_not_found"


async def test_who_erases_an_account_and_who_deletes_a_post_of_it_wait_in_one_order(hearth: Hearth) -> None:
    alice, bob, moderator = await hearth.account(), await hearth.account("bob"), await hearth.moderator()
    root = await write(alice, "root, @bob")
    reply = await write(bob, "reply to myself, @bob", reply_to_id=root["id"])

    async def erase() -> None:
        async with hearth.database.write() as session:
            await archive.erase(session, bob.id)

    async with hearth.database.write() as session:
        await session.execute(select(Post.id).where(Post.id == int(root["id"])).with_for_update())
        deleting = asyncio.create_task(moderator.client.delete(f"/v1/posts/{reply['id']}"))
        await wait_event(hearth)
        erasing = asyncio.create_task(erase())
        await wait_event(hearth, 2)
    assert (await deleting).status_code == HTTPStatus.NO_CONTENT
    await erasing
    left = (await hearth.client.get(f"/v1/posts/{root['id']}")).json()
    assert (left["mentions"], left["replies_count"]) == ([], 0)


async def test_a_counter_that_has_drifted_keeps_nobody_from_taking_anything_back(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    root = await write(alice, "root")
    replies = [await write(bob, "reply", reply_to_id=root["id"], quote_of_id=root["id"]) for _ in range(2)]
    await bob.client.post(f"/v1/posts/{root['id']}/like")
    await hearth.database.fetch("UPDATE posts SET replies_count = 0, quotes_count = 0, likes_count = 0", [])
    assert (await bob.client.delete(f"/v1/posts/{replies[0]['id']}")).status_code == HTTPStatus.NO_CONTENT
    assert (await bob.client.delete(f"/v1/posts/{root['id']}/like")).is_success
    async with hearth.database.write() as session:
        await archive.erase(session, bob.id)
    left = (await hearth.client.get(f"/v1/posts/{root['id']}")).json()
    assert (left["replies_count"], left["quotes_count"], left["likes_count"]) == (0, 0, 0)
