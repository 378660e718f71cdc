"""Personal API keys: made once, shown once, held to their scopes, refused once they have ended."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from src import clock
from src.auth import api_keys, models, opaque
from src.auth.constants import AccountState
from src.feature import Permission, Permissions, Role
from tests.auth.people import ME, event_kinds, set_state, status_with, until
from tests.hearth import Hearth, Person, problem

PAGE = "/v1/auth/api-keys"


async def make(person: Person, *scopes: str, **more: object) -> dict[str, Any]:
    response = await person.client.post(PAGE, json={"name": "script", "scopes": scopes or ["auth:read"], **more})
    assert response.status_code == 201, response.text
    key: dict[str, Any] = response.json()
    return key


async def test_a_key_acts_for_its_owner_in_either_header(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    key = await make(ada)
    for headers in ({"Authorization": f"Bearer {key['secret']}"}, {"X-API-Key": key["secret"]}):
        response = await hearth.client.get(ME, headers=headers)
        assert (response.json()["id"], response.json()["permissions"]) == (str(ada.id), ["auth:read"])


async def test_the_secret_is_seen_once_and_only_its_digest_stored(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    key = await make(ada)
    assert opaque.is_api_key(key["secret"])
    assert key["secret"].startswith(key["prefix"])
    listed = (await ada.client.get(PAGE)).json()["items"]
    assert listed == [{name: value for name, value in key.items() if name != "secret"}]
    async with hearth.database.read() as session:
        assert (await session.get_one(models.ApiKey, int(key["id"]))).digest == opaque.digest(key["secret"])


async def test_a_key_may_do_nothing_beside_its_scopes(hearth: Hearth) -> None:
    boss = await hearth.account("boss", role=Role.ADMIN)
    key = await make(boss, "auth:read")
    client = hearth.connect({"X-API-Key": key["secret"]})
    assert (await client.get(ME)).status_code == 200
    for answer in (await client.get("/v1/auth/invitations"), await client.get(PAGE)):
        assert (answer.status_code, problem(answer)) == (403, "not_permitted")
    inviting = hearth.connect({"X-API-Key": (await make(boss, "auth:invite"))["secret"]})
    assert (await inviting.post("/v1/auth/invitations", json={})).status_code == 201
    assert (await inviting.get(ME)).status_code == 403


@pytest.mark.parametrize(
    ("scope", "role"),
    [
        ("auth:invite", Role.MEMBER),
        ("auth:administer", Role.MODERATOR),
        ("auth:security", Role.ADMIN),
        ("auth:open", Role.ADMIN),
        ("auth:nothing", Role.ADMIN),
        ("*", Role.ADMIN),
    ],
)
async def test_only_scopes_that_the_owner_holds_and_keys_may_have(hearth: Hearth, scope: str, role: Role) -> None:
    person = await hearth.account(role=role)
    answer = await person.client.post(PAGE, json={"name": "script", "scopes": ["auth:read", scope]})
    assert problem(answer) == "scopes_refused"
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "scopes", 1]]


class Unregistered(Permission):
    """Of no feature of this house."""

    READ = "unregistered:read", Role.MEMBER


async def test_a_permission_that_no_feature_registers_is_nobodys(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    answer = await ada.client.post(PAGE, json={"name": "script", "scopes": [Unregistered.READ]})
    assert problem(answer) == "scopes_refused"
    held = (await ada.client.get(ME)).json()["permissions"]
    registered = {str(permission) for part in hearth.runtime.registry.all(Permissions) for permission in part.kind}
    assert set(held) <= registered
    assert {"auth:read", "posts:write"} <= set(held)


async def test_a_revoked_key_is_refused_at_once(hearth: Hearth) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    key, kept = await make(ada), await make(ada)
    assert await status_with(hearth.client, key["secret"]) == 200
    assert problem(await grace.client.delete(f"{PAGE}/{key['id']}")) == "api_key_not_found"
    assert (await ada.client.delete(f"{PAGE}/{key['id']}")).status_code == 204
    assert await status_with(hearth.client, key["secret"]) == 401
    assert await status_with(hearth.client, kept["secret"]) == 200
    assert problem(await ada.client.delete(f"{PAGE}/{key['id']}")) == "api_key_not_found"
    assert [item["id"] for item in (await ada.client.get(PAGE)).json()["items"]] == [kept["id"]]
    assert sorted(await event_kinds(hearth, ada)) == ["api_key_created", "api_key_created", "api_key_ended"]


async def test_a_key_that_was_revoked_long_ago_stays_refused(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    key = await make(ada)
    assert await status_with(hearth.client, key["secret"]) == 200
    await ada.client.delete(f"{PAGE}/{key['id']}")
    await hearth.run_job("auth.purge_revocations", at=clock.now() + timedelta(hours=1))

    async def is_forgotten() -> bool:
        return int(key["id"]) not in hearth.authenticator.ended

    await until(is_forgotten)
    hearth.authenticator._key_holders.clear()
    assert await status_with(hearth.client, key["secret"]) == 401


async def test_a_key_expires_also_while_it_is_remembered(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    key = await make(ada, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    assert await status_with(hearth.client, key["secret"]) == 200
    with clock.shifted(timedelta(hours=1, seconds=1)):
        assert await status_with(hearth.client, key["secret"]) == 401
    with clock.shifted(-timedelta(minutes=1)):
        assert await status_with(hearth.client, key["secret"]) == 200


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.DELETED])
async def test_a_look_up_asks_whether_the_account_may_act(hearth: Hearth, state: AccountState) -> None:
    ada = await hearth.account("ada")
    key = await make(ada)
    await set_state(hearth, ada.id, state)
    assert await status_with(hearth.client, key["secret"]) == 401


async def test_a_key_is_looked_up_once(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    key = await make(ada)
    assert await status_with(hearth.client, key["secret"]) == 200
    # Behind the back of everything that would end it: it is remembered.
    async with hearth.database.write() as session:
        await session.delete(await session.get_one(models.ApiKey, int(key["id"])))
    caller = await hearth.authenticator.caller(key["secret"])
    assert caller.scopes == frozenset({"auth:read"})


async def test_an_unknown_key_is_refused(hearth: Hearth) -> None:
    assert await status_with(hearth.client, opaque.new_api_key()) == 401


async def test_an_account_has_only_so_many_keys_also_when_they_are_made_at_once(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "MAX_API_KEYS", 3)
    ada = await hearth.account("ada")
    body = {"name": "script", "scopes": ["auth:read"]}
    answers = await asyncio.gather(*(ada.client.post(PAGE, json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {"too_many_api_keys"}
    key = next(answer.json() for answer in answers if answer.status_code == 201)
    await ada.client.delete(f"{PAGE}/{key['id']}")
    assert (await ada.client.post(PAGE, json=body)).status_code == 201


async def test_a_key_that_would_already_be_over_is_not_made(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    for ago in (timedelta(0), timedelta(days=3650)):
        body = {"name": "script", "scopes": ["auth:read"], "expires_at": (clock.now() - ago).isoformat()}
        assert problem(await ada.client.post(PAGE, json=body)) == "api_key_already_over"
    assert (await ada.client.get(PAGE)).json()["items"] == []


async def test_its_last_use_is_shown(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    key = await make(ada)
    assert key["last_used_at"] is None
    await status_with(hearth.client, key["secret"])
    await hearth.authenticator.gathered.write()
    assert (await ada.client.get(PAGE)).json()["items"][0]["last_used_at"] is not None


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\0"},
        {"scopes": []},
        {"scopes": ["auth:read"] * 65},
        {"scopes": None},
        {"expires_at": "tomorrow"},
        {"expires_at": "2030-01-01T00:00:00"},
        {"secret": "hth_mine"},
    ],
)
async def test_malformed_keys_are_refused(hearth: Hearth, change: dict[str, object]) -> None:
    ada = await hearth.account("ada")
    answer = await ada.client.post(PAGE, json={"name": "script", "scopes": ["auth:read"]} | change)
    assert problem(answer) == "invalid_input"
