"""Signing in over HTTP: who gets in, and that the answer tells nobody else anything."""

import asyncio
import json
import time
from datetime import timedelta

import httpx
import pytest
from passlib.context import CryptContext

from src import clock
from src.auth import models
from src.auth.constants import AccountState
from src.config import Settings
from tests.auth.people import (
    LOGIN,
    SOON,
    another_process,
    client_at,
    event_kinds,
    log_in,
    seconds_until_refused,
    set_state,
    status_with,
    try_login,
)
from tests.hearth import PASSWORD, Hearth, problem

JSON = {"Content-Type": "application/json"}


async def test_a_login_gives_tokens_that_work(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    assert grant["account_id"] == str(ada.id)
    assert grant["expires_in"] == 600
    response = await hearth.client.get("/v1/auth/me", headers={"Authorization": f"Bearer {grant['access_token']}"})
    assert (response.json()["username"], response.json()["role"]) == ("ada", "member")


@pytest.mark.parametrize("login", ["ada", "ADA", "@ada", " ada ", "ada@example.org", "ADA@Example.org"])
async def test_username_or_address_in_any_case(hearth: Hearth, login: str) -> None:
    ada = await hearth.account("ada")
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, ada.id)).email = "Ada@Example.org"
    assert (await log_in(hearth.client, login))["account_id"] == str(ada.id)


async def test_unknown_deleted_and_wrong_are_one_answer(hearth: Hearth) -> None:
    await hearth.account("ada")
    gone, bare = await hearth.account("gone"), await hearth.account("bare")
    await set_state(hearth, gone.id, AccountState.DELETED)
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, bare.id)).password_hash = None
    answers = [
        await try_login(hearth.client, "ada", "not the password"),
        await try_login(hearth.client, "nobody_here"),
        await try_login(hearth.client, "nobody@example.org"),
        await try_login(hearth.client, "gone"),
        await try_login(hearth.client, "bare"),
        await try_login(hearth.client, "ada", "p" * 1000),
    ]
    assert {(answer.status_code, problem(answer)) for answer in answers} == {(401, "wrong_credentials")}
    bodies = [answer.json() for answer in answers]
    for body in bodies:
        del body["instance"]
    assert all(body == bodies[0] for body in bodies)


async def test_an_unknown_account_takes_as_much_work_as_a_wrong_password(hearth: Hearth) -> None:
    for number in range(12):
        await hearth.account(f"known{number}")

    async def seconds(login: str, address: str) -> float:
        async with client_at(hearth, address) as client:
            began = time.process_time()
            assert problem(await try_login(client, login, "not the password")) == "wrong_credentials"
            return time.process_time() - began

    known, unknown = [], []
    # In turns, and in seconds of the processor: the machine may be busier with something else at one time than another.
    for number in range(12):
        known.append(await seconds(f"known{number}", f"203.0.113.{number}"))
        unknown.append(await seconds(f"ghost{number}", f"198.51.100.{number}"))
    # Checking a password is most of it; a path without one would be five times as fast. The quickest of each, as
    # whatever else the process did is in the others.
    assert 1 / 3 < min(known) / min(unknown) < 3


