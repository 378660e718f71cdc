"""Posts for a group: who sees one, by any way that there is, and what becomes of them."""

import asyncio

import pytest

from src.auth.constants import AccountState
from src.posts import checks, handlers_groups, schemas
from src.posts import service as posts_service
from src.posts.constants import VisibilityName
from src.timelines import checks as timelines_checks
from tests.auth.people import set_state, until_somebody_waits_for_a_lock
from tests.hearth import Hearth, Person, problem
from tests.notifications.steps import inbox, unread
from tests.posts.group_steps import Secret, add, chat_of, react, seen, send_away, tell_secret, there, write_to
from tests.posts.test_posts import write
from tests.timelines.steps import follow, texts
from tests.users.steps import caller_of

pytestmark = pytest.mark.integration
# What only those see it by who have reacted.
_OWN = {"liked", "kept", "found among the kept"}


def every_way(secret: Secret) -> set[str]:
    """All ways in: for a member who has reacted to it."""
    return {*secret.pages(), *secret.things(), "the thread around it", "its hashtag", "its ballot"}


async def _people(hearth: Hearth, *names: str) -> list[Person]:
    return [await hearth.account(name) for name in names]


async def test_members_see_it_by_every_way_and_nobody_else_by_any(hearth: Hearth) -> None:
    ann, ben, cat, dan, eve = await _people(hearth, "ann", "ben", "cat", "dan", "eve")
    for follower in (ben, cat):
        await follow(follower, ann)
    group = await chat_of(ann, ben, eve)
    secret = await tell_secret(hearth, ann, group, ben, cat)
    for member in (ben, eve):
        await react(member, secret)
    all_ways = every_way(secret)
    assert await seen(hearth, ben, secret) == {*all_ways, "a notification: mention"}
    # Neither who is named nor who follows, nor a moderator.
    for outsider in (None, cat, await hearth.moderator()):
        assert await seen(hearth, outsider, secret) == set()
    # Who comes later sees what was written before.
    await add(ann, group, dan)
    assert await seen(hearth, dan, secret) == all_ways - _OWN
    # Who is gone does not see it any more, whatever they have done to it.
    await send_away(ann, group, ben)
    await send_away(ann, group, eve, how="bans")
    assert (await ann.client.post(f"/v1/polls/{secret.poll_id}/close")).is_success
    await hearth.settle()
    for gone in (ben, eve):
        assert await seen(hearth, gone, secret) == set()
        assert await unread(gone) == 0


async def test_an_author_who_has_left_keeps_what_is_theirs_and_writes_nothing_more(hearth: Hearth) -> None:
    ann, ben = await _people(hearth, "ann", "ben")
    group = await chat_of(ann, ben)
    secret = await tell_secret(hearth, ben, group)
    await send_away(ben, group, ben)
    assert await there(ben.client, secret) == {*secret.things()}
    assert problem(await ben.client.get(f"/v1/timelines/groups/{group}")) == "group_not_found"
    # To answer oneself is to write for the group, too.
    for body in ({"visibility": "group", "group_id": group}, {"reply_to_id": secret.id}):
        assert problem(await ben.client.post("/v1/posts", json={"text": "again", **body})) == "group_not_found"
    reply = await write(ann, "heard", reply_to_id=secret.id)
    await hearth.settle()
    assert await inbox(ben) == []
    assert problem(await ben.client.get(f"/v1/posts/{reply['id']}")) == "post_not_found"
    edited = await ben.client.patch(f"/v1/posts/{secret.id}", json={"text": "quieter @ann"})
    assert edited.json()["visibility"] == "group"
    assert (await ben.client.delete(f"/v1/posts/{secret.id}")).is_success


async def test_blocks_and_suspension_stand_between_members_too(hearth: Hearth) -> None:
    ann, ben, cat = await _people(hearth, "ann", "ben", "cat")
    group = await chat_of(ann, ben, cat)
    secret = await tell_secret(hearth, ann, group)
    assert (await ben.client.post("/v1/users/ann/block")).is_success
    assert await there(ben.client, secret) == set()
    assert (await ben.client.delete("/v1/users/ann/block")).is_success
    assert (await ann.client.post("/v1/users/ben/block")).is_success
    assert await seen(hearth, ben, secret) == set()
    assert await there(cat.client, secret) == {*secret.things()}
    await set_state(hearth, ann.id, AccountState.SUSPENDED)
    assert await there(cat.client, secret) == set()


