"""What an account takes along of its messages, what is left of them without it, and how long chats keep any."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from src import clock
from src.chats import archive_messages, models
from src.chats.constants import ChatKind
from tests.archives.moves import bring, export
from tests.chats.rooms import good, room
from tests.exported import exported
from tests.hearth import Hearth

pytestmark = pytest.mark.integration


async def test_an_account_takes_along_what_it_has_said_and_leaves_its_places_empty(hearth: Hearth) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    chat, other = await room(hearth, alice, bob), await room(hearth, alice, bob)
    mine, theirs = await chat.say(bob, "mine, @alice"), await chat.say(alice, "hers, @bob")
    gone = await chat.say(bob, "gone")
    await other.say(bob, "elsewhere")
    good(await bob.client.patch(chat.message(mine), json={"text": "mine, edited"}))
    good(await bob.client.put(f"{chat.message(theirs)}/reactions/👍"))
    good(await alice.client.put(f"{chat.message(mine)}/reactions/🎉"))
    good(await alice.client.put(f"{chat.path}/pins/{theirs}"))
    await hearth.database.fetch("UPDATE message_pins SET by_id = $1", [bob.id])
    good(await bob.client.delete(chat.message(gone)))
    before = len(await chat.told())

    async with hearth.database.write() as session:
        taken = await exported(session, archive_messages.export(bob.id))
        assert [row["text"] for row in taken["messages"]] == ["mine, edited", "elsewhere"]
        assert [row["text"] for row in taken["message_edits"]] == ["mine, @alice"]
        numbers = {name: len(rows) for name, rows in taken.items()}
        assert numbers == {
            "messages": 2,
            "message_edits": 1,
            "message_reactions": 1,
            "message_pins": 1,
            "message_mentions": 1,
            "message_hidings": 0,
        }
        await archive_messages.erase(session, bob.id)
        assert not any((await exported(session, archive_messages.export(bob.id))).values())

    items = good(await alice.client.get(f"{chat.path}/messages"))["items"]
    assert [(item["text"], item["sender_id"]) for item in items] == [
        ("", None),
        ("hers, @bob", str(alice.id)),
        ("", None),
    ]
    assert (items[1]["reactions"], items[1]["mention_ids"]) == ([], [])
    [pin] = good(await alice.client.get(f"{chat.path}/pins"))["items"]
    assert (pin["message"]["id"], pin["by_id"]) == (str(theirs), None)
    assert await chat.told(since=before) == ["message_deleted", "reacted"]
    assert await other.told() == ["message_sent", "message_deleted"]
    # What is told goes on after it without a gap.
    await chat.say(alice)
    assert (await chat.told())[-1] == "message_sent"


async def test_a_chat_keeps_messages_as_long_as_it_says(hearth: Hearth) -> None:
    alice = await hearth.account()
    short, endless = await room(hearth, alice, retention_days=7), await room(hearth, alice)
    old = await short.say(alice, "old")
    kept = await endless.say(alice, "kept")
    with clock.shifted(timedelta(days=5)):
        young = await short.say(alice, "young")
    for _ in range(2):
        await hearth.run_job("chats.expire_messages", at=clock.now() + timedelta(days=8))
    items = good(await alice.client.get(f"{short.path}/messages"))["items"]
    assert [(int(item["id"]), item["text"]) for item in items] == [(old, ""), (young, "young")]
    assert (await endless.read(alice, kept))["text"] == "kept"
    assert await short.told() == ["message_sent", "message_sent", "message_deleted"]


async def test_notes_to_oneself_come_back_and_what_was_said_to_others_does_not(hearth: Hearth, tmp_path: Path) -> None:
    alice, bob, other = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("other")
    notes = await room(hearth, alice, kind=ChatKind.DIRECT)
    _, _, id_ = [await notes.say(alice, f"note {number}") for number in range(3)]
    good(await alice.client.patch(notes.message(id_), json={"text": "note 2, edited"}))
    await (await room(hearth, alice, bob)).say(alice, "said to bob")
    archive = await export(hearth, alice, tmp_path)
    there = await room(hearth, other, kind=ChatKind.DIRECT)
    await there.say(other, "from before")
    for _ in range(2):
        await bring(hearth, other, archive, same_people=False)
    history = good(await other.client.get(f"{there.path}/messages"))
    assert [(item["seq"], item["text"], item["version"]) for item in history["items"]] == [
        (1, "from before", 1),
        (2, "note 0", 1),
        (3, "note 1", 1),
        (4, "note 2, edited", 2),
    ]
    first = good(await alice.client.get(f"{notes.path}/messages"))["items"][0]
    assert history["items"][1]["created_at"] == first["created_at"]
    assert await there.told() == ["message_sent", "changed"]
    await there.say(other, "from after")
    assert (await there.told())[-1] == "message_sent"


async def test_notes_come_back_to_somebody_who_has_none(hearth: Hearth, tmp_path: Path) -> None:
    alice, other = await hearth.account("alice"), await hearth.account("other")
    await (await room(hearth, alice, kind=ChatKind.DIRECT)).say(alice, "a note")
    await bring(hearth, other, await export(hearth, alice, tmp_path), same_people=False)
    async with hearth.database.read() as session:
        chat = (await session.scalars(select(models.Chat).where(models.Chat.low_id == other.id))).one()
    [item] = good(await other.client.get(f"/v1/chats/{chat.id}/messages"))["items"]
    assert (item["text"], item["sender_id"]) == ("a note", str(other.id))
