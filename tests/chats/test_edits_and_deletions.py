"""Editing messages and deleting them, over HTTP."""

import pytest
from sqlalchemy import func, select

from src.auth.models import AuditEntry
from src.chats import message_models
from src.chats.constants import ChatKind
from src.media import models as media_models
from tests.chats.rooms import block, good, remove, room
from tests.hearth import Hearth, problem

pytestmark = pytest.mark.integration


async def test_an_edit_changes_the_text_and_keeps_what_was_said(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account("bob")
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(alice, "Dinner at eight?")
    edited = good(await alice.client.patch(chat.message(id_), json={"text": " Dinner at nine, @bob @all? "}))
    assert (edited["text"], edited["version"]) == ("Dinner at nine, @bob @all?", 2)
    assert (edited["mention_ids"], edited["names_all"]) == ([str(bob.id)], True)
    assert edited["edited_at"] is not None
    assert await chat.read(bob, id_) == edited
    # Once more the same is no edit.
    assert good(await alice.client.patch(chat.message(id_), json={"text": "Dinner at nine, @bob @all?"})) == edited
    good(await alice.client.patch(chat.message(id_), json={"text": "Dinner?", "version": 2}))
    edits = good(await bob.client.get(f"{chat.message(id_)}/edits"))["items"]
    assert [(edit["version"], edit["text"]) for edit in edits] == [
        (2, "Dinner at nine, @bob @all?"),
        (1, "Dinner at eight?"),
    ]
    now = await chat.read(bob, id_)
    assert (now["mention_ids"], now["names_all"], now["version"]) == ([], False, 3)
    assert await chat.told() == ["message_sent", "message_edited", "message_edited"]


async def test_an_edit_is_refused_to_others_on_another_version_and_without_a_text(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account(), await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(bob)
    path = chat.message(id_)
    assert problem(await alice.client.patch(path, json={"text": "not mine"})) == "message_not_yours"
    assert problem(await carol.client.patch(path, json={"text": "not mine"})) == "chat_not_found"
    assert problem(await bob.client.patch(path, json={"text": "new", "version": 7})) == "message_changed"
    assert problem(await bob.client.patch(path, json={"text": " \u2800 "})) == "message_empty"
    other = await room(hearth, bob)
    assert problem(await bob.client.patch(other.message(id_), json={"text": "new"})) == "message_not_found"
    assert (await chat.read(bob, id_))["version"] == 1
    async with hearth.database.write() as session:
        item = media_models.MediaItem(
            owner_id=bob.id,
            state="ready",
            kind="image",
            sent_format="gif",
            content_type="image/gif",
            bytes=6,
            attached_kind="message",
            attached_id=id_,
            place=0,
        )
        session.add(item)
    assert good(await bob.client.patch(path, json={"text": ""}))["text"] == ""


async def test_who_may_write_no_more_may_not_edit(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    direct = await room(hearth, alice, bob, kind=ChatKind.DIRECT)
    id_ = await direct.say(bob)
    await block(alice, bob)
    assert problem(await bob.client.patch(direct.message(id_), json={"text": "no"})) == "chat_partner_unavailable"
    assert problem(await bob.client.put(f"{direct.message(id_)}/reactions/👍")) == "chat_partner_unavailable"
    # But what one has said can be taken back.
    assert (await bob.client.delete(direct.message(id_))).status_code == 204

    quiet = await room(hearth, alice, bob_again := await hearth.account())
    mine, hers = await quiet.say(bob_again), await quiet.say(alice)
    await hearth.database.fetch("UPDATE chats SET is_read_only = true WHERE id = $1", [quiet.id])
    assert problem(await bob_again.client.patch(quiet.message(mine), json={"text": "no"})) == "chat_is_read_only"
    good(await alice.client.patch(quiet.message(hers), json={"text": "an admin may"}))
    await remove(hearth, quiet, bob_again)
    for request in (bob_again.client.get, bob_again.client.delete):
        assert problem(await request(quiet.message(mine))) == "chat_not_found"


async def test_a_deleted_message_leaves_nothing_but_its_place(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account("bob")
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(alice, "@bob @all a secret")
    path = chat.message(id_)
    good(await alice.client.patch(path, json={"text": "@bob another secret"}))
    good(await bob.client.put(f"{path}/reactions/👍"))
    good(await alice.client.put(f"{chat.path}/pins/{id_}"))
    assert problem(await bob.client.delete(path)) == "message_not_yours"
    good(await alice.client.delete(path))
    assert problem(await alice.client.delete(path)) == "message_not_found"
    for method, address in (("GET", path), ("PUT", f"{path}/reactions/👍"), ("GET", f"{path}/edits")):
        assert problem(await bob.client.request(method, address)) == "message_not_found"
    assert problem(await alice.client.patch(path, json={"text": "back"})) == "message_not_found"
    [place] = good(await bob.client.get(f"{chat.path}/messages"))["items"]
    assert (place["text"], place["sender_id"]) == ("", str(alice.id))
    assert place["deleted_at"] is not None
    assert [place[name] for name in ("mention_ids", "names_all", "reactions", "is_pinned")] == [[], False, [], False]
    async with hearth.database.read() as session:
        for model in (message_models.MessageEdit, message_models.MessageMention, message_models.MessageReaction):
            assert await session.scalar(select(func.count()).select_from(model)) == 0
    assert (await chat.told())[-1] == "message_deleted"


async def test_admins_and_moderators_delete_what_others_have_sent(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account(), await hearth.account(), await hearth.account()
    moderator = await hearth.moderator()
    chat = await room(hearth, alice, bob, admins=[carol])
    one, two = await chat.say(bob), await chat.say(alice)
    assert (await carol.client.delete(chat.message(one))).status_code == 204
    assert problem(await bob.client.delete(chat.message(two))) == "message_not_yours"
    assert problem(await moderator.client.get(chat.message(two))) == "chat_not_found"
    assert (await moderator.client.delete(chat.message(two))).status_code == 204
    async with hearth.database.read() as session:
        noted = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "chats.message_removed"))).all()
    assert [(entry.subject_id, entry.details["sender_id"]) for entry in noted] == [(two, str(alice.id))]


async def test_a_message_deleted_for_oneself_is_there_for_the_others(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(alice)
    good(await alice.client.put(f"{chat.path}/pins/{id_}"))
    good(await bob.client.get("/v1/streams"))
    good(await bob.client.post(f"{chat.message(id_)}/hide"))
    # One's other devices hear of it, and nobody else.
    own = [(one["t"], one["d"]) for one in good(await bob.client.get("/v1/streams/own/events"))["events"]]
    assert own == [("msg.hide", {"chat_id": str(chat.id), "id": str(id_), "seq": 1})]
    assert problem(await bob.client.post(f"{chat.message(id_)}/hide")) == "message_not_found"
    assert good(await bob.client.get(f"{chat.path}/messages"))["items"] == []
    assert good(await bob.client.get(f"{chat.path}/pins"))["items"] == []
    assert (await chat.read(alice, id_))["text"] == "hello"
    assert await chat.told() == ["message_sent", "message_changed"]
