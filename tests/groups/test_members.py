"""Who belongs to a group: found, add, leave, send away, rank, hand over."""

import pytest

from src.config import override
from src.groups import exceptions, membership, service
from src.groups.config import GroupsSettings
from src.groups.constants import SERVER
from src.users import exceptions as users_exceptions
from tests.groups.steps import A, M, O, circle, nothing_is_wrong, roles, send, told
from tests.hearth import Hearth, problem
from tests.users.steps import suspend

pytestmark = pytest.mark.integration


async def test_whoever_founds_a_group_owns_it_and_the_others_are_members(hearth: Hearth) -> None:
    ada, bob, carl = [await hearth.account(name) for name in ("ada", "bob", "carl")]
    group = await circle(hearth, ada, bob, bob, ada, carl)
    assert await roles(hearth, group) == {ada.id: O, bob.id: M, carl.id: M}
    assert await told(hearth, group) == []
    page = (await bob.client.get(f"/v1/groups/{group}/members?limit=2")).json()
    rest = (await bob.client.get(f"/v1/groups/{group}/members?limit=2&cursor={page['next']}")).json()
    shown = [(item["user"]["username"], item["role"]) for item in page["items"] + rest["items"]]
    assert shown == [("ada", "owner"), ("bob", "member"), ("carl", "member")]
    async with hearth.database.read() as session:
        assert await membership.role_of(session, group, ada.id) is O
        assert await membership.role_of(session, group, 0) is None
    await nothing_is_wrong(hearth)


async def test_nobody_founds_a_group_with_somebody_behind_a_block(hearth: Hearth) -> None:
    ada, bob, eve = [await hearth.account(name) for name in ("ada", "bob", "eve")]
    await bob.client.post("/v1/users/ada/block")
    await ada.client.post("/v1/users/eve/block")
    with pytest.raises(users_exceptions.UserNotFound):
        await circle(hearth, ada, bob)
    with pytest.raises(users_exceptions.UserIsBlocked):
        await circle(hearth, ada, eve)
    with override(GroupsSettings, group_max_members=2), pytest.raises(exceptions.GroupIsFull):
        await circle(hearth, bob, eve, await hearth.account())


async def test_who_does_not_belong_to_a_group_finds_none(hearth: Hearth) -> None:
    ada, eve, admin = await hearth.account(), await hearth.account(), await hearth.admin()
    group = await circle(hearth, ada)
    for person in (eve, admin):
        for method, path, body in (
            ("GET", "members", None),
            ("PUT", f"members/{eve.id}", None),
            ("PATCH", f"members/{ada.id}", {"role": "member"}),
            ("DELETE", f"members/{ada.id}", None),
            ("GET", "bans", None),
            ("PUT", f"bans/{ada.id}", None),
            ("DELETE", f"bans/{ada.id}", None),
            ("POST", "transfer", {"account_id": str(eve.id)}),
            ("GET", "invites", None),
            ("POST", "invites", {}),
            ("DELETE", "invites/1", None),
        ):
            assert problem(await send(person, method, f"groups/{group}/{path}", body)) == "group_not_found"
    assert await roles(hearth, group) == {ada.id: O}


async def test_an_admin_adds_people_once(hearth: Hearth) -> None:
    ada, bob, carl, dora = [await hearth.account(name) for name in ("ada", "bob", "carl", "dora")]
    group = await circle(hearth, ada, bob, admins=[carl])
    before = len(await told(hearth, group))
    path = f"groups/{group}/members/{dora.id}"
    assert problem(await send(bob, "PUT", path)) == "group_role_too_low"
    first, again = await send(carl, "PUT", path), await send(carl, "PUT", path)
    assert (first.json()["user"]["username"], first.json()["role"]) == ("dora", "member")
    assert again.json() == first.json()
    assert await told(hearth, group, since=before) == [{"type": "member_joined", "by": carl.id, "account_id": dora.id}]
    assert problem(await send(carl, "PUT", f"groups/{group}/members/1")) == "user_not_found"
    await nothing_is_wrong(hearth)


async def test_nobody_is_added_over_a_block_or_when_suspended(hearth: Hearth) -> None:
    ada, bob, carl, dora = [await hearth.account(name) for name in ("ada", "bob", "carl", "dora")]
    group = await circle(hearth, ada)
    await bob.client.post("/v1/users/ada/block")
    await ada.client.post("/v1/users/carl/block")
    await suspend(hearth, dora)
    for person, code in ((bob, "user_not_found"), (carl, "user_is_blocked"), (dora, "user_not_found")):
        assert problem(await send(ada, "PUT", f"groups/{group}/members/{person.id}")) == code
    assert await roles(hearth, group) == {ada.id: O}


