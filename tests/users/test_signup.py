"""Signing up over HTTP, and as the command line does it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from src.auth import config as auth_config
from src.auth import exceptions as auth_exceptions
from src.auth import invitations, passwords
from src.auth import models as auth_models
from src.auth.attempts import Rule
from src.auth.config import RegistrationMode
from src.config import override
from src.feature import Role
from src.users import checks, schemas, signup
from tests.hearth import Hearth, problem

REGISTER = "/v1/auth/register"
ADA: dict[str, Any] = {"username": "ada", "password": "a horse of many colours"}


@pytest.fixture(autouse=True)
async def open_doors() -> AsyncIterator[None]:
    """Everybody may sign up, unless a test says otherwise."""
    with override(auth_config.AuthSettings, registration=RegistrationMode.OPEN, email_required=False):
        yield


async def role_of(hearth: Hearth, account_id: str) -> Role:
    async with hearth.database.read() as session:
        return (await session.get_one(auth_models.Account, int(account_id))).role


async def first_admin_secret(hearth: Hearth) -> str | None:
    async with hearth.database.write() as session:
        return await invitations.first_admin_secret(session)


async def test_who_signs_up_has_a_profile_and_is_signed_in(hearth: Hearth) -> None:
    response = await hearth.client.post(REGISTER, json=ADA | {"display_name": "Ada Lovelace"})
    assert response.status_code == 201
    profile, grant = response.json()["profile"], response.json()["grant"]
    assert (profile["username"], profile["display_name"], profile["private"]) == ("ada", "Ada Lovelace", False)
    assert grant["account_id"] == profile["id"]
    client = hearth.connect({"Authorization": f"Bearer {grant['access_token']}"})
    assert (await client.get("/v1/users/me")).json() == profile
    refreshed = await hearth.client.post("/v1/auth/refresh", json={"refresh_token": grant["refresh_token"]})
    assert refreshed.status_code == 200
    login = {"login": "ada", "password": ADA["password"]}
    assert (await hearth.client.post("/v1/auth/login", json=login)).status_code == 200
    assert await role_of(hearth, profile["id"]) is Role.MEMBER


async def test_the_username_is_the_name_of_who_gives_no_other(hearth: Hearth) -> None:
    profile = (await hearth.client.post(REGISTER, json=ADA | {"username": "@Ada"})).json()["profile"]
    assert (profile["username"], profile["display_name"]) == ("ada", "ada")


async def test_a_username_that_breaks_the_rules_is_refused(hearth: Hearth) -> None:
    for username in ("admin", "me", "a", "_", "ada lovelace", "\u0430da", "x" * 31, "ada!"):
        assert problem(await hearth.client.post(REGISTER, json=ADA | {"username": username})) == "username_refused"


async def test_a_username_cannot_hide_behind_a_path_of_the_api(hearth: Hearth) -> None:
    paths = [path.removeprefix("/v1/users/") for path in hearth.app.openapi()["paths"] if "/v1/users/" in path]
    words = {path.partition("/")[0] for path in paths} - {"{username}"}
    assert {"me", "relationships"} <= words
    for word in words:
        assert problem(await hearth.client.post(REGISTER, json=ADA | {"username": word})) == "username_refused"


async def test_a_password_that_others_would_guess_is_refused_and_not_repeated(hearth: Hearth) -> None:
    for password in ("2shrt", "password123", "adalovelace", "ada@example.org", "hearth hearth", "x" * 257):
        body = ADA | {"password": password, "email": "ada@example.org", "display_name": "Ada Lovelace"}
        response = await hearth.client.post(REGISTER, json=body)
        assert problem(response) == "password_refused"
        assert response.json()["errors"][0]["loc"] == ["body", "password"]
        assert password not in response.text


async def test_names_and_addresses_are_taken_once_in_whatever_case(hearth: Hearth) -> None:
    await hearth.client.post(REGISTER, json=ADA | {"email": "ada@example.org"})
    assert problem(await hearth.client.post(REGISTER, json=ADA | {"username": "ADA"})) == "username_taken"
    other = ADA | {"username": "grace", "email": "Ada@Example.org"}
    assert problem(await hearth.client.post(REGISTER, json=other)) == "email_taken"


async def test_twenty_who_want_one_name_are_one(hearth: Hearth) -> None:
    responses = await asyncio.gather(*(hearth.client.post(REGISTER, json=ADA) for _ in range(20)))
    assert Counter(response.status_code for response in responses) == {201: 1, 409: 19}
    async with hearth.database.read() as session:
        assert await checks.profiles(session) == []


async def test_an_address_looks_like_one_and_is_given_where_it_is_wanted(hearth: Hearth) -> None:
    with override(auth_config.AuthSettings, email_required=True):
        for email in ("ada", "@", "a@", "a b@example.org", "a@b@c", None):
            response = await hearth.client.post(REGISTER, json=ADA | {"email": email})
            assert response.status_code == 422
            assert response.json()["errors"][0]["loc"] == ["body", "email"]
            assert (problem(response) == "email_missing") is (email is None)
        assert (await hearth.client.post(REGISTER, json=ADA | {"email": "ada@localhost"})).status_code == 201


async def test_nobody_signs_up_where_it_is_closed(hearth: Hearth) -> None:
    with override(auth_config.AuthSettings, registration=RegistrationMode.CLOSED):
        assert problem(await hearth.client.post(REGISTER, json=ADA)) == "registration_closed"


@pytest.mark.parametrize(
    ("mode", "code", "refusal"),
    [
        (RegistrationMode.CLOSED, None, "registration_closed"),
        (RegistrationMode.CLOSED, "good", "registration_closed"),
        (RegistrationMode.INVITATION, None, "invitation_required"),
        (RegistrationMode.INVITATION, "0000-0000-0000-0000", "invitation_not_valid"),
        (RegistrationMode.OPEN, "0000-0000-0000-0000", "invitation_not_valid"),
        (RegistrationMode.INVITATION, "good", "passwords_busy"),
        (RegistrationMode.OPEN, None, "passwords_busy"),
    ],
)
async def test_no_password_is_hashed_for_who_may_not_sign_up(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch, mode: RegistrationMode, code: str | None, refusal: str
) -> None:
    moderator = await hearth.account("grace", role=Role.MODERATOR)
    if code == "good":
        code = (await moderator.client.post("/v1/auth/invitations", json={})).json()["code"]
    # Whoever asks for a hash is told so.
    monkeypatch.setattr(hearth.authenticator, "hasher", passwords.Hasher(limit=1, waiting=-1))
    with override(auth_config.AuthSettings, registration=mode):
        assert problem(await hearth.client.post(REGISTER, json=ADA | {"invitation": code})) == refusal


async def test_an_invitation_lets_in_one(hearth: Hearth) -> None:
    moderator = await hearth.account("grace", role=Role.MODERATOR)
    code = (await moderator.client.post("/v1/auth/invitations", json={})).json()["code"]
    with override(auth_config.AuthSettings, registration=RegistrationMode.INVITATION):
        assert problem(await hearth.client.post(REGISTER, json=ADA)) == "invitation_required"
        wrong = ADA | {"invitation": "0000-0000-0000-0000"}
        assert problem(await hearth.client.post(REGISTER, json=wrong)) == "invitation_not_valid"
        # A name that is taken does not use the invitation up.
        taken = ADA | {"username": "grace", "invitation": code}
        assert problem(await hearth.client.post(REGISTER, json=taken)) == "username_taken"
        response = await hearth.client.post(REGISTER, json=ADA | {"invitation": code.lower()})
        assert response.status_code == 201
        [used] = (await moderator.client.get("/v1/auth/invitations")).json()["items"]
        assert used["used_by_id"] == response.json()["profile"]["id"]
        again = ADA | {"username": "adam", "invitation": code}
        assert problem(await hearth.client.post(REGISTER, json=again)) == "invitation_not_valid"


async def test_the_first_admin_comes_in_by_a_secret_that_works_once(hearth: Hearth) -> None:
    secret = await first_admin_secret(hearth)
    with override(auth_config.AuthSettings, registration=RegistrationMode.CLOSED):
        response = await hearth.client.post(REGISTER, json=ADA | {"invitation": secret})
        assert response.status_code == 201
        assert await role_of(hearth, response.json()["profile"]["id"]) is Role.ADMIN
        assert await first_admin_secret(hearth) is None
        again = ADA | {"username": "eve", "invitation": secret}
        assert (await hearth.client.post(REGISTER, json=again)).status_code == 422


async def test_guessing_invitations_is_slowed_down(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than the next steps take on a machine that stands still for some seconds.
    monkeypatch.setattr(Rule, "wait", lambda rule, failures: 0 if failures < rule.free else 60)
    wrong = ADA | {"invitation": "0000-0000-0000-0000"}
    codes = [problem(await hearth.client.post(REGISTER, json=wrong)) for _ in range(8)]
    assert codes == ["invitation_not_valid"] * 5 + ["too_many_attempts"] * 3


async def test_nobody_gives_themselves_more_than_a_profile(hearth: Hearth) -> None:
    for extra in ("role", "id", "is_admin", "state"):
        assert (await hearth.client.post(REGISTER, json=ADA | {extra: "admin"})).status_code == 422


async def test_an_operator_makes_accounts_with_a_role_whatever_the_mode(hearth: Hearth) -> None:
    with override(auth_config.AuthSettings, registration=RegistrationMode.CLOSED):
        hasher, data = hearth.authenticator.hasher, schemas.SignUp.model_validate(ADA)
        person = await signup.sign_up(hearth.database, hasher, data=data, role=Role.ADMIN)
        assert await role_of(hearth, str(person.id)) is Role.ADMIN
        with pytest.raises(auth_exceptions.UsernameTaken):
            await signup.sign_up(hearth.database, hasher, data=data, role=Role.ADMIN)
        with pytest.raises(auth_exceptions.RegistrationClosed):
            await signup.sign_up(hearth.database, hasher, data=data.model_copy(update={"username": "eve"}))
