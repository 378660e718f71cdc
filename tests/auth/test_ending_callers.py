"""What a session or key begins in the moment in which it ends leaves nothing behind that would outlive it."""

import asyncio

import httpx
import pytest
from sqlalchemy import func, select

from src.auth import api_keys, ended, models
from src.auth.callers import Caller, Origin
from src.auth.constants import Permission
from src.auth.schemas import ApiKeyCreate
from src.database import WriteSession
from src.feature import Role
from tests.auth.people import log_in, status_with, until_somebody_waits_for_a_lock
from tests.hearth import PASSWORD, Hearth, Person, problem

KEYS = "/v1/auth/api-keys"
NEW_KEY: dict[str, object] = {"name": "script", "scopes": ["auth:read"]}
PASSWORDS: dict[str, object] = {"current_password": PASSWORD, "new_password": "a horse of many colours"}


async def answer_while_ending(
    hearth: Hearth, credential: type[models.Session | models.ApiKey], id_: int, request: httpx.Request
) -> httpx.Response:
    """The answer to a request that has been let in when its session or key is being ended, but not yet committed."""
    async with hearth.database.write() as session:
        await ended.end(session, credential, credential.id == id_)
        late = asyncio.create_task(hearth.client.send(request))
        await until_somebody_waits_for_a_lock(hearth.database, late)
    return await late


@pytest.mark.parametrize(
    ("path", "body"), [(KEYS, NEW_KEY), ("/v1/auth/invitations", {}), ("/v1/auth/password", PASSWORDS)]
)
async def test_a_session_that_is_being_ended_makes_nothing(hearth: Hearth, path: str, body: dict[str, object]) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    request = host.client.build_request("POST", path, json=body)
    answer = await answer_while_ending(hearth, models.Session, host.session_id, request)
    assert (answer.status_code, problem(answer)) == (401, "invalid_token")
    async with hearth.database.read() as session:
        for kind in (models.ApiKey, models.Invitation):
            assert await session.scalar(select(func.count()).select_from(kind)) == 0
        assert (await session.get_one(models.Account, host.id)).password_changed_at is None


async def test_a_key_that_is_being_revoked_invites_nobody(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    key = (await host.client.post(KEYS, json={"name": "inviter", "scopes": ["auth:invite"]})).json()
    client = hearth.connect({"X-API-Key": key["secret"]})
    assert (await client.post("/v1/auth/invitations", json={})).status_code == 201
    request = client.build_request("POST", "/v1/auth/invitations", json={})
    answer = await answer_while_ending(hearth, models.ApiKey, int(key["id"]), request)
    assert (answer.status_code, problem(answer)) == (401, "invalid_token")
    assert len((await host.client.get("/v1/auth/invitations")).json()["items"]) == 1


@pytest.mark.parametrize(("method", "what"), [("PUT", "role"), ("PUT", "suspension"), ("DELETE", "sessions")])
async def test_an_admins_session_that_is_being_ended_administers_nothing(
    hearth: Hearth, method: str, what: str
) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    body = {"role": "admin"} if what == "role" else None
    request = boss.client.build_request(method, f"/v1/admin/accounts/{ada.id}/{what}", json=body)
    answer = await answer_while_ending(hearth, models.Session, boss.session_id, request)
    assert (answer.status_code, problem(answer)) == (401, "invalid_token")
    assert await status_with(hearth.client, ada.token) == 200
    async with hearth.database.read() as session:
        assert (await session.get_one(models.Account, ada.id)).role is Role.MEMBER


async def test_the_end_of_a_session_waits_for_what_it_is_making(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    async with hearth.database.write() as session:
        await make_key(session, ada)
        ending = asyncio.create_task(ada.client.post("/v1/auth/logout"))
        await until_somebody_waits_for_a_lock(hearth.database, ending)
        assert not ending.done()
    assert (await ending).status_code == 204


async def make_key(session: WriteSession, person: Person) -> None:
    caller = Caller(person.id, person.session_id, Role.MEMBER)
    data = ApiKeyCreate(name="script", scopes=["auth:read"], expires_at=None)
    known = {"auth:read": Permission.READ}
    await api_keys.create(session, caller=caller, data=data, known=known, origin=Origin("", ""))


async def test_of_two_sessions_that_end_all_others_at_once_one_stays(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    other = await log_in(hearth.client, "ada")
    client = hearth.connect({"Authorization": f"Bearer {other['access_token']}"})
    answers = await asyncio.gather(ada.client.delete("/v1/auth/sessions"), client.delete("/v1/auth/sessions"))
    assert sorted(answer.status_code for answer in answers) == [204, 401]
    assert sorted([await status_with(hearth.client, token) for token in (ada.token, other["access_token"])]) == [
        200,
        401,
    ]
