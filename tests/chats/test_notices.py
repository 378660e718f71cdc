"""News of messages in the one inbox, over HTTP: one for each person and chat, as long as something is unread."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from src import clock
from src.chats import models, service_notices
from src.chats.constants import ChatKind, Level
from src.notifications import models as notifications_models
from tests.chats.rooms import Room, block, good, remove, room
from tests.hearth import Hearth, Person

pytestmark = pytest.mark.integration

Notification = notifications_models.Notification
Seat = models.Seat


async def inbox(person: Person) -> list[tuple[str, str, str | None]]:
    """What the person is told: kind, who did it, in which chat."""
    items: list[dict[str, Any]] = good(await person.client.get("/v1/notifications"))["items"]
    return [(item["kind"], item["actor"]["username"], item["subject"] and item["subject"]["excerpt"]) for item in items]


async def rows(hearth: Hearth) -> int:
    """How many pieces of news there are, shown or not."""
    async with hearth.database.read() as session:
        return len((await session.scalars(select(Notification.id))).all())


async def read_all(chat: Room, person: Person) -> None:
    """The person reads on to the end."""
    async with chat.hearth.database.write() as session:
        last = select(models.Chat.last_seq).where(models.Chat.id == chat.id).scalar_subquery()
        mine = update(Seat).where(Seat.chat_id == chat.id, Seat.account_id == person.id)
        await session.execute(mine.values(read_seq=last))
        await service_notices.withdraw_over(session, chat_ids=[chat.id], account_ids=[person.id])


async def want(chat: Room, person: Person, **wishes: object) -> None:
    """How the person wants to be told."""
    async with chat.hearth.database.write() as session:
        mine = update(Seat).where(Seat.chat_id == chat.id, Seat.account_id == person.id)
        await session.execute(mine.values(**wishes))


async def test_a_chat_is_told_of_once_until_it_is_read(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    chat = await room(hearth, alice, bob, carol)
    for person in (alice, alice, bob):
        await chat.say(person)
        await hearth.settle()
    news = ("chat_message", "alice", "Kitchen")
    assert await inbox(carol) == [news]
    # Whoever writes has read what was there before.
    assert await inbox(bob) == []
    assert await inbox(alice) == [("chat_message", "bob", "Kitchen")]
    await read_all(chat, carol)
    assert await inbox(carol) == []
    await chat.say(bob)
    await hearth.settle()
    assert await inbox(carol) == [("chat_message", "bob", "Kitchen")]
    assert await rows(hearth) == 2


async def test_of_a_burst_the_last_message_tells(hearth: Hearth) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    direct = await room(hearth, alice, bob, kind=ChatKind.DIRECT)
    for _ in range(5):
        await direct.say(alice)
    await hearth.settle()
    assert await inbox(bob) == [("direct_message", "alice", None)]
    assert await inbox(alice) == []


async def test_many_chats_are_told_of_at_once(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    kitchen, garden = await room(hearth, alice, bob, carol), await room(hearth, alice, bob, carol)
    await garden.say(bob)
    await hearth.settle()
    # Alice has read in the kitchen alone, and by writing in the garden; what she was told of that is over.
    await kitchen.say(bob)
    await kitchen.say(carol, "@alice")
    await garden.say(carol)
    await garden.say(alice)
    await hearth.settle()
    from_whom = sorted((kind, who) for kind, who, _ in await inbox(alice))
    assert from_whom == [("chat_mention", "carol")]
    assert sorted(who for _, who, _ in await inbox(bob)) == ["alice", "carol"]
    assert sorted(who for _, who, _ in await inbox(carol)) == ["alice"]
    assert await rows(hearth) == 4


async def test_a_mention_takes_the_place_of_other_news(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    chat = await room(hearth, alice, bob, carol, kind=ChatKind.CHANNEL)
    await want(chat, bob, level=Level.ALL)
    await chat.say(alice)
    await hearth.settle()
    # Members of channels hear of mentions, as long as they want nothing else.
    assert (await inbox(bob), await inbox(carol)) == ([("chat_message", "alice", "Kitchen")], [])
    named = await chat.say(alice, "@bob and @carol")
    await chat.say(alice, "and so on")
    await hearth.settle()
    news = [("chat_mention", "alice", "Kitchen")]
    assert (await inbox(bob), await inbox(carol)) == (news, news)
    await chat.say(alice, "nobody")
    await hearth.settle()
    assert await inbox(bob) == news
    good(await alice.client.patch(chat.message(named), json={"text": "@bob alone"}))
    await hearth.settle()
    assert (await inbox(bob), await inbox(carol)) == (news, [])
    # What is left unread names nobody.
    good(await alice.client.delete(chat.message(named)))
    await hearth.settle()
    assert await inbox(bob) == []
    await chat.say(alice, "@all")
    await hearth.settle()
    assert (await inbox(bob), await inbox(carol)) == (news, news)


async def test_an_edit_tells_whom_it_names_anew_unless_they_have_read_it(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    chat = await room(hearth, alice, bob, carol)
    for person in (bob, carol):
        await want(chat, person, level=Level.MENTIONS)
    id_ = await chat.say(alice)
    await read_all(chat, carol)
    good(await alice.client.patch(chat.message(id_), json={"text": "@bob @carol"}))
    await hearth.settle()
    assert (await inbox(bob), await inbox(carol)) == ([("chat_mention", "alice", "Kitchen")], [])


async def test_nobody_is_told_of_what_they_do_not_want_to_hear(hearth: Hearth) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    chat = await room(hearth, alice, bob)
    now = clock.now()
    for wishes in (
        {"level": Level.NOTHING, "muted_until": None},
        {"level": None, "muted_until": now + timedelta(hours=1)},
    ):
        await want(chat, bob, **wishes)
        await chat.say(alice, "@bob")
        await hearth.settle()
        assert await rows(hearth) == 0
    with clock.shifted(timedelta(hours=2)):
        await chat.say(alice)
        await hearth.settle()
    assert await inbox(bob) == [("chat_message", "alice", "Kitchen")]


async def test_of_several_writers_one_is_named_whom_the_member_hears(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    chat = await room(hearth, alice, bob, carol)
    await block(carol, bob)
    await chat.say(alice)
    await chat.say(bob)
    await hearth.settle()
    assert await inbox(carol) == [("chat_message", "alice", "Kitchen")]


async def test_what_is_gone_read_or_left_is_no_news(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    chat = await room(hearth, alice, bob, carol)
    # Read before it could be told.
    await chat.say(alice)
    await read_all(chat, bob)
    await hearth.settle()
    assert await inbox(bob) == []
    id_ = await chat.say(alice)
    await hearth.settle()
    assert await inbox(bob) != []
    good(await bob.client.post(f"{chat.message(id_)}/hide"))
    assert await inbox(bob) == []
    # Told while it was read: the inbox does not show it, and the next news takes its place.
    await chat.say(alice)
    await hearth.settle()
    await want(chat, bob, read_seq=3)
    assert (await inbox(bob), await rows(hearth)) == ([], 2)
    await chat.say(alice)
    await hearth.settle()
    assert (len(await inbox(bob)), await rows(hearth)) == (1, 2)
    await remove(hearth, chat, carol)
    assert await inbox(carol) == []


async def test_a_mention_names_its_messages_until_they_are_read(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account("alice"), await hearth.account("bob"), await hearth.account("carol")
    chat, other = await room(hearth, alice, bob, carol), await room(hearth, alice, bob)

    async def meant(path: str = "") -> list[list[int]]:
        items = good(await bob.client.get(f"/v1/notifications{path}"))["items"]
        return [[place["seq"] for place in item["subject"]["places"]] for item in items]

    await other.say(alice, "@bob")
    await hearth.settle()
    await chat.say(alice)
    await hearth.settle()
    assert await meant() == [[], [1]]
    named = await chat.say(alice, "@bob")
    await chat.say(alice, "@carol")
    for text in ("@all", *["@bob @all"] * 8):
        await chat.say(alice, text)
    await hearth.settle()
    assert await meant() == await meant("/groups") == [[2, *range(4, 11)], [1]]
    [first, *_] = good(await bob.client.get("/v1/notifications"))["items"][0]["subject"]["places"]
    assert first == {"id": str(named), "seq": 2}
    good(await alice.client.delete(chat.message(named)))
    good(await alice.client.delete(chat.message(await chat.say(alice, "@all"))))
    for text in ("@bob", "@all"):
        good(await bob.client.post(f"{chat.message(await chat.say(alice, text))}/hide"))
    good(await bob.client.put(f"/v1/chats/{chat.id}/read", json={"seq": 6}))
    await hearth.settle()
    assert await meant() == [[*range(7, 13)], [1]]
