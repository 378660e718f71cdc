"""Reactions, pins and threads, over HTTP."""

import pytest

from src.chats.constants import MAX_PINS, MAX_REACTIONS, ChatKind
from src.chats.emojis import is_emoji
from tests.chats.rooms import good, room
from tests.counting import counting
from tests.hearth import Hearth, problem

FACES = [chr(0x1F600 + number) for number in range(MAX_REACTIONS + 1)]


@pytest.mark.unit
@pytest.mark.parametrize(
    "text",
    [
        "👍",
        "👍🏽",
        "❤",
        "❤️",
        "🇩🇪",
        "1️⃣",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "🧑🏽‍🚀",
    ],
)
def test_an_emoji_is_one_whatever_it_is_made_of(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.unit
@pytest.mark.parametrize("text", ["", "a", "1", "👍👍", "👍 ", "\u200d", "🇩", "\ufe0f", "👍\u200d", ":+1:"])
def test_a_text_is_no_emoji(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.integration
async def test_reactions_are_counted_once_a_person_and_emoji(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(alice)
    path = f"{chat.message(id_)}/reactions"
    for person, emoji in ((alice, "👍"), (bob, "👍"), (bob, "👍")):
        good(await person.client.put(f"{path}/{emoji}"))
    shown = good(await bob.client.put(f"{path}/🎉"))
    assert shown == {
        "id": str(id_),
        "seq": 1,
        "reactions": [
            {"emoji": "👍", "count": 2, "account_ids": [str(alice.id), str(bob.id)]},
            {"emoji": "🎉", "count": 1, "account_ids": [str(bob.id)]},
        ],
    }
    who = good(await alice.client.get(path, params={"emoji": "👍"}))["items"]
    assert [one["person"]["id"] for one in who] == [str(bob.id), str(alice.id)]
    assert len(good(await alice.client.get(path))["items"]) == 3
    good(await bob.client.delete(f"{path}/🎉"))
    assert [one["emoji"] for one in good(await bob.client.delete(f"{path}/🎉"))["reactions"]] == ["👍"]
    assert await chat.told() == ["message_sent", *["reacted"] * 4]


@pytest.mark.integration
async def test_a_message_takes_so_many_different_emojis_and_nothing_else(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    path = f"{chat.message(await chat.say(alice))}/reactions"
    for emoji in FACES[:-1]:
        good(await alice.client.put(f"{path}/{emoji}"))
    assert problem(await bob.client.put(f"{path}/{FACES[-1]}")) == "message_too_many_reactions"
    good(await bob.client.put(f"{path}/{FACES[0]}"))
    assert problem(await bob.client.put(f"{path}/lol")) == "invalid_input"


@pytest.mark.integration
async def test_admins_pin_and_in_a_direct_chat_both(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    one, two = await chat.say(bob, "one"), await chat.say(alice, "two")
    assert problem(await bob.client.put(f"{chat.path}/pins/{one}")) == "chat_not_yours"
    for id_ in (one, two):
        good(await alice.client.put(f"{chat.path}/pins/{id_}"))
    pins = good(await alice.client.put(f"{chat.path}/pins/{one}"))
    assert [pin["message"]["text"] for pin in pins["items"]] == ["two", "one"]
    assert {person["id"] for person in pins["people"]} == {str(alice.id), str(bob.id)}
    assert (await chat.read(bob, one))["is_pinned"]
    assert problem(await bob.client.delete(f"{chat.path}/pins/{one}")) == "chat_not_yours"
    good(await alice.client.delete(f"{chat.path}/pins/{one}"))
    [left] = good(await bob.client.get(f"{chat.path}/pins"))["items"]
    assert (left["message"]["id"], left["by_id"]) == (str(two), str(alice.id))
    assert await chat.told(since=2) == ["message_changed"] * 3

    direct = await room(hearth, alice, bob, kind=ChatKind.DIRECT)
    good(await bob.client.put(f"{direct.path}/pins/{await direct.say(alice)}"))


@pytest.mark.integration
async def test_a_chat_pins_so_many_and_no_more(hearth: Hearth) -> None:
    alice = await hearth.account()
    chat = await room(hearth, alice)
    ids = [await chat.say(alice) for _ in range(MAX_PINS + 1)]
    pinned = "INSERT INTO message_pins SELECT $1, unnest($2::bigint[]), $3, now() RETURNING 1"
    await hearth.database.fetch(pinned, [chat.id, ids[:-1], alice.id])
    assert problem(await alice.client.put(f"{chat.path}/pins/{ids[-1]}")) == "chat_too_many_pins"
    good(await alice.client.put(f"{chat.path}/pins/{ids[0]}"))
    assert await chat.told(since=MAX_PINS + 1) == []


@pytest.mark.integration
async def test_threads_are_listed_and_read(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    root, _, other = await chat.say(alice, "root"), await chat.say(alice, "plain"), await chat.say(bob, "other")
    replies = [await chat.say(bob, f"reply {number}", thread_id=root) for number in range(3)]
    await chat.say(alice, "reply", thread_id=other)
    listed = good(await bob.client.get(f"{chat.path}/threads"))
    assert [(one["text"], one["replies_count"]) for one in listed["items"]] == [("other", 1), ("root", 3)]
    page = good(await bob.client.get(f"{chat.message(root)}/thread", params={"limit": 2}))
    rest = good(await bob.client.get(f"{chat.message(root)}/thread", params={"limit": 2, "cursor": page["next"]}))
    assert [int(one["id"]) for one in page["items"] + rest["items"]] == replies
    assert [person["username"] for person in page["people"]] == [bob.username]
    good(await bob.client.delete(chat.message(replies[0])))
    assert (await chat.read(alice, root))["replies_count"] == 2


@pytest.mark.integration
async def test_a_list_costs_the_same_however_long_it_is(hearth: Hearth) -> None:
    people = [await hearth.account() for _ in range(4)]
    chat = await room(hearth, *people)
    root = await chat.say(people[0])
    lists = [f"{chat.path}/pins", f"{chat.path}/threads", f"{chat.message(root)}/thread", f"{chat.message(root)}/edits"]
    async with counting(hearth.database) as count:

        async def cost() -> list[int]:
            return [len(await count(people[0], path)) for path in lists]

        good(await people[0].client.put(f"{chat.path}/pins/{root}"))
        await chat.say(people[1], thread_id=root)
        few = await cost()
        for person in people:
            id_ = await chat.say(person)
            good(await people[0].client.put(f"{chat.path}/pins/{id_}"))
            good(await person.client.put(f"{chat.message(id_)}/reactions/👍"))
            await chat.say(person, thread_id=id_)
            await chat.say(person, thread_id=root)
        assert await cost() == few
        assert max(few) <= 3