async def test_a_full_group_takes_nobody_until_a_place_is_free(hearth: Hearth) -> None:
    ada, bob, carl = [await hearth.account() for _ in range(3)]
    group = await circle(hearth, ada, bob)
    with override(GroupsSettings, group_max_members=2):
        assert problem(await send(ada, "PUT", f"groups/{group}/members/{carl.id}")) == "group_is_full"
        assert (await send(ada, "PUT", f"groups/{group}/members/{bob.id}")).status_code == 200
        assert (await send(bob, "DELETE", f"groups/{group}/members/{bob.id}")).status_code == 204
        assert (await send(ada, "PUT", f"groups/{group}/members/{carl.id}")).status_code == 200


async def test_everybody_sends_away_those_below_them(hearth: Hearth) -> None:
    ada, bob, carl, dora, eve = [await hearth.account() for _ in range(5)]
    group = await circle(hearth, ada, bob, carl, admins=[dora, eve])
    before = len(await told(hearth, group))

    async def away(by: object, who: object) -> str:
        answer = await send(by, "DELETE", f"groups/{group}/members/{who.id}")  # type: ignore[arg-type, attr-defined]
        return "done" if answer.status_code == 204 else problem(answer)

    assert await away(bob, carl) == "group_role_too_low"
    assert await away(dora, eve) == "group_role_too_low"
    assert await away(dora, ada) == "group_role_too_low"
    assert await away(dora, bob) == "done"
    # The second tap.
    assert await away(dora, bob) == "done"
    assert await away(bob, carl) == "group_not_found"
    assert await away(ada, dora) == "done"
    assert await told(hearth, group, since=before) == [
        {"type": "member_left", "by": dora.id, "account_id": bob.id, "how": "removed"},
        {"type": "member_left", "by": ada.id, "account_id": dora.id, "how": "removed"},
    ]
    # Who was sent away may come back.
    assert (await send(eve, "PUT", f"groups/{group}/members/{bob.id}")).status_code == 200
    await nothing_is_wrong(hearth)


async def test_a_ban_sends_away_and_keeps_out_until_it_is_taken_back(hearth: Hearth) -> None:
    ada, bob, carl, dora = [await hearth.account(name) for name in ("ada", "bob", "carl", "dora")]
    group = await circle(hearth, ada, bob, admins=[carl])
    before = len(await told(hearth, group))
    assert problem(await send(bob, "PUT", f"groups/{group}/bans/{dora.id}")) == "group_role_too_low"
    assert problem(await send(carl, "PUT", f"groups/{group}/bans/{ada.id}")) == "group_role_too_low"
    assert problem(await send(carl, "PUT", f"groups/{group}/bans/{carl.id}")) == "group_role_too_low"
    assert problem(await send(carl, "PUT", f"groups/{group}/bans/1")) == "user_not_found"
    for person in (bob, bob, dora):
        assert (await send(carl, "PUT", f"groups/{group}/bans/{person.id}")).status_code == 204
        assert problem(await send(ada, "PUT", f"groups/{group}/members/{person.id}")) == "member_is_banned"
    assert await told(hearth, group, since=before) == [
        {"type": "member_left", "by": carl.id, "account_id": bob.id, "how": "banned"}
    ]
    bans = (await ada.client.get(f"/v1/groups/{group}/bans")).json()["items"]
    assert [(ban["user"]["username"], ban["by_id"]) for ban in bans] == [("bob", str(carl.id)), ("dora", str(carl.id))]
    assert (await send(ada, "DELETE", f"groups/{group}/bans/{bob.id}")).status_code == 204
    assert (await send(ada, "DELETE", f"groups/{group}/bans/{bob.id}")).status_code == 204
    assert await roles(hearth, group) == {ada.id: O, carl.id: A}
    assert (await send(ada, "PUT", f"groups/{group}/members/{bob.id}")).status_code == 200
    assert problem(await send(bob, "GET", f"groups/{group}/bans")) == "group_role_too_low"
    assert problem(await send(bob, "DELETE", f"groups/{group}/bans/{dora.id}")) == "group_role_too_low"


async def test_the_owner_alone_decides_who_is_admin(hearth: Hearth) -> None:
    ada, bob, carl, dora = [await hearth.account() for _ in range(4)]
    group = await circle(hearth, ada, bob, admins=[carl])
    before = len(await told(hearth, group))
    admin, member = {"role": "admin"}, {"role": "member"}
    assert problem(await send(carl, "PATCH", f"groups/{group}/members/{bob.id}", admin)) == "group_role_too_low"
    assert problem(await send(ada, "PATCH", f"groups/{group}/members/{ada.id}", member)) == "group_owner_stays"
    assert problem(await send(ada, "PATCH", f"groups/{group}/members/{dora.id}", admin)) == "group_member_not_found"
    assert problem(await send(ada, "PATCH", f"groups/{group}/members/{bob.id}", {"role": "owner"})) == "invalid_input"
    for person, body in ((bob, admin), (bob, admin), (carl, member)):
        answer = await send(ada, "PATCH", f"groups/{group}/members/{person.id}", body)
        assert answer.json()["role"] == body["role"]
    assert await roles(hearth, group) == {ada.id: O, bob.id: A, carl.id: M}
    assert await told(hearth, group, since=before) == [
        {"type": "role_changed", "by": ada.id, "account_id": bob.id, "role": 2},
        {"type": "role_changed", "by": ada.id, "account_id": carl.id, "role": 1},
    ]