async def test_a_suspended_account_is_told_so_after_the_right_password_only(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await set_state(hearth, ada.id, AccountState.SUSPENDED)
    assert problem(await try_login(hearth.client, "ada")) == "account_suspended"
    assert problem(await try_login(hearth.client, "ada", "not the password")) == "wrong_credentials"


@pytest.mark.usefixtures("long_waits")
async def test_guessing_is_slowed_and_the_owner_gets_in_from_elsewhere(hearth: Hearth) -> None:
    await hearth.account("ada")
    async with client_at(hearth, "203.0.113.9") as attacker, client_at(hearth, "198.51.100.7") as owner:
        answers = [await try_login(attacker, "ada", f"guess number {number}") for number in range(25)]
        codes = [problem(answer) for answer in answers]
        assert codes == ["wrong_credentials"] * 5 + ["too_many_attempts"] * 20
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert answers[-1].status_code == 429
        assert problem(await try_login(attacker, "ada")) == "too_many_attempts"
        await log_in(owner, "ada")
        with clock.shifted(timedelta(minutes=1)):
            await log_in(attacker, "ada")


@pytest.mark.usefixtures("long_waits")
async def test_guesses_at_an_unknown_account_are_slowed_alike(hearth: Hearth) -> None:
    await hearth.account("ada")
    codes = []
    for login, address in (("ada", "203.0.113.9"), ("nobody_here", "198.51.100.7")):
        async with client_at(hearth, address) as client:
            codes.append([problem(await try_login(client, login, "not the password")) for _ in range(8)])
    assert codes[0] == codes[1]
    assert codes[0][-1] == "too_many_attempts"


@pytest.mark.usefixtures("long_waits")
async def test_guesses_are_counted_for_the_account_however_it_is_spelled(hearth: Hearth) -> None:
    billi = await hearth.account("billi")
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, billi.id)).email = "billi@iii.example"
    spellings = ["billi", "@billi", " BILLI", "billi@iii.example", "Billi@iii.example"]
    for login in spellings:
        assert problem(await try_login(hearth.client, login, "not the password")) == "wrong_credentials"
    for login in (*spellings, "BiLLi"):
        assert problem(await try_login(hearth.client, login)) == "too_many_attempts"
    body = {"current_password": "not the password", "new_password": "a horse of many colours"}
    assert problem(await billi.client.post("/v1/auth/password", json=body)) == "too_many_attempts"
    for login in ("nobody", "@nobody", "NOBODY", "@Nobody ", "nobody"):
        await try_login(hearth.client, login)
    assert problem(await try_login(hearth.client, "Nobody")) == "too_many_attempts"


async def test_a_sign_of_another_script_is_not_the_letter_that_the_database_makes_of_it(hearth: Hearth) -> None:
    for number, email in enumerate(("billi@iii.example", "j\u00fcrgen@kirche.example")):
        person = await hearth.account(f"person_{number}")
        async with hearth.database.write() as session:
            (await session.get_one(models.Account, person.id)).email = email
    for login in ("b\u0130lli@iii.example", "billi@\u0130ii.example"):
        assert problem(await try_login(hearth.client, login)) == "wrong_credentials"
    await log_in(hearth.client, "J\u00dcRGEN@Kirche.example")


async def test_guesses_sent_all_at_once_hardly_reach_the_check(hearth: Hearth) -> None:
    await hearth.account("ada")
    answers = await asyncio.gather(*(try_login(hearth.client, "ada", f"guess number {n}") for n in range(60)))
    checked = [answer for answer in answers if answer.status_code == 401]
    assert len(checked) <= 20
    assert {problem(answer) for answer in answers} == {"wrong_credentials", "too_many_attempts"}


async def test_more_logins_than_the_processors_can_check_are_sent_away(hearth: Hearth) -> None:
    hasher = hearth.authenticator.hasher
    hasher._room = 0
    answer = await try_login(hearth.client, "ada")
    assert (answer.status_code, problem(answer)) == (503, "passwords_busy")
    assert answer.headers["Retry-After"]


async def test_a_hash_with_old_parameters_is_replaced_at_login(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    weak = CryptContext(["argon2"], argon2__memory_cost=1024, argon2__time_cost=1, argon2__parallelism=1).hash(PASSWORD)
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, ada.id)).password_hash = weak
    grants = await asyncio.gather(*(log_in(hearth.client, "ada") for _ in range(3)))
    assert len({grant["session_id"] for grant in grants}) == 3
    async with hearth.database.read() as session:
        stored = (await session.get_one(models.Account, ada.id)).password_hash
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await log_in(hearth.client, "ada")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "ada"},
        {"login": "", "password": "x"},
        {"login": "a" * 255, "password": "x"},
        {"login": "ada", "password": None},
        {"login": "ada", "password": "a\0b"},
        {"login": "ada", "password": "\ud800"},
        {"login": "ada", "password": "x" * 1025},
        {"login": "ada", "password": "x", "role": "admin"},
        [],
    ],
)
async def test_malformed_logins_are_refused(hearth: Hearth, body: object) -> None:
    answer = await hearth.client.post(LOGIN, content=json.dumps(body), headers=JSON)
    assert problem(answer) in {"invalid_input", "malformed_body"}


