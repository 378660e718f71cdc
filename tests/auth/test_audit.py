"""Every privileged act leaves a row that admins read, and that says nothing of what anybody wrote."""

from typing import Any

import pytest

from src.feature import Role
from tests.auth.codes import challenge_of, turn_on
from tests.auth.letters import templates
from tests.auth.people import log_in, status_with
from tests.auth.test_emails import OLD, with_address
from tests.hearth import Hearth, Person, problem

AUDIT, PAGE = "/v1/admin/audit", "/v1/admin/accounts"


async def entries(admin: Person, query: str = "") -> list[dict[str, Any]]:
    answer = await admin.client.get(f"{AUDIT}?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_what_is_done_to_an_account_is_written_down_once(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    for _ in range(2):
        # The second time nothing happens.
        for method, what, body in (
            ("PUT", "role", {"role": "moderator"}),
            ("PUT", "suspension", None),
            ("DELETE", "second-factor", None),
        ):
            assert (await boss.client.request(method, f"{PAGE}/{ada.id}/{what}", json=body)).status_code == 204
    for what in ("suspension", "sessions"):
        assert (await boss.client.delete(f"{PAGE}/{ada.id}/{what}")).status_code == 204
    found = await entries(boss)
    assert [(one["action"], one["subject"], one["subject_id"], one["actor_id"]) for one in found] == [
        (f"auth.{action}", "account", str(ada.id), str(boss.id))
        for action in ("account_signed_out", "account_restored", "account_suspended", "role_changed")
    ]
    assert found[-1]["details"] == {"from": "member", "to": "moderator"}


async def test_what_was_refused_is_no_act(hearth: Hearth) -> None:
    boss = await hearth.account("boss", role=Role.ADMIN)
    assert (await boss.client.put(f"{PAGE}/{boss.id}/suspension")).status_code == 409
    assert (await boss.client.put(f"{PAGE}/1/suspension")).status_code == 404
    assert await entries(boss) == []


async def test_removing_what_others_wrote_is_an_act_and_removing_ones_own_is_none(hearth: Hearth) -> None:
    boss, mod, ada = await hearth.admin(), await hearth.moderator(), await hearth.account("ada")
    posts = [
        (await person.client.post("/v1/posts", json={"text": "a secret word"})).json()["id"] for person in (ada, mod)
    ]
    for post in posts:
        assert (await mod.client.delete(f"/v1/posts/{post}")).status_code == 204
    (found,) = await entries(boss)
    assert (found["action"], found["subject_id"], found["actor_id"]) == ("posts.post_removed", posts[0], str(mod.id))
    assert found["details"] == {"author_id": str(ada.id)}


async def test_who_invites_and_who_withdraws_an_invitation_is_written_down(hearth: Hearth) -> None:
    boss, mod = await hearth.admin(), await hearth.moderator()
    ids = [(await mod.client.post("/v1/auth/invitations", json={})).json()["id"] for _ in range(2)]
    for person, id_ in ((boss, ids[0]), (mod, ids[1])):
        assert (await person.client.delete(f"/v1/auth/invitations/{id_}")).status_code == 204
    assert [(one["action"], one["subject_id"], one["actor_id"]) for one in await entries(boss)] == [
        ("auth.invitation_withdrawn", ids[1], str(mod.id)),
        ("auth.invitation_withdrawn", ids[0], str(boss.id)),
        ("auth.invitation_created", ids[1], str(mod.id)),
        ("auth.invitation_created", ids[0], str(mod.id)),
    ]


async def test_the_list_is_paged_and_sifted(hearth: Hearth) -> None:
    boss, other = await hearth.admin(), await hearth.admin()
    people = [await hearth.account() for _ in range(3)]
    for person in people:
        await boss.client.delete(f"{PAGE}/{person.id}/sessions")
    await other.client.delete(f"{PAGE}/{people[0].id}/sessions")
    first = (await boss.client.get(f"{AUDIT}?limit=3")).json()
    rest = (await boss.client.get(f"{AUDIT}?limit=3&cursor={first['next']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert [one["subject_id"] for one in await entries(boss, f"actor_id={other.id}")] == [str(people[0].id)]
    assert len(await entries(boss, f"subject=account&subject_id={people[0].id}")) == 2
    assert await entries(boss, "subject=post") == []


async def test_an_admin_helps_who_has_lost_everything(hearth: Hearth) -> None:
    boss, ada = await hearth.admin(), await with_address(hearth)
    await turn_on(ada.client)
    await challenge_of(hearth.client, ada)
    assert (await boss.client.delete(f"{PAGE}/{ada.id}/second-factor")).status_code == 204
    assert await status_with(hearth.client, ada.token) == 401
    await log_in(hearth.client, "ada")
    assert "second_factor_off" in await templates(hearth, to=OLD)
    assert [one["action"] for one in await entries(boss)] == ["auth.second_factor_taken"]
    own = await boss.client.delete(f"{PAGE}/{boss.id}/second-factor")
    assert problem(own) == "own_account"


async def test_accounts_are_found_by_what_they_begin_with(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await with_address(hearth)
    await hearth.account("adam", role=Role.MODERATOR)
    await hearth.account("a_a")
    await log_in(hearth.client, "ada")

    async def names(query: str) -> list[str]:
        answer = await boss.client.get(f"{PAGE}?{query}")
        assert answer.status_code == 200, answer.text
        return [one["username"] for one in answer.json()["items"]]

    assert await names("") == ["a_a", "adam", "ada", "boss"]
    assert await names("beginning=@ADA") == ["adam", "ada"]
    assert await names("beginning=Ada@example") == ["ada"]
    # Signs of a pattern are signs like any other.
    assert (await names("beginning=a_"), await names("beginning=%25")) == (["a_a"], [])
    assert await names("role=moderator") == ["adam"]
    await boss.client.put(f"{PAGE}/{ada.id}/suspension")
    assert await names("state=suspended") == ["ada"]
    read = (await boss.client.get(f"{PAGE}/{ada.id}")).json()
    assert (read["email"], read["state"], read["sessions_count"]) == (OLD, "suspended", 0)
    assert read["last_used_at"] is not None
    page = (await boss.client.get(f"{PAGE}?limit=3")).json()
    assert len((await boss.client.get(f"{PAGE}?limit=3&cursor={page['next']}")).json()["items"]) == 1


@pytest.mark.parametrize("path", ["1", f"{2**63 - 1}"])
async def test_who_is_not_there_is_not_found(hearth: Hearth, path: str) -> None:
    boss = await hearth.admin()
    assert problem(await boss.client.get(f"{PAGE}/{path}")) == "account_not_found"
