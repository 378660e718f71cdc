"""Polls in messages over HTTP: asking, who sees them, how votes and the end are told, and that they go with them."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from src import clock
from src.chats import service_emptied, service_poll_news
from src.chats.constants import ChatKind
from src.feature import Role
from src.polls import events as polls_events
from tests.archives.moves import bring, export
from tests.chats.rooms import Room, block, good, remove, room
from tests.counting import counting
from tests.hearth import Hearth, Person, problem
from tests.polls.steps import OPTIONS, no_counter_is_wrong, read, vote, votes

pytestmark = pytest.mark.integration

TELL = "chats.tell_votes"


async def ask(chat: Room, person: Person, text: str = "When?", **poll: object) -> Any:
    """A new message with a poll, as this person sees it."""
    body = {"text": text, "poll": {"options": OPTIONS, **poll}}
    sent = good(await person.client.post(f"{chat.path}/messages", json=body))
    return await chat.read(person, sent["id"])


async def number_of(hearth: Hearth, table: str) -> int:
    """How many rows there are."""
    [row] = await hearth.database.fetch(f"SELECT count(*) AS number FROM {table}", [])
    number: int = row["number"]
    return number


async def test_a_message_asks_and_members_alone_answer(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat = await room(hearth, ann, ben)
    message = await ask(chat, ann, "", question="Which day?")
    poll_id = message["poll_id"]
    poll = await read(ben, poll_id)
    assert (poll["question"], poll["belongs_to"]) == ("Which day?", {"kind": "message", "id": message["id"]})
    assert votes((await vote(ben, poll_id, 1)).json()) == [0, 1, 0]
    assert (await vote(cat, poll_id, 1)).status_code == HTTPStatus.NOT_FOUND
    assert (await cat.client.get(f"/v1/polls/{poll_id}")).status_code == HTTPStatus.NOT_FOUND
    # The text may be changed, and even go; the poll stays.
    edited = good(await ann.client.patch(chat.message(message["id"]), json={"text": ""}))
    assert (edited["text"], edited["poll_id"]) == ("", poll_id)
    # What somebody has deleted for themselves they do not vote on any more, nor whoever was removed.
    good(await ben.client.post(f"{chat.message(message['id'])}/hide"))
    assert (await vote(ben, poll_id, 2)).status_code == HTTPStatus.NOT_FOUND
    await remove(hearth, chat, ben)
    assert (await vote(ben, poll_id, 2)).status_code == HTTPStatus.NOT_FOUND
    assert votes(await read(ann, poll_id)) == [0, 1, 0]
    await no_counter_is_wrong(hearth)


async def test_a_key_that_reads_no_chats_sees_no_poll_of_theirs(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    poll_id = (await ask(await room(hearth, ann), ann))["poll_id"]
    for scopes, seen in (
        (["polls:read", "posts:read"], HTTPStatus.NOT_FOUND),
        (["polls:read", "chats:read"], HTTPStatus.OK),
    ):
        client = await hearth.keyed(ann, *scopes)
        assert (await client.get(f"/v1/polls/{poll_id}")).status_code == seen


async def test_pages_hold_the_polls_of_their_messages_as_each_reader_sees_them(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    chat = await room(hearth, ann, ben)
    root = await chat.say(ann)
    paths = [f"{chat.path}/messages", f"{chat.message(root)}/thread", f"{chat.path}/pins"]
    message = await ask(chat, ann)
    body = {"text": "and here?", "thread_id": str(root), "poll": {"options": OPTIONS}}
    reply = good(await ann.client.post(paths[0], json=body))
    plain = await room(hearth, ann, ben)
    good(await ann.client.put(f"{chat.path}/pins/{message['id']}"))
    assert (await vote(ben, message["poll_id"], 2)).is_success
    polls = [good(await ben.client.get(path))["polls"] for path in paths]
    assert [[poll["belongs_to"]["id"] for poll in page] for page in polls] == [
        [message["id"], reply["id"]],
        [reply["id"]],
        [message["id"]],
    ]
    assert polls[0][0] == polls[2][0] == await read(ben, message["poll_id"])
    assert good(await ann.client.get(paths[0]))["polls"][0]["choices"] is None
    async with counting(hearth.database) as count:
        with_polls = len(await count(ben, paths[0]))
        await plain.say(ann)
        assert len(await count(ben, f"{plain.path}/messages")) == with_polls - 1


async def test_a_poll_is_sent_once_and_not_without_its_message(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    chat, quiet = await room(hearth, ann, ben), await room(hearth, ben, ann, is_read_only=True)
    body: dict[str, Any] = {"poll": {"options": OPTIONS}, "cid": str(uuid4())}
    path = f"{chat.path}/messages"
    first = good(await ann.client.post(path, json=body))
    again = good(await ann.client.post(path, json=body))
    assert (again["id"], again["dup"]) == (first["id"], True)
    other = body | {"poll": {"options": OPTIONS[:2]}}
    assert problem(await ann.client.post(path, json=other)) == "message_differs"
    assert problem(await ann.client.post(f"{quiet.path}/messages", json=body | {"cid": str(uuid4())})) == (
        "chat_is_read_only"
    )
    blank = {"poll": {"options": ["Friday", " "]}}
    assert problem(await ann.client.post(path, json=blank)) == "poll_words_unfit"
    assert await number_of(hearth, "polls") == 1
    await no_counter_is_wrong(hearth)


async def test_many_votes_are_told_once_and_the_end_at_once(hearth: Hearth) -> None:
    ann, *others = [await hearth.account() for _ in range(4)]
    chat = await room(hearth, ann, *others)
    message = await ask(chat, ann)
    for person in others:
        assert (await vote(person, message["poll_id"], 0)).is_success
        await hearth.settle()
    # Whoever has voted first is told of once the pause is over, with all who came until then.
    [row] = await hearth.database.fetch("SELECT since FROM message_poll_news", [])
    begun = row["since"]
    await hearth.run_job(TELL, at=begun)
    assert await chat.told() == ["message_sent"]
    for _ in range(2):
        await hearth.run_job(TELL, at=begun + service_poll_news.PAUSE)
    assert await chat.told() == ["message_sent", "message_changed"]
    [frame] = good(await ann.client.get(f"/v1/streams/chat:{chat.id}/events?since=1"))["events"]
    assert frame["d"]["poll_id"] == message["poll_id"]
    # Nobody is told who has voted.
    [row] = await hearth.database.fetch("SELECT actor_id FROM outbox WHERE type = 'chats.message_changed'", [])
    assert row["actor_id"] == 0
    assert (await vote(others[0], message["poll_id"], 1)).is_success
    await hearth.settle()
    good(await ann.client.post(f"/v1/polls/{message['poll_id']}/close"))
    await hearth.settle()
    await hearth.run_job(TELL, at=clock.now() + 10 * service_poll_news.PAUSE)
    assert await chat.told(since=2) == ["message_changed"]
    assert await number_of(hearth, "message_poll_news") == 0


async def test_a_poll_that_ends_by_itself_is_told(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    chat = await room(hearth, ann, ben)
    message = await ask(chat, ann, open_for=3600)
    assert (await vote(ben, message["poll_id"], 0)).is_success
    await hearth.run_job("polls.close", at=clock.now() + timedelta(hours=2))
    await hearth.settle()
    assert await chat.told() == ["message_sent", "message_changed"]
    # Who has voted finds it in the inbox.
    kinds = [item["kind"] for item in good(await ben.client.get("/v1/notifications"))["items"]]
    assert "poll_ended" in kinds


async def test_a_poll_goes_with_its_message(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    moderator = await hearth.account(role=Role.MODERATOR)
    chat, left = await room(hearth, ann, ben), await room(hearth, ben)
    deleted, removed, kept = [await ask(chat, ann) for _ in range(3)]
    await ask(left, ben)
    assert (await vote(ben, deleted["poll_id"], 0)).is_success
    good(await ann.client.delete(chat.message(deleted["id"])))
    good(await moderator.client.delete(chat.message(removed["id"])))
    await hearth.settle()
    assert await number_of(hearth, "message_poll_news") == 0
    items = good(await ben.client.get(f"{chat.path}/messages"))
    assert [item["poll_id"] for item in items["items"]] == [None, None, kept["poll_id"]]
    assert [poll["id"] for poll in items["polls"]] == [kept["poll_id"]]
    good(await ben.client.delete(f"/v1/groups/{left.id}/members/{ben.id}"))
    await service_emptied.delete_emptied(hearth.database)
    rows = await hearth.database.fetch("SELECT id FROM polls", [])
    assert [str(row["id"]) for row in rows] == [kept["poll_id"]]


async def test_the_poll_of_a_note_to_oneself_comes_back(hearth: Hearth, tmp_path: Path) -> None:
    ann, other = await hearth.account("ann"), await hearth.account("other")
    notes = await room(hearth, ann, kind=ChatKind.DIRECT)
    await ask(notes, ann, "What first?")
    await ask(await room(hearth, ann, await hearth.account()), ann, "said to others")
    archive = await export(hearth, ann, tmp_path)
    for _ in range(2):
        await bring(hearth, other, archive, same_people=False)
    [chat] = good(await other.client.get("/v1/chats"))["items"]
    history = good(await other.client.get(f"/v1/chats/{chat['id']}/messages"))
    [item], [poll] = history["items"], history["polls"]
    assert (item["text"], item["poll_id"]) == ("What first?", poll["id"])
    assert [option["text"] for option in poll["options"]] == OPTIONS
    await no_counter_is_wrong(hearth)


async def test_nobody_votes_over_a_block_in_a_direct_chat(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    direct, group = await room(hearth, ann, ben, kind=ChatKind.DIRECT), await room(hearth, ann, ben)
    poll_id, other_id = [(await ask(chat, ann))["poll_id"] for chat in (direct, group)]
    assert (await vote(ben, poll_id, 0)).is_success
    await block(ann, ben)
    for person in (ann, ben):
        assert problem(await vote(person, poll_id, 1)) == "poll_vote_refused"
    assert votes(await read(ann, poll_id)) == [1, 0, 0]
    # What is one's own one may take back, and among others a block is no matter of the group.
    assert (await ben.client.delete(f"/v1/polls/{poll_id}/ballot")).is_success
    assert (await vote(ben, other_id, 1)).is_success


async def test_votes_are_told_that_were_noted_by_a_clock_that_was_ahead(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat = await room(hearth, ann, ben)
    message = await ask(chat, ann)
    with clock.shifted(timedelta(days=1)):
        async with hearth.database.write() as session:
            voted = polls_events.PollVoted(
                actor_id=ben.id,
                poll_id=int(message["poll_id"]),
                attached_kind="message",
                attached_id=int(message["id"]),
            )
            await service_poll_news.voted(session, voted)
    await service_poll_news.tell_votes(hearth.database)
    assert await chat.told() == ["message_sent", "message_changed"]