async def test_an_expired_token_in_hand_does_not_keep_anybody_from_signing_in(hearth: Hearth) -> None:
    await hearth.account("ada")
    answer = await hearth.client.post(
        LOGIN, json={"login": "ada", "password": PASSWORD}, headers={"Authorization": "Bearer stale"}
    )
    assert answer.status_code == 200


async def test_the_owner_reads_of_logins_and_of_failed_ones(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await log_in(hearth.client, "ada")
    async with client_at(hearth, "203.0.113.9") as attacker:
        await try_login(attacker, "ada", "not the password")
    assert sorted(await event_kinds(hearth, ada)) == ["login", "login_failed"]


async def change_password(client: httpx.AsyncClient, current: str, new: str, **more: object) -> httpx.Response:
    body = {"current_password": current, "new_password": new, **more}
    return await client.post("/v1/auth/password", json=body)


async def test_changing_the_password_signs_out_everywhere_else(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    other = await log_in(hearth.client, "ada")
    assert (await change_password(ada.client, PASSWORD, "a horse of many colours")).status_code == 204
    assert await status_with(hearth.client, other["access_token"]) == 401
    assert await status_with(hearth.client, ada.token) == 200
    assert problem(await try_login(hearth.client, "ada")) == "wrong_credentials"
    await log_in(hearth.client, "ada", "a horse of many colours")
    me = (await ada.client.get("/v1/auth/me")).json()
    assert me["password_changed_at"] is not None


async def make_key(client: httpx.AsyncClient) -> str:
    response = await client.post("/v1/auth/api-keys", json={"name": "script", "scopes": ["auth:read"]})
    secret: str = response.json()["secret"]
    return secret


async def test_changing_the_password_ends_all_api_keys_in_every_process(
    hearth: Hearth, settings: Settings, database_url: str
) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    keys, hers = [await make_key(ada.client) for _ in range(2)], await make_key(grace.client)
    async with another_process(settings, database_url) as other:
        assert {(await other.caller(key)).account_id for key in keys} == {ada.id}
        assert (await change_password(ada.client, PASSWORD, "a horse of many colours")).status_code == 204
        assert [await status_with(hearth.client, key) for key in (*keys, hers)] == [401, 401, 200]
        assert max([await seconds_until_refused(other, key) for key in keys]) < SOON
    assert (await ada.client.get("/v1/auth/api-keys")).json()["items"] == []
    events = (await ada.client.get("/v1/auth/security-events")).json()["items"]
    kinds = [event["kind"] for event in events]
    assert sorted(kinds[:3]) == ["api_key_ended", "api_key_ended", "password_changed"]
    assert len({event["session_id"] for event in events[:3]}) == 3


async def test_api_keys_outlive_the_password_where_that_is_asked_for(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    key = await make_key(ada.client)
    answer = await change_password(ada.client, PASSWORD, "a horse of many colours", keep_api_keys=True)
    assert answer.status_code == 204
    assert await status_with(hearth.client, key) == 200
    events = (await ada.client.get("/v1/auth/security-events")).json()["items"]
    assert "api_key_ended" not in [event["kind"] for event in events]


@pytest.mark.usefixtures("long_waits")
async def test_the_present_password_is_needed_and_guessing_it_is_slowed(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    new = "a horse of many colours"
    codes = [problem(await change_password(ada.client, f"guess number {number}", new)) for number in range(8)]
    assert codes[:5] == ["wrong_password"] * 5
    assert codes[-1] == "too_many_attempts"


@pytest.mark.parametrize(
    ("new", "code"),
    [("short", "password_too_short"), ("password123", "password_too_common"), ("lovelace", "password_too_personal")],
)
async def test_a_bad_new_password_is_refused_with_its_reason(hearth: Hearth, new: str, code: str) -> None:
    lovelace = await hearth.account("lovelace")
    answer = await change_password(lovelace.client, PASSWORD, new)
    assert problem(answer) == "password_refused"
    assert [(error["loc"], error["code"]) for error in answer.json()["errors"]] == [(["body", "new_password"], code)]
    assert new not in answer.text.replace(code, "")


async def test_of_two_changes_at_once_one_wins(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    answers = await asyncio.gather(
        change_password(ada.client, PASSWORD, "a horse of many colours"),
        change_password(ada.client, PASSWORD, "a cart before the horse"),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 403]
