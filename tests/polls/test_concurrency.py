"""Polls under many hands at once: counters stay exact, and what comes after the end does not count."""

import asyncio
import random
from datetime import timedelta
from http import HTTPStatus

import pytest
from sqlalchemy import delete, select, update

from src import clock
from src.polls import archive, handlers, jobs
from src.polls import events as polls_events
from src.polls.models import Poll
from src.posts.models import Post
from tests.hearth import Hearth, Person, problem
from tests.polls.steps import ask, no_counter_is_wrong, read, vote, votes
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration


async def people_of(hearth: Hearth, number: int) -> list[Person]:
    return [await hearth.account() for _ in range(number)]


@pytest.mark.parametrize("kind", ["single", "multiple", "ranked"])
async def test_parallel_ballots_are_all_counted(hearth: Hearth, kind: str) -> None:
    people = await people_of(hearth, 4)
    poll_id = (await ask(people[0], kind=kind))["poll"]["id"]
    chance = random.Random(kind)

    async def live(person: Person) -> None:
        for _ in range(3):
            most = 1 if kind == "single" else 3
            choices = chance.sample(range(3), chance.randint(1, most))
            assert (await vote(person, poll_id, *choices)).is_success
            if chance.random() < 0.3:
                await person.client.delete(f"/v1/polls/{poll_id}/ballot")

    await asyncio.gather(*(live(person) for person in people for _ in range(2)))
    await no_counter_is_wrong(hearth)
    await asyncio.gather(*(vote(person, poll_id, 1) for person in people))
    found = await read(people[0], poll_id)
    assert (found["voters"], votes(found)) == (4, [0, 4, 0])
    await no_counter_is_wrong(hearth)


async def test_a_ballot_counts_before_the_end_or_is_refused(hearth: Hearth) -> None:
    people = await people_of(hearth, 5)
    for _ in range(2):
        poll_id = (await ask(people[0], kind="ranked"))["poll"]["id"]
        *answers, closed = await asyncio.gather(
            *(vote(person, poll_id, 0) for person in people),
            people[0].client.post(f"/v1/polls/{poll_id}/close"),
        )
        counted = sum(answer.is_success for answer in answers)
        assert {problem(answer) for answer in answers if not answer.is_success} <= {"poll_ended"}
        found = await read(people[0], poll_id)
        # What the end has told is what stands.
        assert (closed.json()["voters"], found["voters"], votes(found)[0]) == (counted,) * 3
        assert [one["votes"][0] for one in found["outcome"]["rounds"]] == [counted] * bool(counted)
    await no_counter_is_wrong(hearth)


async def test_a_ballot_that_waits_for_the_end_is_refused(hearth: Hearth) -> None:
    ann, ben = await people_of(hearth, 2)
    poll_id = (await ask(ann, open_for=60))["poll"]["id"]
    async with hearth.database.write() as session:
        held = await session.get_one(Poll, int(poll_id), with_for_update=True)
        voting = asyncio.create_task(vote(ben, poll_id, 0))
        await wait_event(hearth)
        held.closed_at = clock.now()
    assert problem(await voting) == "poll_ended"
    # A poll that vanishes under a ballot is not there.
    other = await ask(ann)
    async with hearth.database.write() as session:
        await session.get_one(Poll, int(other["poll"]["id"]), with_for_update=True)
        voting = asyncio.create_task(vote(ben, other["poll"]["id"], 0))
        await wait_event(hearth)
        await session.execute(update(Post).where(Post.id == int(other["id"])).values(poll_id=None))
        await session.execute(delete(Poll).where(Poll.id == int(other["poll"]["id"])))
    assert problem(await voting) == "poll_not_found"


async def test_any_number_of_schedulers_end_each_poll_once_and_wait_for_nobody(hearth: Hearth) -> None:
    ann = await hearth.account()
    ids = [(await ask(ann, open_for=60))["poll"]["id"] for _ in range(4)]
    with clock.shifted(timedelta(minutes=2)):
        async with hearth.database.write() as session:
            await session.execute(select(Poll.id).where(Poll.id == int(ids[0])).with_for_update())
            await asyncio.gather(*(jobs.close(hearth.database) for _ in range(4)))
        await jobs.close(hearth.database)
    ended = "SELECT count(*) AS number FROM outbox WHERE type = 'polls.closed'"
    assert (await hearth.database.fetch(ended, []))[0]["number"] == len(ids)
    assert all([(await read(ann, poll_id))["has_ended"] for poll_id in ids])


async def test_who_leaves_and_who_votes_or_deletes_wait_in_one_order(hearth: Hearth) -> None:
    ann, ben, cat = await people_of(hearth, 3)
    posts = [await ask(ann) for _ in range(4)]
    polls = [post["poll"]["id"] for post in posts]
    for poll_id in polls:
        for person in (ben, cat):
            assert (await vote(person, poll_id, 0)).is_success

    async def erase() -> None:
        async with hearth.database.write() as session:
            await archive.erase(session, ben.id)

    answers = await asyncio.gather(
        *(vote(cat, poll_id, 1) for poll_id in reversed(polls)),
        ann.client.delete(f"/v1/posts/{posts[1]['id']}"),
        erase(),
    )
    assert {answer.status_code for answer in answers if answer is not None} <= {
        HTTPStatus.OK,
        HTTPStatus.NO_CONTENT,
        HTTPStatus.NOT_FOUND,
    }
    assert votes(await read(ann, polls[0])) == [0, 1, 0]
    await no_counter_is_wrong(hearth)


async def test_more_voters_than_are_told_at_once_are_all_told(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "TOLD_AT_ONCE", 2)
    ann, *people = await people_of(hearth, 6)
    poll_id = (await ask(ann))["poll"]["id"]
    for person in people:
        assert (await vote(person, poll_id, 0)).is_success
    closed = (await ann.client.post(f"/v1/polls/{poll_id}/close")).json()
    await hearth.settle()
    # Told again, as after a handler that died.
    event = polls_events.PollClosed(
        actor_id=ann.id, poll_id=int(poll_id), owner_id=ann.id, attached_kind="post", attached_id=int(closed["id"])
    )
    async with hearth.database.write() as session:
        await handlers.tell(session, event)
    await hearth.settle()
    told = "SELECT account_id FROM notifications WHERE kind = 'poll_ended' ORDER BY account_id"
    rows = await hearth.database.fetch(told, [])
    assert [row["account_id"] for row in rows] == sorted(person.id for person in people)
