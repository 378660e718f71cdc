"""Many at once: whatever the order turns out to be, no place is given twice and no group is without an owner."""

import asyncio
import random
from collections import Counter

import httpx
import pytest

from src.config import override
from src.groups import service
from src.groups.config import GroupsSettings
from src.users import service_blocks
from tests.groups.steps import M, O, circle, nothing_is_wrong, roles, send, told
from tests.groups.test_invites import invite
from tests.hearth import Hearth, problem
from tests.users.steps import caller_of
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration


def tally(answers: list[httpx.Response]) -> Counter[int | str]:
    return Counter(answer.status_code if answer.is_success else problem(answer) for answer in answers)


async def test_the_last_place_is_given_once(hearth: Hearth) -> None:
    ada, *people = [await hearth.account() for _ in range(9)]
    group = await circle(hearth, ada, people[0])
    code = (await invite(ada, group))["code"]
    with override(GroupsSettings, group_max_members=3):
        answers = await asyncio.gather(
            *(send(person, "POST", f"group-invites/{code}") for person in people[1:5]),
            *(send(ada, "PUT", f"groups/{group}/members/{person.id}") for person in people[5:]),
        )
    assert tally(answers) == {200: 1, "group_is_full": 6}
    assert len(await roles(hearth, group)) == 3
    await nothing_is_wrong(hearth)


async def test_the_last_use_of_an_invite_is_one_persons(hearth: Hearth) -> None:
    ada, *people = [await hearth.account() for _ in range(8)]
    group = await circle(hearth, ada)
    path = f"group-invites/{(await invite(ada, group, max_uses=1))['code']}"
    answers = await asyncio.gather(*(send(person, "POST", path) for person in people))
    assert tally(answers) == {200: 1, "group_invite_not_valid": 6}
    assert len(await roles(hearth, group)) == 2