async def test_a_private_author_writes_for_members_who_do_not_follow(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann", private=True), await hearth.account("ben")
    group = await chat_of(ann, ben)
    post = await write_to(ann, group)
    assert (await ben.client.get(f"/v1/posts/{post['id']}")).json() == post
    assert (post["visibility"], post["group_id"]) == ("group", group)


async def test_an_answer_is_for_the_same_group(hearth: Hearth) -> None:
    ann, ben = await _people(hearth, "ann", "ben")
    group, other = await chat_of(ann, ben), await chat_of(ann, ben)
    post = await write_to(ann, group)
    answers = [
        await write(ben, "by itself", reply_to_id=post["id"]),
        await write(ben, "as asked", reply_to_id=post["id"], visibility="group"),
        await write_to(ben, group, "in full", reply_to_id=post["id"]),
    ]
    assert {(answer["visibility"], answer["group_id"]) for answer in answers} == {("group", group)}
    for elsewhere in (
        {"visibility": "public"},
        {"visibility": "followers"},
        {"visibility": "mentioned"},
        {"visibility": "group", "group_id": other},
        {"group_id": other},
    ):
        body = {"text": "@ann elsewhere", "reply_to_id": post["id"], **elsewhere}
        assert problem(await ben.client.post("/v1/posts", json=body)) == "reply_leaves_group"
    # What all may see can be talked about among some.
    public = await write(await hearth.account("cat"), "for all")
    assert (await write_to(ben, group, "have you seen", reply_to_id=public["id"]))["thread_id"] == public["id"]
    assert await texts(ann, f"/v1/timelines/groups/{group}") == [
        "have you seen",
        "in full",
        "as asked",
        "by itself",
        post["text"],
    ]
    assert (await hearth.client.get(f"/v1/posts/{public['id']}/thread")).json()["descendants"] == []


async def test_a_group_is_named_with_the_visibility_and_only_by_its_members(hearth: Hearth) -> None:
    ann, ben, cat = await _people(hearth, "ann", "ben", "cat")
    group = await chat_of(ann, ben)
    for body in ({"visibility": "group"}, {"group_id": group}, {"visibility": "followers", "group_id": group}):
        assert problem(await ann.client.post("/v1/posts", json={"text": "x", **body})) == "group_and_visibility_differ"
    for id_ in (group, "1"):
        body = {"text": "x", "visibility": "group", "group_id": id_}
        assert problem(await cat.client.post("/v1/posts", json=body)) == "group_not_found"
    direct = (await ann.client.put(f"/v1/chats/direct/{ben.id}")).json()["id"]
    assert (await write_to(ben, direct, "between us"))["group_id"] == direct


async def test_where_only_admins_write_only_admins_write_posts(hearth: Hearth) -> None:
    ann, ben = await _people(hearth, "ann", "ben")
    channel = await chat_of(ann, ben, kind="channel", is_read_only=True)
    body = {"text": "x", "visibility": "group", "group_id": channel}
    assert problem(await ben.client.post("/v1/posts", json=body)) == "group_role_too_low"
    post = await write_to(ann, channel)
    assert problem(await ben.client.post("/v1/posts", json={"text": "x", "reply_to_id": post["id"]})) == (
        "group_role_too_low"
    )


async def test_it_is_carried_nowhere(hearth: Hearth) -> None:
    ann, ben = await _people(hearth, "ann", "ben")
    group = await chat_of(ann, ben)
    post = await write_to(ann, group)
    for person in (ann, ben):
        assert problem(await person.client.post(f"/v1/posts/{post['id']}/repost")) == "repost_not_permitted"
        for whither in ({}, {"visibility": "group", "group_id": group}):
            quote = {"text": "look", "quote_of_id": post["id"], **whither}
            assert problem(await person.client.post("/v1/posts", json=quote)) == "quote_not_permitted"
    await follow(ben, ann)
    for reader in (ann, ben):
        assert await texts(reader, "/v1/timelines/home") == []
        assert await texts(reader, "/v1/timelines/public") == []
    feed = await hearth.client.get("/v1/users/ann/feed.json")
    assert feed.json()["items"] == []


async def _own_entries(person: Person) -> list[str]:
    return [entry["t"] for entry in (await person.client.get("/v1/streams/own/events")).json()["events"]]


async def test_only_members_are_told(hearth: Hearth) -> None:
    ann, ben, cat, dan = await _people(hearth, "ann", "ben", "cat", "dan")
    for follower in (ben, cat):
        await follow(follower, ann)
    for person in (ben, cat, dan):
        assert (await person.client.get("/v1/streams")).is_success
    group = await chat_of(ann, ben)
    public = await write(cat, "for all")
    await hearth.settle()
    before = {person.username: await _own_entries(person) for person in (ben, cat, dan)}
    # It answers and quotes one who is no member, and names her and another who is none.
    text = "what do you think @ben @cat @dan"
    post = await write_to(ann, group, text, reply_to_id=public["id"], quote_of_id=public["id"])
    assert [mention["username"] for mention in post["mentions"]] == ["ben"]
    await hearth.settle()
    edited = await ann.client.patch(f"/v1/posts/{post['id']}", json={"text": "and you @dan @cat @ben"})
    assert [mention["username"] for mention in edited.json()["mentions"]] == ["ben"]
    await hearth.settle()
    assert await inbox(ben) == [("mention", "ann")]
    assert (await _own_entries(ben))[len(before["ben"]) :] == ["notification.new"]
    for outsider in (cat, dan):
        assert ("mention", "ann") not in await inbox(outsider)
        assert await _own_entries(outsider) == before[outsider.username]


async def test_who_is_gone_before_it_is_told_is_not_told(hearth: Hearth) -> None:
    ann, ben = await _people(hearth, "ann", "ben")
    assert (await ben.client.get("/v1/streams")).is_success
    group = await chat_of(ann, ben)
    await hearth.settle()
    await write_to(ann, group, "@ben")
    await send_away(ann, group, ben)
    before = await _own_entries(ben)
    await hearth.settle()
    assert "notification.new" not in (await _own_entries(ben))[len(before) :]


async def test_a_group_that_is_over_lets_go_of_its_posts(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers_groups, "LET_GO_AT_ONCE", 2)
    ann, ben, cat = await _people(hearth, "ann", "ben", "cat")
    await follow(ben, ann)
    await follow(cat, ann)
    group = await chat_of(ann, ben, cat)
    posts = [await write_to(ann, group, f"{number} @ben") for number in range(5)]
    assert len(await texts(cat, f"/v1/timelines/groups/{group}")) == 5
    for member in (ben, cat, ann):
        await send_away(member, group, member)
    # Until they are let go the group stays, and the other chats go.
    await chat_of(cat)
    other = await chat_of(cat)
    await send_away(cat, other, cat)
    async with hearth.database.read() as session:
        assert len(await checks.groups(session)) == 5
    await hearth.run_job("chats.delete_emptied")
    assert await _chats(hearth) == 2
    await hearth.settle()
    async with hearth.database.read() as session:
        assert await checks.groups(session) == []
        assert await timelines_checks.entries(session) == []
    for post in posts:
        for reader, status in ((ann, 200), (ben, 200), (cat, 404)):
            assert (await reader.client.get(f"/v1/posts/{post['id']}")).status_code == status
    # As any other post for the mentioned, at its place in homes; what was remembered of it is not shown any more.
    for reader, texts_there in ((ann, [post["text"] for post in posts[::-1]]), (cat, [])):
        assert await texts(reader, "/v1/timelines/home") == texts_there
    items = (await ben.client.get("/v1/timelines/home")).json()["items"]
    assert {(item["post"]["visibility"], item["post"]["group_id"]) for item in items} == {("mentioned", None)}
    await hearth.run_job("chats.delete_emptied")
    assert await _chats(hearth) == 1


async def _chats(hearth: Hearth) -> int:
    [[number]] = await hearth.database.fetch("SELECT count(*) FROM chats", [])
    return int(number)


async def test_the_last_to_leave_waits_for_what_they_write(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    group = await chat_of(ann)
    data = schemas.PostCreate(text="the last", visibility=VisibilityName.GROUP, group_id=group)
    async with hearth.database.write() as session:
        sight = await posts_service.publish(session, caller=caller_of(ann), data=data)
        leaving = asyncio.create_task(send_away(ann, group, ann))
        await until_somebody_waits_for_a_lock(hearth.database, leaving)
        assert not leaving.done()
    await leaving
    await hearth.settle()
    assert (await ann.client.get(f"/v1/posts/{sight.post.id}")).json()["visibility"] == "mentioned"
