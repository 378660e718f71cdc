"""A member takes a chat along: what the member sees of it, and nobody who is none."""

import io
import json
import re
import zipfile
from typing import Any

import pytest

from src.chats import service_exports
from src.chats.constants import ChatKind
from tests.archives.test_archives_api import EXPORTS, task, work
from tests.chats.rooms import good, remove, room
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.steps import uploaded

pytestmark = pytest.mark.integration


async def fetched(person: Person, export_id: str) -> zipfile.ZipFile:
    """The archive of an export that is made."""
    answer = await person.client.get(f"{EXPORTS}/{export_id}/file")
    assert answer.is_success, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.content))


def lines(archive: zipfile.ZipFile, name: str) -> list[Any]:
    """The things of a file."""
    return [json.loads(line) for line in archive.read(name).splitlines()]


async def test_a_member_takes_along_what_the_member_sees(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat, other = await room(hearth, ann, ben), await room(hearth, ann, cat)
    media_id = (await uploaded(hearth, ann, files.written(files.picture(), "PNG")))["id"]
    sent = {"text": "look\x1b[2J\u202e", "media_ids": [media_id]}
    shown = good(await ann.client.post(f"{chat.path}/messages", json=sent))
    good(await ann.client.patch(chat.message(shown["id"]), json={"text": f"{sent['text']}!"}))
    poll = {"text": "when?", "reply_to_id": shown["id"], "poll": {"question": "Day?", "options": ["a", "b"]}}
    asked = good(await ann.client.post(f"{chat.path}/messages", json=poll))
    deleted, hidden = await chat.say(ann, "gone"), await chat.say(ben, "not for me")
    good(await ann.client.delete(chat.message(deleted)))
    good(await ben.client.post(f"{chat.message(hidden)}/hide"))
    good(await ben.client.put(f"{chat.message(asked['id'])}/reactions/👍"))
    hung = (await uploaded(hearth, cat, files.written(files.picture(), "PNG")))["id"]
    good(await cat.client.post(f"{other.path}/messages", json={"text": "elsewhere", "media_ids": [hung]}))

    made = good(await ben.client.post(f"{chat.path}/exports"))
    assert (made["kind"], made["thing_id"]) == ("chat", str(chat.id))
    assert problem(await ben.client.post(f"{chat.path}/exports")) == "export_under_way"
    await work(hearth)
    archive = await fetched(ben, made["id"])
    about = json.loads(archive.read("chat.json"))
    assert (about["format"], about["chat"]["id"], about["made_for"]["username"]) == (
        "hearth-chat",
        str(chat.id),
        "ben",
    )
    assert (about["chat"]["name"], about["chat"]["members"]) == ("Kitchen", ["ann", "ben"])
    said = archive.read("messages.txt").decode()
    time = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"
    # What a terminal would obey does not get there.
    look = rf"{time} #1 @ann: look\?\[2J\?! \(edited\)\n    \[image\]\n"
    when = rf"{time} #2 @ann to #1: when\?\n    \[poll\] Day\?\n    - a: 0\n    - b: 0\n"
    assert re.fullmatch(look + when, said), said
    messages = lines(archive, "messages.jsonl")
    assert [message["id"] for message in messages] == [shown["id"], asked["id"]]
    assert [person["username"] for person in lines(archive, "people.jsonl")] == ["ann", "ben"]
    assert [one["id"] for one in lines(archive, "polls.jsonl")] == [messages[1]["poll_id"]]
    [path] = [name for name in archive.namelist() if name.startswith("media_attachments/")]
    assert str(media_id) in path
    assert archive.read(path)
    # It is nobody else's.
    assert problem(await ann.client.get(f"{EXPORTS}/{made['id']}/file")) == "export_not_found"
    assert good(await ann.client.get(EXPORTS))["items"] == []
    good(await ben.client.delete(f"{EXPORTS}/{made['id']}"))
    assert good(await ben.client.get(EXPORTS))["items"] == []


async def test_a_direct_chat_is_known_by_the_other_person_and_told_to_its_end(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stretch is shorter than the chat.
    monkeypatch.setattr(service_exports, "_AT_ONCE", 2)
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat = await room(hearth, ann, ben, kind=ChatKind.DIRECT)
    first = await chat.say(ann, "one")
    for text, place in (
        ("two", {}),
        ("under it, @ben", {"thread_id": str(first)}),
        ("to you", {"reply_to_id": str(first)}),
    ):
        good(await ann.client.post(f"{chat.path}/messages", json={"text": text, **place}))
    gone = await chat.say(ann, "who was I?")
    await hearth.database.fetch("UPDATE messages SET sender_id = NULL WHERE id = $1", [gone])
    made = good(await ben.client.post(f"{chat.path}/exports"))
    await work(hearth)
    archive = await fetched(ben, made["id"])
    about = json.loads(archive.read("chat.json"))["chat"]
    assert (about["kind"], about["name"], about["members"]) == ("direct", "@ann", ["ann", "ben"])
    said = [line.partition("Z ")[2] for line in archive.read("messages.txt").decode().splitlines()]
    assert said == [
        "#1 @ann: one",
        "#2 @ann: two",
        "#3 @ann to #1: under it, @ben",
        "#4 @ann to #1: to you",
        "#5 (gone): who was I?",
    ]
    assert [person["username"] for person in lines(archive, "people.jsonl")] == ["ann", "ben"]


@pytest.mark.parametrize(("is_public", "why"), [(False, "chat_not_found"), (True, "chat_not_yours")])
async def test_who_is_removed_meanwhile_gets_nothing(hearth: Hearth, *, is_public: bool, why: str) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    chat = await room(hearth, ann, ben, kind=ChatKind.CHANNEL, is_public=is_public)
    await chat.say(ann)
    made = good(await ben.client.post(f"{chat.path}/exports"))
    await remove(hearth, chat, ben)
    assert problem(await ben.client.post(f"{chat.path}/exports")) == why
    await work(hearth)
    assert (await task(ben, made))["state"] == "failed"
    assert problem(await ben.client.get(f"{EXPORTS}/{made['id']}/file")) == "export_not_ready"
    # It holds up no other one.
    good(await ben.client.post(EXPORTS))
