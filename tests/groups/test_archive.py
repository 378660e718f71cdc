"""What an account takes along of its groups, how it leaves them when it is erased, and what `hearth doctor` finds."""

import pytest
from sqlalchemy import delete, select, update

from src.groups import archive, checks, models
from tests.exported import exported
from tests.groups.steps import M, O, circle, nothing_is_wrong, roles, send, told
from tests.groups.test_invites import invite
from tests.hearth import Hearth

pytestmark = pytest.mark.integration


async def test_an_account_takes_its_memberships_along_and_no_secret(hearth: Hearth) -> None:
    ada, bob, carl = await hearth.account(), await hearth.account(), await hearth.account()
    group = await circle(hearth, ada, bob)
    await send(ada, "PUT", f"groups/{group}/bans/{carl.id}")
    await invite(ada, group)
    async with hearth.database.read() as session:
        hers, his, theirs = [await exported(session, archive.export(person.id)) for person in (ada, bob, carl)]
    [membership], [ban], [made] = hers["group_members"], hers["group_bans"], hers["group_invites"]
    assert (membership["group_id"], membership["role"], membership["kind"]) == (group, 3, "circle")
    assert (ban["account_id"], ban["by_id"]) == (carl.id, ada.id)
    assert made["group_id"] == group
    assert "digest" not in made
    assert ([row["role"] for row in his["group_members"]], his["group_bans"], his["group_invites"]) == ([1], [], [])
    assert (theirs["group_members"], [row["group_id"] for row in theirs["group_bans"]]) == ([], [group])


async def test_whoever_is_erased_leaves_every_group_with_an_owner(hearth: Hearth) -> None:
    ada, bob, carl = await hearth.account(), await hearth.account(), await hearth.account()
    owned, alone = await circle(hearth, ada, bob, carl), await circle(hearth, ada)
    other, pair = await circle(hearth, bob, ada), await circle(hearth, ada, bob, is_fixed=True)
    elsewhere = await circle(hearth, bob)
    await send(ada, "PUT", f"groups/{owned}/bans/{carl.id}")
    await send(bob, "PUT", f"groups/{elsewhere}/bans/{ada.id}")
    await invite(ada, owned)
    async with hearth.database.write() as session:
        await archive.erase(session, ada.id)
    assert await roles(hearth, owned) == {bob.id: O}
    assert await roles(hearth, alone) == {}
    assert await roles(hearth, other) == {bob.id: O}
    assert await roles(hearth, pair) == {bob.id: M}
    left = {"type": "member_left", "by": 0, "account_id": ada.id, "how": "erased"}
    assert await told(hearth, pair) == [left]
    assert await told(hearth, alone) == [left, {"type": "emptied", "by": 0}]
    heir = {"type": "role_changed", "by": 0, "account_id": bob.id, "role": 3}
    assert (await told(hearth, owned))[-2:] == [left, heir]
    async with hearth.database.read() as session:
        bans = (await session.execute(select(models.GroupBan.account_id, models.GroupBan.by_id))).all()
        assert [tuple(row) for row in bans] == [(carl.id, None)]
        rest = await exported(session, archive.export(ada.id))
    assert rest == {"group_members": [], "group_bans": [], "group_invites": []}
    assert (await bob.client.get(f"/v1/groups/{owned}/bans")).json()["items"][0]["by_id"] is None
    await nothing_is_wrong(hearth)


async def test_doctor_finds_wrong_counters_and_groups_without_an_owner(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    counted, headless, pair = [await circle(hearth, ada, bob, is_fixed=is_fixed) for is_fixed in (False, False, True)]
    gone, member = models.Group, models.GroupMember
    async with hearth.database.write() as session:
        await session.execute(update(gone).where(gone.id == counted).values(members_count=5))
        await session.execute(delete(member).where(member.group_id == headless, member.account_id == ada.id))
        await session.execute(update(gone).where(gone.id == headless).values(members_count=1))
        await session.execute(update(member).where(member.group_id == pair, member.account_id == ada.id).values(role=2))
    async with hearth.database.read() as session:
        assert await checks.members(session) == [
            f"group {counted}: 5 members counted, 2 there",
            f"group {headless}: its members have the wrong owner, or none",
            f"group {pair}: its members have the wrong owner, or none",
        ]
