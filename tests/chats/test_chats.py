"""Founding, opening, listing and changing chats, over HTTP."""

from datetime import timedelta
from http import HTTPStatus

import pytest

from src import clock
from src.chats import archive, events
from src.groups import archive as groups_archive
from tests.chats.steps import (
    chat_of,
    counts,
    founded,
    good,
    listed,
    nothing_is_wrong,
    opened_with,
    read_up_to,
    say,
    told,
)
from tests.exported import exported
from tests.hearth import Hearth, problem
from tests.media import files
from tests.media.steps import upload, uploaded

pytestmark = pytest.mark.integration


async def test_a_direct_chat_is_one_for_both_and_made_once(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await opened_with(ann, ben)
    assert await opened_with(ben, ann) == chat_id
    assert await opened_with(ann, ben) == chat_id
    hers, his = await chat_of(ann, chat_id), await chat_of(ben, chat_id)
    assert (hers["kind"], hers["name"], hers["members_count"]) == ("direct", None, 2)
    assert (hers["partner"]["username"], his["partner"]["username"]) == ("ben", "ann")
    assert hers["membership"]["role"] == his["membership"]["role"] == "member"
    assert await told(hearth, chat_id) == [(1, "member_joined", ann.id), (2, "member_joined", ben.id)]
    await nothing_is_wrong(hearth)


async def test_somebody_writes_to_themselves(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    chat_id = await opened_with(ann, ann)
    await say(hearth, ann, chat_id, "note to self")
    shown = await chat_of(ann, chat_id)
    assert (shown["partner"]["username"], shown["members_count"]) == ("ann", 1)
    assert await counts(ann, chat_id) == (0, 0)


async def test_blocked_people_cannot_begin_a_chat_and_keep_the_one_they_have(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat_id = await opened_with(ann, ben)
    for name in ("ben", "cat"):
        good(await ann.client.post(f"/v1/users/{name}/block"))
    assert problem(await cat.client.put(f"/v1/chats/direct/{ann.id}")) == "user_not_found"
    assert problem(await ann.client.put(f"/v1/chats/direct/{cat.id}")) == "user_is_blocked"
    assert problem(await ann.client.put("/v1/chats/direct/1")) == "user_not_found"
    assert await opened_with(ben, ann) == chat_id
    body = {"kind": "group", "name": "us", "member_ids": [str(cat.id)]}
    assert problem(await ann.client.post("/v1/chats", json=body)) == "user_is_blocked"


async def test_a_group_begins_with_its_members(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat_id = await founded(ann, ben, ben, ann, topic=" Thursdays ", slow_mode_seconds=5)
    hers = await chat_of(ann, chat_id)
    assert (hers["kind"], hers["name"], hers["topic"], hers["members_count"]) == ("group", "Film night", "Thursdays", 2)
    assert (hers["membership"]["role"], hers["slow_mode_seconds"], hers["latest"]) == ("owner", 5, None)
    assert (await chat_of(ben, chat_id))["membership"]["role"] == "member"
    assert problem(await cat.client.get(f"/v1/chats/{chat_id}")) == "chat_not_found"
    assert problem(await hearth.client.get(f"/v1/chats/{chat_id}")) == "not_authenticated"
    members = good(await ben.client.get(f"/v1/groups/{chat_id}/members"))["items"]
    assert [one["user"]["username"] for one in members] == ["ann", "ben"]
    refused = [{"kind": "direct", "name": "x"}, {"kind": "group"}, {"kind": "group", "name": " "}]
    for body in (*refused, {"kind": "group", "name": "x", "is_public": True}):
        assert problem(await ann.client.post("/v1/chats", json=body)) == "invalid_input"


async def test_chats_are_listed_by_their_newest_message(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    first, second = await founded(ann, ben, name="first"), await founded(ann, name="second")
    third = await opened_with(ben, ann)
    assert [chat["id"] for chat in await listed(ann)] == [third, second, first]
    await say(hearth, ben, first, "Dinner?", names=[ann])
    chat = (await listed(ann))[0]
    assert (chat["id"], chat["latest"]["message"]["text"], chat["latest"]["sender"]["username"]) == (
        first,
        "Dinner?",
        "ben",
    )
    assert chat["latest"]["message"]["mention_ids"] == [str(ann.id)]
    assert (chat["membership"]["unread_count"], chat["membership"]["mentions_count"]) == (1, 1)
    assert [chat["id"] for chat in await listed(ben)] == [first, third]
    page = good(await ann.client.get("/v1/chats?limit=2"))
    rest = good(await ann.client.get(f"/v1/chats?limit=2&cursor={page['next']}"))
    assert [chat["id"] for chat in page["items"] + rest["items"]] == [first, third, second]
    assert rest["next"] is None


async def test_admins_change_what_all_see(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat_id = await founded(ann, ben)
    path = f"/v1/chats/{chat_id}"
    changes = {"name": " Book   night ", "topic": None, "is_read_only": True, "retention_days": 30}
    changed = good(await ann.client.patch(path, json=changes))
    assert (changed["name"], changed["is_read_only"], changed["retention_days"]) == ("Book night", True, 30)
    assert changed["last_ev"] == 3
    # What changes nothing is not told.
    good(await ann.client.patch(path, json={"name": "Book night"}))
    assert good(await ann.client.patch(path, json={})) == changed
    assert (await told(hearth, chat_id))[2:] == [(3, "changed", None)]
    assert problem(await ann.client.patch(path, json={"is_public": True})) == "chat_is_no_channel"
    assert problem(await ben.client.patch(path, json={"name": "mine"})) == "chat_not_yours"
    assert problem(await cat.client.patch(path, json={"name": "mine"})) == "chat_not_found"
    direct = await opened_with(ann, ben)
    assert problem(await ann.client.patch(f"/v1/chats/{direct}", json={"name": "us"})) == "chat_is_direct"
    good(await ann.client.patch(f"/v1/groups/{chat_id}/members/{ben.id}", json={"role": "admin"}))
    assert good(await ben.client.patch(path, json={"name": "ours"}))["membership"]["role"] == "admin"
    assert [kind for _, kind, _ in await told(hearth, chat_id)][3:] == ["member_role_changed", "changed"]


async def test_a_chat_shows_a_picture_to_those_who_see_it(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat_id = await founded(ann, ben)
    path = f"/v1/chats/{chat_id}/picture"
    one, two = [await uploaded(hearth, ann, files.written(files.picture(), "JPEG")) for _ in range(2)]
    his = await uploaded(hearth, ben, files.written(files.picture(), "JPEG"))
    for item in (one, two, two):
        shown = good(await ann.client.put(path, json={"media_id": item["id"]}))
        assert shown["picture"]["id"] == item["id"]
    assert problem(await ann.client.put(path, json={"media_id": his["id"]})) == "media_unknown"
    assert problem(await ben.client.put(path, json={"media_id": his["id"]})) == "chat_not_yours"
    assert (await listed(ben))[0]["picture"]["id"] == two["id"]
    assert (await ben.client.get(f"/v1/media/{two['id']}")).is_success
    assert problem(await cat.client.get(f"/v1/media/{two['id']}")) == "media_not_found"
    # The first one is gone with its files.
    assert problem(await ann.client.get(f"/v1/media/{one['id']}")) == "media_not_found"
    good(await ann.client.patch(f"/v1/media/{two['id']}", json={"alt_text": "A projector"}))
    await hearth.settle()
    last = good(await ben.client.get(f"/v1/streams/chat:{chat_id}/events"))["events"][-1]
    assert (last["t"], last["d"]["picture"]["alt_text"]) == ("chat.change", "A projector")
    assert good(await ann.client.delete(path))["picture"] is None
    assert [kind for _, kind, _ in await told(hearth, chat_id)][2:] == ["changed"] * 4
    waiting = (await upload(ann, files.written(files.picture(), "JPEG"))).json()
    assert problem(await ann.client.put(path, json={"media_id": waiting["id"]})) == "chat_picture_unfit"


async def test_a_chat_that_all_have_left_is_deleted_with_all_that_is_in_it(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id, other = await founded(ann, ben, kind="channel", is_public=True), await founded(ann, ben)
    for number in range(3):
        await say(hearth, ann, chat_id, f"message {number}", names=[ben])
        await say(hearth, ann, other, f"message {number}")
    for person in (ann, ben):
        assert (await person.client.delete(f"/v1/groups/{chat_id}/members/{person.id}")).is_success
    assert problem(await ann.client.get(f"/v1/chats/{chat_id}")) == "chat_not_found"
    await hearth.run_job("chats.delete_emptied")
    for table, column in (("chats", "id"), ("messages", "chat_id"), ("message_mentions", "chat_id"), ("groups", "id")):
        rows = await hearth.database.fetch(f"SELECT DISTINCT {column} FROM {table}", [])
        assert {row[0] for row in rows} == ({int(other)} if table != "message_mentions" else set())
    await nothing_is_wrong(hearth)


async def test_who_is_erased_leaves_what_they_shared_to_the_others_to_read(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    direct, group = await opened_with(ann, ben), await founded(ann, ben)
    alone = await opened_with(ann, ann)
    good(await ann.client.patch("/v1/chats/all/settings", json={"shares_reads": False}))
    await say(hearth, ben, direct, "are you there?")
    async with hearth.database.write() as session:
        before = await exported(session, archive.export(ann.id))
        assert {str(row["id"]) for row in before["chats"]} == {direct, group, alone}
        assert (len(before["chat_seats"]), len(before["chat_receipt_refusals"])) == (3, 1)
        await archive.erase(session, ann.id)
        assert not any((await exported(session, archive.export(ann.id))).values())
    async with hearth.database.write() as session:
        await groups_archive.erase(session, ann.id)
    shown = await chat_of(ben, direct)
    assert (shown["partner"], shown["is_read_only"], shown["members_count"]) == (None, True, 1)
    assert (await chat_of(ben, group))["membership"]["role"] == "owner"
    assert events.MemberLeft.type.removeprefix("chats.") in [kind for _, kind, _ in await told(hearth, direct)]
    await hearth.run_job("chats.delete_emptied")
    assert await hearth.database.fetch("SELECT id FROM chats WHERE id = $1", [int(alone)]) == []
    await nothing_is_wrong(hearth)


async def test_invites_name_the_chat(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await founded(ann)
    await say(hearth, ann, chat_id)
    code = good(await ann.client.post(f"/v1/groups/{chat_id}/invites", json={}))["code"]
    assert good(await ben.client.get(f"/v1/group-invites/{code}"))["name"] == "Film night"
    assert (await ben.client.post(f"/v1/group-invites/{code}")).status_code == HTTPStatus.OK
    assert await counts(ben, chat_id) == (0, 0)
    await say(hearth, ann, chat_id)
    assert await counts(ben, chat_id) == (1, 0)
    later = clock.now() + timedelta(days=1)
    muted = {"level": "nothing", "muted_until": later.isoformat()}
    assert good(await ben.client.put(f"/v1/chats/{chat_id}/notifications", json=muted))["level"] == "nothing"
    assert (await read_up_to(ben, chat_id, 2))["unread_count"] == 0