async def test_a_group_is_handed_over_whole(hearth: Hearth) -> None:
    ada, bob, carl = [await hearth.account() for _ in range(3)]
    group = await circle(hearth, ada, bob)
    path = f"groups/{group}/transfer"
    assert problem(await send(bob, "POST", path, {"account_id": str(bob.id)})) == "group_role_too_low"
    assert problem(await send(ada, "POST", path, {"account_id": str(carl.id)})) == "group_member_not_found"
    assert (await send(ada, "POST", path, {"account_id": str(ada.id)})).json()["role"] == "owner"
    assert (await send(ada, "POST", path, {"account_id": str(bob.id)})).json()["role"] == "owner"
    assert await roles(hearth, group) == {ada.id: A, bob.id: O}
    assert await told(hearth, group) == [
        {"type": "role_changed", "by": ada.id, "account_id": ada.id, "role": 2},
        {"type": "role_changed", "by": ada.id, "account_id": bob.id, "role": 3},
    ]


async def test_an_owner_who_leaves_is_followed_by_the_oldest_admin_or_else_member(hearth: Hearth) -> None:
    ada, bob, carl, dora, eve = [await hearth.account() for _ in range(5)]
    group = await circle(hearth, ada, bob, eve, admins=[carl, dora])
    before = len(await told(hearth, group))
    await suspend(hearth, carl)
    # Who cannot act comes last, whatever their rank.
    for gone, heir in ((ada, dora), (dora, bob), (bob, eve), (eve, carl)):
        assert (await send(gone, "DELETE", f"groups/{group}/members/{gone.id}")).status_code == 204
        assert [id_ for id_, role in (await roles(hearth, group)).items() if role is O] == [heir.id]
        await nothing_is_wrong(hearth)
    async with hearth.database.write() as session:
        await service.remove(session, group_id=group, account_id=carl.id, by_id=SERVER)
    events = await told(hearth, group, since=before)
    assert events[:2] == [
        {"type": "member_left", "by": ada.id, "account_id": ada.id, "how": "left"},
        {"type": "role_changed", "by": ada.id, "account_id": dora.id, "role": 3},
    ]
    assert events[-2:] == [
        {"type": "member_left", "by": 0, "account_id": carl.id, "how": "removed"},
        {"type": "emptied", "by": 0},
    ]
    assert await roles(hearth, group) == {}


async def test_nobody_comes_to_a_group_that_all_have_left(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    group = await circle(hearth, ada)
    await send(ada, "DELETE", f"groups/{group}/members/{ada.id}")
    for by_id in (bob.id, SERVER):
        with pytest.raises(exceptions.GroupNotFound):
            async with hearth.database.write() as session:
                await service.join(session, group_id=group, account_id=bob.id, by_id=by_id)
    async with hearth.database.write() as session:
        await service.dissolve(session, group_id=group)
    with pytest.raises(exceptions.GroupNotFound):
        async with hearth.database.write() as session:
            await service.join(session, group_id=group, account_id=bob.id, by_id=bob.id)


async def test_a_fixed_group_never_changes(hearth: Hearth) -> None:
    ada, bob, carl = [await hearth.account() for _ in range(3)]
    group = await circle(hearth, ada, bob, is_fixed=True)
    assert await roles(hearth, group) == {ada.id: M, bob.id: M}
    for method, path, body in (
        ("PUT", f"members/{carl.id}", None),
        ("PATCH", f"members/{bob.id}", {"role": "admin"}),
        ("DELETE", f"members/{ada.id}", None),
        ("DELETE", f"members/{bob.id}", None),
        ("PUT", f"bans/{bob.id}", None),
        ("DELETE", f"bans/{bob.id}", None),
        ("POST", "transfer", {"account_id": str(bob.id)}),
        ("POST", "invites", {}),
        ("DELETE", "invites/1", None),
    ):
        assert problem(await send(ada, method, f"groups/{group}/{path}", body)) == "group_is_fixed"
    assert await roles(hearth, group) == {ada.id: M, bob.id: M}
    assert await told(hearth, group) == []
    await nothing_is_wrong(hearth)
