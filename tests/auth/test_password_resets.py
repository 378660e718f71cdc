"""A forgotten password: the way back in goes through the mailbox, and tells nobody else anything."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, event, func, select

from src import clock, config
from src.auth import models
from src.auth.constants import AccountState
from src.config import Environment, Settings
from tests.auth.letters import queued, templates, token
from tests.auth.people import client_at, log_in, set_state, status_with, try_login, try_refresh
from tests.auth.test_emails import OLD, address_of, with_address
from tests.hearth import Hearth, Person, problem

ASK, RESET = "/v1/auth/password-reset", "/v1/auth/password-reset/confirm"
JOB = "auth.answer_reset_requests"
NEXT = "a horse of colours"


async def link_for(hearth: Hearth, email: str = OLD) -> str:
    assert (await hearth.client.post(ASK, json={"email": email})).status_code == 202
    await hearth.run_job(JOB)
    return await token(hearth, to=OLD, template="reset_password")


@contextmanager
def statements(hearth: Hearth) -> Iterator[list[str]]:
    """What is asked of the database."""
    found: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    engine = hearth.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_the_letter_opens_a_new_password_and_closes_everything_else(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    grant = await log_in(hearth.client, "ada")
    answer = await ada.client.post("/v1/auth/api-keys", json={"name": "script", "scopes": ["auth:read"]})
    key = answer.json()["secret"]
    secret = await link_for(hearth, "ADA@example.org")
    assert problem(await hearth.client.post(RESET, json={"token": secret, "new_password": "ada"})) == "password_refused"
    assert (await hearth.client.post(RESET, json={"token": secret, "new_password": NEXT})).status_code == 204
    assert [await status_with(hearth.client, one) for one in (ada.token, grant["access_token"], key)] == [401] * 3
    assert (await try_refresh(hearth.client, grant["refresh_token"])).status_code == 401
    assert (await try_login(hearth.client, "ada")).status_code == 401
    opened = (await log_in(hearth.client, "ada", NEXT))["access_token"]
    # Who has read the letter has the address.
    assert await address_of(ada, opened) == (OLD, True)
    assert (await templates(hearth, to=OLD))[-2:] == ["reset_password", "password_changed"]
    events = (await ada.client.get("/v1/auth/security-events", headers={"Authorization": f"Bearer {opened}"})).json()
    assert "password_reset" in [one["kind"] for one in events["items"]]


async def test_a_link_is_good_once_for_an_hour_and_takes_its_siblings_along(hearth: Hearth) -> None:
    await with_address(hearth)
    first, second = await link_for(hearth), await link_for(hearth)
    with clock.shifted(timedelta(hours=1)):
        assert problem(await hearth.client.post(RESET, json={"token": first, "new_password": NEXT})) == "link_not_valid"
    assert (await hearth.client.post(RESET, json={"token": first, "new_password": NEXT})).status_code == 204
    for secret in (first, second, "hthl_" + "x" * 43):
        answer = await hearth.client.post(RESET, json={"token": secret, "new_password": NEXT})
        assert problem(answer) == "link_not_valid"


async def test_of_many_who_use_it_at_once_one_does(hearth: Hearth) -> None:
    await with_address(hearth)
    secret = await link_for(hearth)
    bodies = [{"token": secret, "new_password": f"a horse of {number} colours"} for number in range(8)]
    answers = await asyncio.gather(*(hearth.client.post(RESET, json=body) for body in bodies))
    (won,) = (body for body, answer in zip(bodies, answers, strict=True) if answer.status_code == 204)
    assert {answer.status_code for answer in answers} == {204, 422}
    await log_in(hearth.client, "ada", won["new_password"])


async def test_asking_is_the_same_for_everybody(hearth: Hearth) -> None:
    await with_address(hearth)
    answers, asked = [], []
    for email in (OLD, "nobody@example.org"):
        with statements(hearth) as found:
            answers.append(await hearth.client.post(ASK, json={"email": email}))
        asked.append(found)
    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].content == answers[1].content
    # The same statements, none of which looks for an account.
    assert asked[0] == asked[1]
    assert not any("accounts" in statement for statement in asked[0])
    await hearth.run_job(JOB)
    assert await templates(hearth) == ["reset_password"]
    async with hearth.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(models.ResetRequest)) == 0


async def test_an_account_gets_three_letters_an_hour_and_a_network_asks_for_twenty(hearth: Hearth) -> None:
    await with_address(hearth)
    async with client_at(hearth, "192.0.2.7") as client:
        answers = [await client.post(ASK, json={"email": OLD}) for _ in range(22)]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429] * 2
    assert problem(answers[-1]) == "too_many_letters"
    await hearth.run_job(JOB)
    assert len(await queued(hearth, to=OLD)) == 3


async def test_nobody_comes_back_who_may_not(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    secret = await link_for(hearth)
    await set_state(hearth, ada.id, AccountState.SUSPENDED)
    assert problem(await hearth.client.post(RESET, json={"token": secret, "new_password": NEXT})) == "link_not_valid"
    assert (await hearth.client.post(ASK, json={"email": OLD})).status_code == 202
    await hearth.run_job(JOB)
    assert len(await queued(hearth, to=OLD)) == 1


async def test_a_changed_address_voids_the_letters_to_the_old_one(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    secret = await link_for(hearth)
    await ada.client.put("/v1/auth/email", json={"email": "new@example.net"})
    new = await token(hearth, to="new@example.net", template="confirm_new_email")
    await hearth.client.post("/v1/auth/email/confirm", json={"token": new})
    assert problem(await hearth.client.post(RESET, json={"token": secret, "new_password": NEXT})) == "link_not_valid"


async def test_a_server_without_mail_says_so_whoever_is_asked_for(hearth: Hearth) -> None:
    await with_address(hearth)
    with config.override(Settings, environment=Environment.PRODUCTION):
        for email in (OLD, "nobody@example.org"):
            assert problem(await hearth.client.post(ASK, json={"email": email})) == "mail_not_configured"


async def test_the_owner_is_told_of_a_new_password(hearth: Hearth) -> None:
    ada: Person = await with_address(hearth)
    body = {"current_password": "correct horse battery staple", "new_password": NEXT}
    assert (await ada.client.post("/v1/auth/password", json=body)).status_code == 204
    assert await templates(hearth, to=OLD) == ["password_changed"]
    assert "password_changed" in await _kinds(hearth, ada)


async def _kinds(hearth: Hearth, person: Person) -> list[str]:
    token_ = (await log_in(hearth.client, person.username, NEXT))["access_token"]
    answer = await hearth.client.get("/v1/auth/security-events", headers={"Authorization": f"Bearer {token_}"})
    return [one["kind"] for one in answer.json()["items"]]
