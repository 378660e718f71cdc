"""Many at once: whatever the order turns out to be, counters are exact and nobody waits for ever."""

import asyncio
import random
from collections import Counter

import httpx

from tests.hearth import Hearth
from tests.users.steps import PAGE, counts, done, names, no_counter_is_wrong


def tally(responses: list[httpx.Response]) -> Counter[int]:
    return Counter(response.status_code for response in responses)


async def test_fifty_follows_of_one_pair_are_one(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    responses = await asyncio.gather(*(ada.client.post(f"{PAGE}/bob/follow") for _ in range(50)))
    assert tally(responses) == {200: 50}
    assert (await counts(hearth, "ada"), await counts(hearth, "bob")) == ((0, 1), (1, 0))


async def test_fifty_follows_and_unfollows_both_ways_leave_exact_counters(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chance = random.Random(50)
    responses = await asyncio.gather(
        *(
            (ada, bob)[number % 2].client.request(
                chance.choice(["POST", "POST", "DELETE"]), f"{PAGE}/{('bob', 'ada')[number % 2]}/follow"
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
        requests.append(one.client.request(method, f"{PAGE}/{path}"))
        if chance.random() < 0.3:
            requests.append(one.client.patch(f"{PAGE}/me", json={"private": chance.random() < 0.5}))
    responses = await asyncio.gather(*requests)
    assert set(tally(responses)) <= {200, 404, 409}
    await no_counter_is_wrong(hearth)


async def test_nobody_is_left_waiting_before_an_open_door(hearth: Hearth) -> None:
    bob = await hearth.account("bob", private=True)
    people = [await hearth.account() for _ in range(20)]
    knocking = [person.client.post(f"{PAGE}/bob/follow") for person in people]
    opening = bob.client.patch(f"{PAGE}/me", json={"private": False})
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
        *(bob.client.post(f"{PAGE}/me/follow-requests/{person.id}") for person in people),
        *(person.client.delete(f"{PAGE}/bob/follow") for person in people),
    )
    assert set(tally(responses)) <= {200, 404}
    assert await counts(hearth, "bob") == (0, 0)
    await no_counter_is_wrong(hearth)


async def test_fifty_mutes_and_blocks_are_one_each(hearth: Hearth) -> None:
    ada, _bob = await hearth.account("ada"), await hearth.account("bob")
    responses = await asyncio.gather(
        *(ada.client.post(f"{PAGE}/bob/{deed}") for _ in range(25) for deed in ("mute", "block"))
    )
    assert tally(responses) == {200: 50}
    assert len((await ada.client.get(f"{PAGE}/me/mutes")).json()["items"]) == 1
    assert await names(ada, "me/blocks") == ["bob"]
