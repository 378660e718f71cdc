"""Many at once: whatever the order turns out to be, counters are exact and nobody waits for ever."""

import asyncio
import random
from collections import Counter

import httpx

from src.users import service_blocks, service_follows
from tests.hearth import Hearth, Person, patiently, problem
from tests.users.steps import PAGE, caller_of, counts, done, names, no_counter_is_wrong


async def send(person: Person, method: str, path: str, body: object = None) -> httpx.Response:
    """The answer, as `patiently` has it."""
    return await patiently(person, method, f"{PAGE}/{path}", body)


async def wait_event(hearth: Hearth, people: int = 1) -> str:
    """What the first of those who wait in this database waits for, once so many do."""
    waiting = "SELECT wait_event FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(30):
        while True:
            rows = await hearth.database.fetch(waiting, [])
            if len(rows) >= people:
                return str(rows[0][0])


def tally(responses: list[httpx.Response]) -> Counter[int]:
    return Counter(response.status_code for response in responses)


async def test_fifty_follows_of_one_pair_are_one(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    responses = await asyncio.gather(*(send(ada, "POST", "bob/follow") for _ in range(50)))
    assert tally(responses) == {200: 50}
    assert (await counts(hearth, "ada"), await counts(hearth, "bob")) == ((0, 1), (1, 0))


async def test_fifty_follows_and_unfollows_both_ways_leave_exact_counters(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chance = random.Random(50)
    responses = await asyncio.gather(
        *(
            send(
                (ada, bob)[number % 2],
                chance.choice(["POST", "POST", "DELETE"]),
                f"{('bob', 'ada')[number % 2]}/follow",
            )
            for number in range(50)
        )
    )
    assert tally(responses) == {200: 50}
    await no_counter_is_wrong(hearth)


async def test_a_crowd_that_follows_blocks_and_hides_leaves_exact_counters(hearth: Hearth) -> None:
    people = [await hearth.account(f"p{number}") for number in range(6)]
    chance = random.Random(6)
    requests = []
    for _ in range(60):
        one, other = chance.sample(people, 2)
        method, path = chance.choice(
            [
                ("POST", f"{other.username}/follow"),
                ("POST", f"{other.username}/follow"),
                ("DELETE", f"{other.username}/follow"),
                ("DELETE", f"me/followers/{other.username}"),
                ("POST", f"{other.username}/block"),
                ("DELETE", f"{other.username}/block"),
                ("POST", f"me/follow-requests/{other.id}"),
            ]
        )
        requests.append(send(one, method, path))
        if chance.random() < 0.3:
            requests.append(send(one, "PATCH", "me", {"private": chance.random() < 0.5}))
    responses = await asyncio.gather(*requests)
    assert set(tally(responses)) <= {200, 404, 409}
    await no_counter_is_wrong(hearth)


async def test_nobody_is_left_waiting_before_an_open_door(hearth: Hearth) -> None:
    bob = await hearth.account("bob", private=True)
    people = [await hearth.account() for _ in range(20)]
    knocking = [send(person, "POST", "bob/follow") for person in people]
    opening = send(bob, "PATCH", "me", {"private": False})
    responses = await asyncio.gather(*knocking[:10], opening, *knocking[10:])
    assert tally(responses) == {200: 21}
    assert await names(bob, "me/follow-requests") == []
    assert await counts(hearth, "bob") == (20, 0)
    await no_counter_is_wrong(hearth)


async def test_accepting_and_taking_back_at_once_is_one_or_the_other(hearth: Hearth) -> None:
    bob = await hearth.account("bob", private=True)
    people = [await hearth.account() for _ in range(10)]
    for person in people:
        await done(person, "POST", "bob/follow")
    responses = await asyncio.gather(
        *(send(bob, "POST", f"me/follow-requests/{person.id}") for person in people),
        *(send(person, "DELETE", "bob/follow") for person in people),
    )
    assert set(tally(responses)) <= {200, 404}
    assert await counts(hearth, "bob") == (0, 0)
    await no_counter_is_wrong(hearth)


async def test_fifty_mutes_and_blocks_are_one_each(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    responses = await asyncio.gather(
        *(send(ada, "POST", f"bob/{deed}") for _ in range(25) for deed in ("mute", "block"))
    )
    assert tally(responses) == {200: 50}
    assert len((await ada.client.get(f"{PAGE}/me/mutes")).json()["items"]) == 1
    assert await names(ada, "me/blocks") == ["bob"]


async def test_a_follow_waits_for_the_block_that_came_first(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    async with hearth.database.write() as session:
        await service_blocks.block(session, caller=caller_of(ada), account_id=bob.id)
        following = asyncio.create_task(send(bob, "POST", "ada/follow"))
        await wait_event(hearth)
        assert not following.done()
    assert problem(await following) == "user_not_found"
    assert await counts(hearth, "ada") == (0, 0)


async def test_a_door_is_opened_only_when_all_are_known_who_stand_before_it(hearth: Hearth) -> None:
    bob, eve = await hearth.account("bob", private=True), await hearth.account("eve")
    async with hearth.database.write() as session:
        await service_follows.follow(session, caller=caller_of(eve), followee_id=bob.id)
        opening = asyncio.create_task(send(bob, "PATCH", "me", {"private": False}))
        # Not the profile's lock, behind which it would accept whom it has not locked.
        assert await wait_event(hearth) == "advisory"
    assert (await opening).json()["followers_count"] == 1
    await no_counter_is_wrong(hearth)
