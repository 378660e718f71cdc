"""Sending and reading messages over HTTP: what is answered, what is refused, and what a repeated send finds."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from src import clock
from src.auth import callers as auth_callers
from src.chats import operations
from src.feature import Role
from src.realtime import hub as realtime_hub
from src.realtime import parts as realtime_parts
from tests.chats.steps import founded, good, opened_with, say
from tests.hearth import Hearth, Person, problem


async def sent(person: Person, chat_id: str, text: str = "hello", **fields: object) -> dict[str, object]:
    """The answer to a send that has to succeed."""
    return good(await person.client.post(f"/v1/chats/{chat_id}/messages", json={"text": text, **fields}))


async def refused(person: Person, chat_id: str, **fields: object) -> str:
    """The code of a send that must not succeed."""
    return problem(await person.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "hello", **fields}))


async def texts(person: Person, chat_id: str, **window: int) -> list[str]:
    """The texts of a stretch of history, as this person sees it."""
    shown = good(await person.client.get(f"/v1/chats/{chat_id}/messages", params=window))
    return [item["text"] for item in shown["items"]]


async def test_a_message_is_read_by_the_members_as_it_was_sent(hearth: Hearth) -> None:
    ada, bob, eve = [await hearth.account() for _ in range(3)]
    chat_id = await founded(ada, bob)
    first = await sent(ada, chat_id, "  Dinner at **eight**?\r\n")
    assert (first["seq"], first["dup"]) == (1, False)
    await sent(bob, chat_id, f"Yes, @{ada.username}", reply_to_id=first["id"])
    shown = good(await bob.client.get(f"/v1/chats/{chat_id}/messages"))
    question, answer = shown["items"]
    assert (question["text"], question["sender_id"], question["seq"]) == ("Dinner at **eight**?", str(ada.id), 1)
    assert (answer["reply_to_id"], answer["mention_ids"]) == (first["id"], [str(ada.id)])
    assert {one["username"] for one in shown["people"]} == {ada.username, bob.username}
    assert (shown["last_seq"], shown["has_before"], shown["has_after"]) == (2, False, False)
    assert problem(await eve.client.get(f"/v1/chats/{chat_id}/messages")) == "chat_not_found"
    assert await refused(eve, chat_id) == "chat_not_found"


async def test_sent_again_under_its_client_id_a_message_is_the_first_one(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    chat_id, other_id = await founded(ada, bob), await opened_with(ada, bob)
    cid = str(uuid4())
    answers = await asyncio.gather(*(sent(ada, chat_id, cid=cid) for _ in range(4)))
    assert {(answer["id"], answer["seq"], answer["ev"]) for answer in answers} == {
        (answers[0]["id"], 1, answers[0]["ev"])
    }
    assert sorted(bool(answer["dup"]) for answer in answers) == [False, True, True, True]
    assert await refused(ada, chat_id, text="something else", cid=cid) == "message_differs"
    assert await refused(ada, other_id, cid=cid) == "message_differs"
    # Another sender's client ids are their own; by the header it is the same.
    assert not (await sent(bob, chat_id, cid=cid))["dup"]
    key = {"Idempotency-Key": str(uuid4())}
    twice = [
        good(await ada.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "by header"}, headers=key))
        for _ in range(2)
    ]
    assert [answer["dup"] for answer in twice] == [False, True]
    assert await texts(bob, chat_id) == ["hello", "hello", "by header"]


async def test_over_a_socket_it_is_the_same_message(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    chat_id = await founded(ada, bob)
    state = hearth.runtime.state()
    hub = state["realtime"]
    assert isinstance(hub, realtime_hub.Hub)
    caller = auth_callers.Caller(ada.id, ada.session_id, Role.MEMBER)
    operation = realtime_parts.Operation(caller, hearth.database, state, hub)
    fields = {"text": "hello", "cid": str(uuid4())}
    first = await operations.send(operation, operations.Send(chat_id=chat_id, **fields))
    assert (first.seq, first.dup) == (1, False)
    again = await sent(ada, chat_id, **fields)
    assert (again["id"], again["dup"]) == (str(first.id), True)


async def test_what_cannot_be_sent_is_refused_by_its_reason(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    chat_id, elsewhere = await founded(ada, bob), await founded(ada)
    first = await sent(ada, chat_id)
    assert await refused(ada, chat_id, text=" \u200b ") == "message_empty"
    assert await refused(ada, elsewhere, reply_to_id=first["id"]) == "message_reply_target_not_found"
    assert await refused(ada, elsewhere, thread_id=first["id"]) == "message_thread_not_found"
    assert await refused(ada, chat_id, media_ids=["1"]) == "media_unknown"
    good(await ada.client.patch(f"/v1/chats/{chat_id}", json={"is_read_only": True}))
    assert await refused(bob, chat_id) == "chat_is_read_only"
    good(await ada.client.patch(f"/v1/chats/{chat_id}", json={"is_read_only": False, "slow_mode_seconds": 30}))
    await sent(bob, chat_id)
    answer = await bob.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "soon again"})
    assert problem(answer) == "chat_is_slow"
    assert 1 <= int(answer.headers["retry-after"]) <= 31
    with clock.shifted(timedelta(seconds=31)):
        await sent(bob, chat_id)
    direct = await opened_with(ada, bob)
    assert (await bob.client.post(f"/v1/users/{ada.username}/block")).is_success
    assert await refused(ada, direct) == "chat_partner_unavailable"


async def test_history_is_read_before_after_and_around_a_number(hearth: Hearth) -> None:
    ada = await hearth.account()
    chat_id = await founded(ada)
    for number in range(1, 10):
        await sent(ada, chat_id, str(number))
    assert await texts(ada, chat_id, limit=3) == ["7", "8", "9"]
    assert await texts(ada, chat_id, before=4, limit=2) == ["2", "3"]
    assert await texts(ada, chat_id, after=4, limit=2) == ["5", "6"]
    assert await texts(ada, chat_id, around=5, limit=3) == ["4", "5", "6"]
    assert await texts(ada, chat_id, around=1, limit=4) == ["1", "2"]
    assert await texts(ada, chat_id, after=9) == []
    answer = await ada.client.get(f"/v1/chats/{chat_id}/messages", params={"before": 3, "after": 3})
    assert problem(answer) == "history_one_direction"
    edges = good(await ada.client.get(f"/v1/chats/{chat_id}/messages", params={"around": 5, "limit": 3}))
    assert (edges["has_before"], edges["has_after"]) == (True, True)


async def test_slow_mode_ends_although_the_clock_was_ahead(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    chat_id = await founded(ada, bob)
    good(await ada.client.patch(f"/v1/chats/{chat_id}", json={"slow_mode_seconds": 10}))
    with clock.shifted(timedelta(days=300)):
        await say(hearth, bob, chat_id)
    with clock.shifted(timedelta(seconds=20)):
        await sent(bob, chat_id)
        assert await refused(bob, chat_id) == "chat_is_slow"


async def test_what_the_database_refuses_is_not_called_slow(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    chat_id = await founded(ann)
    await sent(ann, chat_id)
    # A counter that has gone wrong, so that the next messages' number is taken.
    await hearth.database.fetch("UPDATE chats SET last_seq = 0 WHERE id = $1", [int(chat_id)])
    for text in ("plain", "@ann"):
        assert await refused(ann, chat_id, text=text) == "conflict"
