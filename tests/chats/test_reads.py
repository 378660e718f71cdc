"""What is read and unread, who may know, and what one is told of, over HTTP."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from src import clock
from src.chats import checks, message_models
from src.database import Database
from tests.chats.steps import (
    Shown,
    chat_of,
    counts,
    founded,
    good,
    nothing_is_wrong,
    opened_with,
    read_up_to,
    say,
)
from tests.hearth import Hearth, Person, problem

pytestmark = pytest.mark.integration


async def unread(person: Person) -> tuple[int, int, int]:
    """Chats with something unread, messages and mentions."""
    found = good(await person.client.get("/v1/chats/all/unread"))
    return found["chats_count"], found["unread_count"], found["mentions_count"]


async def receipts(person: Person, chat_id: str) -> dict[str, int]:
    """Who has read how far."""
    items = good(await person.client.get(f"/v1/chats/{chat_id}/receipts"))["items"]
    return {item["account_id"]: item["read_seq"] for item in items}


async def delete_for_all(database: Database, message_id: int) -> None:
    """As whoever deletes a message does: the place stays empty, nobody is named any more."""
    message, mention = message_models.Message, message_models.MessageMention
    async with database.write() as session:
        await session.execute(
            update(message).where(message.id == message_id).values(text="", deleted_at=clock.now(), names_all=False)
        )
        await session.execute(delete(mention).where(mention.message_id == message_id))


async def hide(database: Database, account_id: int, chat_id: int, message_id: int, seq: int) -> None:
    """As who deletes a message for themselves."""
    async with database.write() as session:
        row = message_models.HiddenMessage(account_id=account_id, chat_id=chat_id, seq=seq, message_id=message_id)
        await session.merge(row)


async def test_a_mark_moves_forward_only_and_never_beyond_what_there_is(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await opened_with(ann, ben)
    for number in range(4):
        await say(hearth, ann, chat_id, names=[ben] if number % 2 else [])
    assert await unread(ben) == (1, 4, 2)
    assert await read_up_to(ben, chat_id, 2) == {"read_seq": 2, "unread_count": 2, "mentions_count": 1}
    assert await read_up_to(ben, chat_id, 1) == {"read_seq": 2, "unread_count": 2, "mentions_count": 1}
    assert await read_up_to(ben, chat_id, 2_000_000_000) == {"read_seq": 4, "unread_count": 0, "mentions_count": 0}
    assert await unread(ben) == await unread(ann) == (0, 0, 0)
    await say(hearth, ann, chat_id)
    assert await counts(ben, chat_id) == (1, 0)
    # Whoever writes has read what was before.
    await say(hearth, ben, chat_id)
    assert await counts(ben, chat_id) == (0, 0)
    stranger = await hearth.account()
    assert problem(await stranger.client.put(f"/v1/chats/{chat_id}/read", json={"seq": 1})) == "chat_not_found"
    for body in ({}, {"seq": -1}, {"seq": "1"}, {"seq": 2**31}):
        assert problem(await ben.client.put(f"/v1/chats/{chat_id}/read", json=body)) == "invalid_input"


async def test_receipts_are_of_those_who_share_them_and_for_them(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat_id = await founded(ann, ben, cat)
    await say(hearth, ann, chat_id)
    await read_up_to(ben, chat_id, 1)
    everybody = {str(ann.id): 1, str(ben.id): 1, str(cat.id): 0}
    assert await receipts(ann, chat_id) == everybody
    for _ in range(2):
        assert good(await ben.client.patch("/v1/chats/all/settings", json={"shares_reads": False})) == {
            "shares_reads": False
        }
    assert good(await ben.client.patch("/v1/chats/all/settings", json={})) == {"shares_reads": False}
    assert await receipts(ann, chat_id) == {str(ann.id): 1, str(cat.id): 0}
    assert await receipts(ben, chat_id) == {}
    assert good(await ben.client.patch("/v1/chats/all/settings", json={"shares_reads": True})) == {"shares_reads": True}
    assert good(await ben.client.get("/v1/chats/all/settings")) == {"shares_reads": True}
    assert await receipts(ben, chat_id) == everybody
    good(await cat.client.post("/v1/users/ann/block"))
    assert str(cat.id) not in await receipts(ann, chat_id)
    assert str(ann.id) not in await receipts(cat, chat_id)
    await hearth.database.fetch("UPDATE groups SET members_count = 101", [])
    assert await receipts(ben, chat_id) == {}


async def test_silent_chats_are_not_counted(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    one, two = await opened_with(ann, ben), await founded(ann, ben)
    for chat_id in (one, two, two):
        await say(hearth, ann, chat_id, names=[ben])
    assert await unread(ben) == (2, 3, 3)
    path = f"/v1/chats/{two}/notifications"
    later = (clock.now() + timedelta(minutes=1)).isoformat()

    async def told_by(**wishes: object) -> tuple[Shown, tuple[int, int, int]]:
        return good(await ben.client.put(path, json=wishes)), await unread(ben)

    assert (await told_by(muted_until=later))[1] == (1, 1, 1)
    with clock.shifted(timedelta(minutes=2)):
        assert await unread(ben) == (2, 3, 3)
    shown, counted = await told_by(level="mentions")
    assert (shown, counted) == ({"level": "mentions", "muted_until": None}, (2, 3, 3))
    assert (await told_by(level="nothing"))[1] == (1, 1, 1)
    assert (await chat_of(ben, two))["membership"]["level"] == "nothing"
    assert (await told_by())[0] == {"level": None, "muted_until": None}
    assert problem(await ben.client.put(path, json={"level": "some"})) == "invalid_input"


Step = tuple[int, int, int]


@pytest.mark.parametrize("seed", range(2))
async def test_unread_counts_are_those_of_a_recount_whatever_happens(hearth: Hearth, seed: int) -> None:
    """A walk of sends, marks, deletions and hidings, next to a list that is counted by hand."""
    chance = random.Random(seed)
    people = [await hearth.account() for _ in range(3)]
    chat_id = await founded(people[0], *people[1:])
    # Of each message: its id, whom it names, whether it is deleted, who has hidden it.
    log: list[tuple[int, set[int], list[bool], set[int]]] = []
    read = {person.id: 0 for person in people}
    for _ in range(30):
        person = chance.choice(people)
        what = chance.choices(("send", "read", "delete", "hide"), weights=(6, 1, 1, 2))[0]
        if what == "send":
            named = chance.sample(people, chance.randint(0, 2))
            is_to_all = chance.random() < 0.3
            message_id = await say(hearth, person, chat_id, names=named, names_all=is_to_all)
            log.append((message_id, {one.id for one in (people if is_to_all else named)}, [], set()))
            read[person.id] = len(log)
        elif what == "read":
            seq = chance.randint(0, len(log) + 1)
            read[person.id] = max(read[person.id], min(seq, len(log)))
            assert (await read_up_to(person, chat_id, seq))["read_seq"] == read[person.id]
        elif log:
            place = chance.randrange(len(log))
            if what == "delete":
                await delete_for_all(hearth.database, log[place][0])
                log[place][2].append(True)
            else:
                await hide(hearth.database, person.id, int(chat_id), log[place][0], place + 1)
                log[place][3].add(person.id)
        looker = chance.choice(people)
        left = [one for one in log[read[looker.id] :] if not one[2] and looker.id not in one[3]]
        expected = (len(left), sum(looker.id in one[1] for one in left))
        assert await counts(looker, chat_id) == expected
        assert (await unread(looker))[1:] == expected
    await nothing_is_wrong(hearth)


async def test_the_recount_finds_a_wrong_number(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await opened_with(ann, ben)
    await say(hearth, ann, chat_id)
    await hearth.database.fetch("UPDATE chats SET last_seq = 3", [])
    async with hearth.database.read() as session:
        lines = await checks.unread(session)
    assert lines == [
        f"chat {chat_id}: for {ann.id} 2 unread, 0 found; 0 mentions, 0 found",
        f"chat {chat_id}: for {ben.id} 3 unread, 1 found; 0 mentions, 0 found",
    ]
    await hearth.database.fetch("DELETE FROM chat_seats WHERE account_id = $1", [ben.id])
    await hearth.database.fetch("DELETE FROM group_members WHERE account_id = $1", [ann.id])
    async with hearth.database.read() as session:
        lines = await checks.seats(session)
    assert lines == [
        f"chat {chat_id}: member {ben.id} has no seat",
        f"chat {chat_id}: {ann.id} has a seat and is no member",
    ]
