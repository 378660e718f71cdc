"""Invites: made by admins, good for as long as they may be, used up one by one."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from src import clock
from src.config import override
from src.groups import models
from src.groups.config import GroupsSettings
from src.groups.constants import MAX_OPEN_INVITES
from tests.groups.steps import A, M, O, circle, roles, send, told
from tests.hearth import Hearth, Person, problem
from tests.users.steps import suspend

pytestmark = pytest.mark.integration


async def invite(person: Person, group: int, **limits: object) -> dict[str, Any]:
    """A new invite of this person."""
    answer = await send(person, "POST", f"groups/{group}/invites", limits)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_whoever_has_a_code_sees_the_group_and_joins_once(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    group = await circle(hearth, ada)
    made = await invite(ada, group)
    typed = made["code"].lower().replace("-", " ")
    seen = (await send(bob, "GET", f"group-invites/{typed}")).json()
    assert seen == {"id": str(group), "kind": "circle", "name": f"Circle {group}", "members_count": 1}
    assert await roles(hearth, group) == {ada.id: O}
    for _ in range(2):
        joined = await send(bob, "POST", f"group-invites/{made['code']}")
        assert joined.json() == {**seen, "members_count": 2}
    assert await roles(hearth, group) == {ada.id: O, bob.id: M}
    assert await told(hearth, group) == [{"type": "member_joined", "by": bob.id, "account_id": bob.id}]
    [shown] = (await ada.client.get(f"/v1/groups/{group}/invites")).json()["items"]
    assert shown == {name: value for name, value in made.items() if name != "code"} | {"uses": 1}


async def test_a_group_of_a_kind_that_nobody_founds_any_more_has_no_name(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    group = await circle(hearth, ada)
    code = (await invite(ada, group))["code"]
    async with hearth.database.write() as session:
        await session.execute(update(models.Group).values(kind="gone"))
    seen = (await send(bob, "GET", f"group-invites/{code}")).json()
    assert (seen["kind"], seen["name"]) == ("gone", None)


async def test_invites_end_by_time_by_use_and_by_being_taken_back(hearth: Hearth) -> None:
    ada, bob, carl = await hearth.account(), await hearth.account(), await hearth.account()
    group = await circle(hearth, ada)
    soon = (clock.now() + timedelta(minutes=5)).isoformat()
    limits: tuple[dict[str, object], ...] = ({"expires_at": soon}, {"max_uses": 1}, {})
    timed, single, back = [await invite(ada, group, **limit) for limit in limits]
    assert (await send(bob, "POST", f"group-invites/{single['code']}")).status_code == 200
    assert (await send(ada, "DELETE", f"groups/{group}/invites/{back['id']}")).status_code == 204
    assert problem(await send(ada, "DELETE", f"groups/{group}/invites/{back['id']}")) == "group_invite_not_found"
    assert [row["id"] for row in (await ada.client.get(f"/v1/groups/{group}/invites")).json()["items"]] == [timed["id"]]
    with clock.shifted(timedelta(minutes=5, seconds=1)):
        for made in (timed, single, back, {"code": "0000-0000-0000-0000"}, {"code": "what"}):
            for method in ("GET", "POST"):
                answer = await send(carl, method, f"group-invites/{made['code']}")
                assert problem(answer) == "group_invite_not_valid"
        await invite(ada, group)
        async with hearth.database.read() as session:
            # What is over is swept when the next one is made.
            assert len((await session.scalars(select(models.GroupInvite.id))).all()) == 1
    assert await roles(hearth, group) == {ada.id: O, bob.id: M}


async def test_invites_go_when_their_creator_may_not_invite_any_more(hearth: Hearth) -> None:
    ada, bob, carl, dora, eve = [await hearth.account() for _ in range(5)]
    group = await circle(hearth, ada, admins=[bob, carl, dora])
    codes = [(await invite(person, group))["code"] for person in (bob, carl, dora, ada)]
    await send(ada, "PATCH", f"groups/{group}/members/{bob.id}", {"role": "member"})
    await send(ada, "PATCH", f"groups/{group}/members/{bob.id}", {"role": "admin"})
    await send(carl, "DELETE", f"groups/{group}/members/{carl.id}")
    await suspend(hearth, dora)
    for code in codes[:3]:
        assert problem(await send(eve, "POST", f"group-invites/{code}")) == "group_invite_not_valid"
    # An owner who has handed the group over is an admin, and may still invite.
    await send(ada, "POST", f"groups/{group}/transfer", {"account_id": str(bob.id)})
    assert (await send(eve, "POST", f"group-invites/{codes[3]}")).status_code == 200
    assert await roles(hearth, group) == {ada.id: A, bob.id: O, dora.id: A, eve.id: M}


async def test_only_admins_invite_within_reason(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    group = await circle(hearth, ada, bob)
    path = f"groups/{group}/invites"
    assert problem(await send(bob, "POST", path, {})) == "group_role_too_low"
    assert problem(await send(bob, "GET", path)) == "group_role_too_low"
    past = (clock.now() - timedelta(seconds=1)).isoformat()
    assert problem(await send(ada, "POST", path, {"expires_at": past})) == "group_invite_already_over"
    made = [await invite(ada, group, max_uses=1) for _ in range(MAX_OPEN_INVITES)]
    assert problem(await send(ada, "POST", path, {})) == "too_many_group_invites"
    assert problem(await send(bob, "DELETE", f"{path}/{made[0]['id']}")) == "group_role_too_low"
    other = await circle(hearth, bob)
    assert problem(await send(bob, "DELETE", f"groups/{other}/invites/{made[0]['id']}")) == "group_invite_not_found"
    assert (await send(ada, "DELETE", f"{path}/{made[0]['id']}")).status_code == 204
    await invite(ada, group)


async def test_neither_the_banned_nor_too_many_come_in_by_a_code(hearth: Hearth) -> None:
    ada, bob, carl = await hearth.account(), await hearth.account(), await hearth.account()
    group = await circle(hearth, ada)
    made = await invite(ada, group, max_uses=5)
    await send(ada, "PUT", f"groups/{group}/bans/{bob.id}")
    path = f"group-invites/{made['code']}"
    assert problem(await send(bob, "POST", path)) == "banned_from_group"
    with override(GroupsSettings, group_max_members=1):
        assert problem(await send(carl, "POST", path)) == "group_is_full"
    [shown] = (await ada.client.get(f"/v1/groups/{group}/invites")).json()["items"]
    assert shown["uses"] == 0
    await send(ada, "DELETE", f"groups/{group}/members/{ada.id}")
    assert problem(await send(carl, "POST", path)) == "group_invite_not_valid"