async def test_one_person_who_taps_often_joins_once_and_uses_one(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    group = await circle(hearth, ada)
    path = f"group-invites/{(await invite(ada, group, max_uses=2))['code']}"
    answers = await asyncio.gather(*(send(bob, "POST", path) for _ in range(8)))
    assert tally(answers) == {200: 8}
    [shown] = (await ada.client.get(f"/v1/groups/{group}/invites")).json()["items"]
    assert shown["uses"] == 1
    assert len(await told(hearth, group)) == 1


async def test_owner_after_owner_leaves_at_once_and_each_is_followed(hearth: Hearth) -> None:
    ada, *people = [await hearth.account() for _ in range(8)]
    group = await circle(hearth, ada, *people[2:], admins=people[:2])
    before = len(await told(hearth, group))
    leavers = [ada, *people[:4]]
    answers = await asyncio.gather(
        *(send(person, "DELETE", f"groups/{group}/members/{person.id}") for person in leavers)
    )
    assert tally(answers) == {204: 5}
    left = await roles(hearth, group)
    assert sorted(left.values()) == [M, M, O]
    kinds = Counter(str(event["type"]) for event in await told(hearth, group, since=before))
    assert kinds["member_left"] == 5
    await nothing_is_wrong(hearth)
    rest = [person for person in people if person.id in left]
    await asyncio.gather(*(send(person, "DELETE", f"groups/{group}/members/{person.id}") for person in rest))
    kinds = Counter(str(event["type"]) for event in await told(hearth, group, since=before))
    assert (kinds["member_left"], kinds["emptied"]) == (8, 1)
    await nothing_is_wrong(hearth)


async def test_who_leaves_and_is_sent_away_at_once_is_gone_once(hearth: Hearth) -> None:
    ada, bob, carl = await hearth.account(), await hearth.account(), await hearth.account()
    group = await circle(hearth, ada, bob, admins=[carl])
    before = len(await told(hearth, group))
    path = f"groups/{group}/members/{bob.id}"
    answers = await asyncio.gather(
        *(send(person, "DELETE", path) for person in (ada, bob, carl, ada, bob)),
        send(ada, "PUT", f"groups/{group}/bans/{bob.id}"),
    )
    assert set(tally(answers)) <= {204, "group_not_found"}
    assert len(await told(hearth, group, since=before)) == 1
    assert await roles(hearth, group) == {ada.id: O, carl.id: 2}
    await nothing_is_wrong(hearth)


async def test_adding_waits_for_the_block_that_came_first(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    group = await circle(hearth, ada)
    async with hearth.database.write() as session:
        await service_blocks.block(session, caller=caller_of(bob), account_id=ada.id)
        adding = asyncio.create_task(send(ada, "PUT", f"groups/{group}/members/{bob.id}"))
        await wait_event(hearth)
    assert problem(await adding) == "user_not_found"
    assert await roles(hearth, group) == {ada.id: O}


async def test_nobody_acts_by_a_role_that_they_are_losing(hearth: Hearth) -> None:
    ada, bob, carl, dora = [await hearth.account() for _ in range(4)]
    group = await circle(hearth, ada, carl, admins=[bob])
    async with hearth.database.write() as session:
        await service.set_role(session, group_id=group, account_id=bob.id, role=M, by_id=ada.id)
        acts = [
            asyncio.create_task(send(bob, method, f"groups/{group}/{path}", body))
            for method, path, body in (
                ("PUT", f"members/{dora.id}", None),
                ("DELETE", f"members/{carl.id}", None),
                ("PUT", f"bans/{carl.id}", None),
                ("POST", "invites", {}),
            )
        ]
        await wait_event(hearth, people=4)
    assert tally([await act for act in acts]) == {"group_role_too_low": 4}
    assert await roles(hearth, group) == {ada.id: O, bob.id: M, carl.id: M}


async def test_whoever_is_sent_away_does_not_add_themselves_again(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    group = await circle(hearth, ada, admins=[bob])
    async with hearth.database.write() as session:
        await service.remove(session, group_id=group, account_id=bob.id, by_id=ada.id)
        adding = asyncio.create_task(send(bob, "PUT", f"groups/{group}/members/{bob.id}"))
        await wait_event(hearth)
    assert problem(await adding) == "group_not_found"
    assert await roles(hearth, group) == {ada.id: O}


async def test_a_crowd_that_does_everything_leaves_a_group_in_order(hearth: Hearth) -> None:
    people = [await hearth.account() for _ in range(7)]
    group = await circle(hearth, people[0], people[1], admins=people[2:4])
    code = (await invite(people[0], group))["code"]
    chance = random.Random(7)
    requests = []
    for _ in range(80):
        one, other = chance.sample(people, 2)
        method, path, body = chance.choice(
            [
                ("PUT", f"groups/{group}/members/{other.id}", None),
                ("PUT", f"groups/{group}/members/{other.id}", None),
                ("POST", f"group-invites/{code}", None),
                ("DELETE", f"groups/{group}/members/{other.id}", None),
                ("DELETE", f"groups/{group}/members/{one.id}", None),
                ("PATCH", f"groups/{group}/members/{other.id}", {"role": chance.choice(["admin", "member"])}),
                ("PUT", f"groups/{group}/bans/{other.id}", None),
                ("DELETE", f"groups/{group}/bans/{other.id}", None),
                ("POST", f"groups/{group}/transfer", {"account_id": str(other.id)}),
                ("POST", f"users/{other.username}/block", None),
                ("DELETE", f"users/{other.username}/block", None),
            ]
        )
        requests.append(send(one, method, path, body))
    answers = await asyncio.gather(*requests)
    assert max(answer.status_code for answer in answers) < 500
    await nothing_is_wrong(hearth)
    # What was told adds up to who is there.
    there = {person.id for person in people[:4]}
    for told_of in await told(hearth, group):
        if told_of["type"] == "member_joined":
            assert told_of["account_id"] not in there
            there.add(int(str(told_of["account_id"])))
        elif told_of["type"] == "member_left":
            there.remove(int(str(told_of["account_id"])))
    assert there == (await roles(hearth, group)).keys()
