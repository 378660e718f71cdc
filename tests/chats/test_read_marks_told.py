"""Who hears of a read mark: the reader's own stream, and the other members in passing."""

import pytest

from src.chats import read_operations
from tests.chats.overhearing import over_a_socket, overhear
from tests.chats.rooms import block
from tests.chats.steps import Shown, founded, good, read_up_to, say
from tests.hearth import Hearth, Person

pytestmark = pytest.mark.integration


async def own_entries(person: Person) -> list[Shown]:
    """What the person's own stream holds."""
    found: list[Shown] = good(await person.client.get("/v1/streams/own/events"))["events"]
    return [one["d"] for one in found if one["t"] == read_operations.OWN_READ]


async def test_a_mark_that_moves_is_told_once(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await founded(ann, ben)
    good(await ben.client.get("/v1/streams"))
    for _ in range(3):
        await say(hearth, ann, chat_id, names=[ben])
    passed = overhear(hearth)
    for seq in (2, 2, 1):
        await read_up_to(ben, chat_id, seq)
    assert await own_entries(ben) == [{"chat_id": chat_id, "read_seq": 2, "unread_count": 1, "mentions_count": 1}]
    assert passed == [(f"chat:{chat_id}", "read", {"account_id": str(ben.id), "read_seq": 2}, ben.id, {ann.id})]


async def test_who_keeps_it_to_themselves_is_told_alone(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await founded(ann, ben)
    good(await ben.client.get("/v1/streams"))
    good(await ben.client.patch("/v1/chats/all/settings", json={"shares_reads": False}))
    await say(hearth, ann, chat_id)
    passed = overhear(hearth)
    operation = over_a_socket(hearth, ben)
    shown = await read_operations.read(operation, read_operations.Read(chat_id=chat_id, seq=1))
    assert (shown.read_seq, shown.unread_count) == (1, 0)
    assert [entry["read_seq"] for entry in await own_entries(ben)] == [1]
    assert passed == []
    # Nor is anybody told in a crowd.
    other = await founded(ann, ben)
    good(await ben.client.patch("/v1/chats/all/settings", json={"shares_reads": True}))
    await say(hearth, ann, other)
    await hearth.database.fetch("UPDATE groups SET members_count = 101 WHERE id = $1", [int(other)])
    await read_up_to(ben, other, 1)
    assert passed == []


async def test_it_is_told_to_those_alone_who_see_it_among_the_receipts(hearth: Hearth) -> None:
    ann, ben, shy, foe = [await hearth.account(name) for name in ("ann", "ben", "shy", "foe")]
    chat_id = await founded(ann, ben, shy, foe)
    good(await shy.client.patch("/v1/chats/all/settings", json={"shares_reads": False}))
    await block(foe, ben)
    await say(hearth, ann, chat_id)
    passed = overhear(hearth)
    for person in (ben, shy, foe):
        await read_up_to(person, chat_id, 1)
    assert [(by, to) for *_, by, to in passed] == [(ben.id, {ann.id}), (foe.id, {ann.id})]
