"""Chats under many hands at once: one direct chat for a pair, one seat for a member, marks that never get lost."""

import asyncio
from http import HTTPStatus

import pytest

from src.chats import archive
from src.groups import archive as groups_archive
from tests.chats.steps import counts, founded, good, listed, nothing_is_wrong, opened_with, read_up_to, say, told
from tests.hearth import Hearth, Person

pytestmark = pytest.mark.integration


async def test_a_pair_that_opens_its_chat_at_once_gets_the_same(hearth: Hearth) -> None:
    people = [await hearth.account() for _ in range(3)]
    pairs = [(one, other) for one in people for other in people] * 3
    ids = await asyncio.gather(*(opened_with(one, other) for one, other in pairs))
    found = {frozenset((one.id, other.id)): chat_id for (one, other), chat_id in zip(pairs, ids, strict=True)}
    assert [found[frozenset((one.id, other.id))] for one, other in pairs] == ids
    assert len(set(ids)) == 6
    assert [len(await listed(person)) for person in people] == [3, 3, 3]
    await nothing_is_wrong(hearth)


async def test_double_joins_are_one_and_joining_meets_leaving_and_sending(hearth: Hearth) -> None:
    ann, *others = [await hearth.account() for _ in range(4)]
    chat_id = await founded(ann, kind="channel", is_public=True)

    async def come_and_go(person: Person) -> None:
        for _ in range(3):
            await asyncio.gather(*(person.client.post(f"/v1/chats/{chat_id}/join") for _ in range(2)))
            await person.client.delete(f"/v1/groups/{chat_id}/members/{person.id}")
        good(await person.client.post(f"/v1/chats/{chat_id}/join"))

    async def talk() -> None:
        for _ in range(20):
            await say(hearth, ann, chat_id)

    await asyncio.gather(talk(), *(come_and_go(person) for person in others))
    entries = await told(hearth, chat_id)
    assert [ev for ev, _, _ in entries] == list(range(1, len(entries) + 1))
    for person in others:
        own = [kind for _, kind, account_id in entries if account_id == person.id]
        # Coming and going take turns, whatever else happens.
        assert own == ["member_joined", "member_left"] * (len(own) // 2) + ["member_joined"]
        last = max(ev for ev, _, account_id in entries if account_id == person.id)
        unread = sum(kind == "message_sent" for ev, kind, _ in entries if ev > last)
        assert await counts(person, chat_id) == (unread, 0)
    await nothing_is_wrong(hearth)


async def test_marks_and_sends_at_once_leave_the_furthest_mark(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await opened_with(ann, ben)

    async def talk(person: Person, number: int) -> None:
        for _ in range(number):
            await say(hearth, person, chat_id)

    async def read(person: Person) -> list[int]:
        return [(await read_up_to(person, chat_id, seq))["read_seq"] for seq in (3, 9, 1, 15, 2)]

    await talk(ann, 5)
    marks = await asyncio.gather(talk(ann, 5), talk(ben, 5), read(ben), read(ben), read(ann))
    for seen in marks[2:]:
        assert seen == sorted(seen)
    assert (await read_up_to(ben, chat_id, 15))["unread_count"] == 0
    assert (await read_up_to(ann, chat_id, 1000))["read_seq"] == 15
    await nothing_is_wrong(hearth)


async def test_an_account_is_erased_while_others_leave_write_and_change(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chats = [await founded(ann, ben, cat) for _ in range(4)]
    await opened_with(ann, ben)

    async def erase() -> None:
        for part in (archive, groups_archive):
            async with hearth.database.write() as session:
                await part.erase(session, ann.id)

    async def leave(chat_id: str) -> int:
        return (await cat.client.delete(f"/v1/groups/{chat_id}/members/{cat.id}")).status_code

    async def rename(chat_id: str) -> int:
        return (await ann.client.patch(f"/v1/chats/{chat_id}", json={"name": "Other"})).status_code

    answers = await asyncio.gather(
        erase(),
        *(leave(id_) for id_ in chats),
        *(rename(id_) for id_ in chats),
        *(say(hearth, ben, id_) for id_ in chats),
    )
    assert set(answers[1:5]) == {HTTPStatus.NO_CONTENT}
    assert set(answers[5:9]) <= {HTTPStatus.OK, HTTPStatus.NOT_FOUND}
    assert [(chat["members_count"], chat["membership"]["role"]) for chat in (await listed(ben))[:4]] == [
        (1, "owner")
    ] * 4
    await nothing_is_wrong(hearth)
