"""Messages under many hands at once."""

import asyncio
from http import HTTPStatus

import pytest
from sqlalchemy import select

from src.chats import message_models, models
from src.chats.constants import MAX_PINS, MAX_REACTIONS
from src.groups import service as groups_service
from tests.chats.rooms import good, room
from tests.hearth import Hearth, problem
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration

OK, CONFLICT, NOT_FOUND = HTTPStatus.OK, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND
Message = message_models.Message


async def test_double_taps_put_one_reaction_and_tell_of_it_once(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    path = f"{chat.message(await chat.say(alice))}/reactions/👍"
    answers = await asyncio.gather(*(person.client.put(path) for person in (alice, bob) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {OK}
    [shown] = good(await alice.client.put(path))["reactions"]
    assert shown["count"] == 2
    assert await chat.told(since=1) == ["reacted"] * 2
    await asyncio.gather(*(bob.client.delete(path) for _ in range(6)))
    assert await chat.told(since=1) == ["reacted"] * 3


async def test_the_limit_of_different_reactions_holds_for_those_who_come_at_once(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    path = f"{chat.message(await chat.say(alice))}/reactions"
    faces = [chr(0x1F600 + number) for number in range(MAX_REACTIONS + 4)]
    for face in faces[: MAX_REACTIONS - 2]:
        good(await alice.client.put(f"{path}/{face}"))
    answers = await asyncio.gather(*(bob.client.put(f"{path}/{face}") for face in faces[MAX_REACTIONS - 2 :]))
    assert sorted(answer.status_code for answer in answers) == [OK] * 2 + [CONFLICT] * 4


async def test_of_two_edits_of_one_version_one_is_made(hearth: Hearth) -> None:
    alice = await hearth.account()
    chat = await room(hearth, alice)
    path = chat.message(await chat.say(alice))
    answers = await asyncio.gather(
        *(alice.client.patch(path, json={"text": f"edit {number}", "version": 1}) for number in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [OK] + [CONFLICT] * 5
    assert len(good(await alice.client.get(f"{path}/edits"))["items"]) == 1
    # Without a version each is made, one after the other.
    await asyncio.gather(*(alice.client.patch(path, json={"text": f"more {number}"}) for number in range(4)))
    edits = good(await alice.client.get(f"{path}/edits"))["items"]
    assert [edit["version"] for edit in edits] == [5, 4, 3, 2, 1]


async def test_an_edit_and_a_delete_at_once_leave_a_deleted_message(hearth: Hearth) -> None:
    alice = await hearth.account()
    chat = await room(hearth, alice)
    for _ in range(5):
        id_ = await chat.say(alice)
        answers = await asyncio.gather(
            alice.client.patch(chat.message(id_), json={"text": "edited"}),
            alice.client.delete(chat.message(id_)),
            alice.client.put(f"{chat.message(id_)}/reactions/👍"),
            alice.client.put(f"{chat.path}/pins/{id_}"),
        )
        assert {answer.status_code for answer in answers} <= {OK, HTTPStatus.NO_CONTENT, NOT_FOUND}
        async with hearth.database.read() as session:
            message = await session.get_one(Message, id_)
            assert (message.text, message.deleted_at is None) == ("", False)
            for hanging in (message_models.MessageEdit, message_models.MessageReaction, message_models.MessagePin):
                assert (await session.scalars(select(hanging).where(hanging.message_id == id_))).all() == []
    await chat.told()


async def test_the_limit_of_pins_holds_for_those_who_pin_at_once(hearth: Hearth) -> None:
    alice = await hearth.account()
    chat = await room(hearth, alice)
    ids = [await chat.say(alice) for _ in range(MAX_PINS + 3)]
    pinned = "INSERT INTO message_pins SELECT $1, unnest($2::bigint[]), $3, now() RETURNING 1"
    await hearth.database.fetch(pinned, [chat.id, ids[: MAX_PINS - 1], alice.id])
    sends = asyncio.gather(*(chat.say(alice) for _ in range(3)))
    answers = await asyncio.gather(*(alice.client.put(f"{chat.path}/pins/{id_}") for id_ in ids[MAX_PINS - 1 :]))
    await sends
    assert sorted(answer.status_code for answer in answers) == [OK] + [CONFLICT] * 3
    assert len(good(await alice.client.get(f"{chat.path}/pins"))["items"]) == MAX_PINS
    await chat.told()


async def test_sends_and_pins_never_wait_for_each_other_in_a_circle(hearth: Hearth) -> None:
    alice = await hearth.account()
    chat = await room(hearth, alice)
    ids = [await chat.say(alice) for _ in range(16)]
    for four in (ids[:4], ids[4:8], ids[8:12], ids[12:]):
        # As several processes, or messages on which something hangs, send to one chat: each by itself.
        sends = asyncio.gather(*(chat.say(alice) for _ in range(6)))
        for answer in await asyncio.gather(*(alice.client.put(f"{chat.path}/pins/{id_}") for id_ in four)):
            good(answer)
        await sends
    await chat.told()


async def test_who_is_removed_in_this_moment_changes_nothing_any_more(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(bob, "before")
    async with hearth.database.write() as session:
        # As the removal of a member does: it ends while the edit waits for the chat.
        await session.execute(select(models.Chat).where(models.Chat.id == chat.id).with_for_update())
        editing = asyncio.create_task(bob.client.patch(chat.message(id_), json={"text": "after"}))
        await wait_event(hearth)
        await groups_service.remove(session, group_id=chat.id, account_id=bob.id, by_id=0)
    assert problem(await editing) == "chat_not_found"
    assert (await chat.read(alice, id_))["text"] == "before"
