"""What admins do to accounts, and how soon it shows."""

import asyncio

import pytest

from src.auth import administration, models
from src.auth import service as accounts
from src.auth.constants import AccountState
from src.auth.exceptions import AccountNotFound
from src.feature import Role
from tests.auth.people import event_kinds, log_in, status_with, try_login, try_refresh, until_somebody_waits_for_a_lock
from tests.hearth import Hearth, Person, problem

PAGE = "/v1/admin/accounts"


async def key_of(person: Person) -> str:
    answer = await person.client.post("/v1/auth/api-keys", json={"name": "script", "scopes": ["auth:read"]})
    secret = answer.json()["secret"]
    assert isinstance(secret, str)
    return secret


async def test_a_new_role_counts_from_the_next_login_and_the_old_tokens_end(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    key = await key_of(ada)
    assert (await ada.client.get("/v1/auth/invitations")).status_code == 403
    assert (await boss.client.put(f"{PAGE}/{ada.id}/role", json={"role": "moderator"})).status_code == 204
    assert [await status_with(hearth.client, credential) for credential in (ada.token, key)] == [401, 401]
    token = (await log_in(hearth.client, "ada"))["access_token"]
    answer = await hearth.client.get("/v1/auth/invitations", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "role_changed" in await event_kinds(hearth, ada)


async def test_the_same_role_again_ends_nothing(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    assert (await boss.client.put(f"{PAGE}/{ada.id}/role", json={"role": "member"})).status_code == 204
    assert await status_with(hearth.client, ada.token) == 200


async def test_a_suspended_account_is_out_at_once_and_back_when_restored(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    key, grant = await key_of(ada), await log_in(hearth.client, "ada")
    for _ in range(2):
        assert (await boss.client.put(f"{PAGE}/{ada.id}/suspension")).status_code == 204
    for credential in (ada.token, grant["access_token"], key):
        assert await status_with(hearth.client, credential) == 401
    assert problem(await try_refresh(hearth.client, grant["refresh_token"])) == "invalid_token"
    assert problem(await try_login(hearth.client, "ada")) == "account_suspended"
    for _ in range(2):
        assert (await boss.client.delete(f"{PAGE}/{ada.id}/suspension")).status_code == 204
    assert await status_with(hearth.client, (await log_in(hearth.client, "ada"))["access_token"]) == 200
    assert await status_with(hearth.client, ada.token) == 401
    kinds = await event_kinds(hearth, ada)
    assert (kinds.count("suspended"), kinds.count("restored")) == (1, 1)


async def test_a_login_and_a_suspension_at_once_leave_nobody_in(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    answers = await asyncio.gather(
        *(try_login(hearth.client, "ada") for _ in range(8)), boss.client.put(f"{PAGE}/{ada.id}/suspension")
    )
    for answer in answers[:-1]:
        if answer.status_code == 200:
            assert await status_with(hearth.client, answer.json()["access_token"]) == 401


async def test_a_login_waits_for_a_suspension_that_is_under_way(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    async with hearth.database.write() as session:
        account = await session.get_one(models.Account, ada.id, with_for_update={"key_share": True})
        late = asyncio.create_task(try_login(hearth.client, "ada"))
        await until_somebody_waits_for_a_lock(hearth.database)
        account.state = AccountState.SUSPENDED
    assert problem(await late) == "wrong_credentials"


async def test_who_did_it_stands_in_the_event(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    await boss.client.delete(f"{PAGE}/{ada.id}/sessions")
    token = (await log_in(hearth.client, "ada"))["access_token"]
    events = (await hearth.client.get("/v1/auth/security-events", headers={"Authorization": f"Bearer {token}"})).json()
    assert [(event["kind"], event["actor_id"]) for event in events["items"]] == [
        ("login", None),
        ("session_ended", str(boss.id)),
    ]


async def test_an_admin_signs_somebody_out(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    key = await key_of(ada)
    assert (await boss.client.delete(f"{PAGE}/{ada.id}/sessions")).status_code == 204
    assert [await status_with(hearth.client, credential) for credential in (ada.token, key)] == [401, 401]
    assert await status_with(hearth.client, boss.token) == 200


@pytest.mark.parametrize(
    ("method", "what"), [("PUT", "role"), ("PUT", "suspension"), ("DELETE", "suspension"), ("DELETE", "sessions")]
)
async def test_nobody_does_it_to_themself_or_to_nobody(hearth: Hearth, method: str, what: str) -> None:
    boss = await hearth.account("boss", role=Role.ADMIN)
    body = {"role": "member"} if what == "role" else None
    own = await boss.client.request(method, f"{PAGE}/{boss.id}/{what}", json=body)
    assert (own.status_code, problem(own)) == (409, "own_account")
    absent = await boss.client.request(method, f"{PAGE}/1/{what}", json=body)
    assert (absent.status_code, problem(absent)) == (404, "account_not_found")


async def test_of_two_admins_who_depose_each_other_one_stays(hearth: Hearth) -> None:
    one, two = await hearth.account("one", role=Role.ADMIN), await hearth.account("two", role=Role.ADMIN)
    answers = await asyncio.gather(
        one.client.put(f"{PAGE}/{two.id}/role", json={"role": "member"}),
        two.client.put(f"{PAGE}/{one.id}/suspension"),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 401]


@pytest.mark.parametrize("role", ["nobody", "owner", "", None, 3])
async def test_there_are_three_roles(hearth: Hearth, role: object) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    assert problem(await boss.client.put(f"{PAGE}/{ada.id}/role", json={"role": role})) == "invalid_input"


async def test_a_deleted_account_is_gone_for_everybody_at_once(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    async with hearth.database.write() as session:
        await administration.mark_deleted(session, account_id=ada.id)
    assert await status_with(hearth.client, ada.token) == 401
    assert problem(await try_login(hearth.client, "ada")) == "wrong_credentials"
    assert problem(await boss.client.put(f"{PAGE}/{ada.id}/suspension")) == "account_not_found"
    async with hearth.database.write() as session:
        with pytest.raises(AccountNotFound):
            await administration.mark_deleted(session, account_id=ada.id)
        with pytest.raises(AccountNotFound):
            await accounts.get(session, account_id=ada.id)


async def test_an_account_that_vanished_between_two_requests_is_not_found(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, ada.id)).state = AccountState.DELETED
    assert problem(await ada.client.get("/v1/auth/me")) == "account_not_found"
