"""An e-mail address is confirmed by who reads its letters, changed with notice, and given back to its owner."""

import asyncio
from datetime import timedelta

import pytest

from src import clock, config
from src.auth import models
from src.auth.config import AuthSettings
from src.auth.constants import REAUTHENTICATED_FOR, AccountState
from src.config import Environment, Settings
from src.feature import Role
from tests.auth.letters import queued, templates, token
from tests.auth.people import event_kinds, log_in, set_state, status_with, try_login, try_refresh
from tests.hearth import PASSWORD, Hearth, Person, problem

CONFIRM, CHANGE, UNDO = "/v1/auth/email/confirm", "/v1/auth/email", "/v1/auth/email/undo"
AGAIN, REGISTER, ME = "/v1/auth/email/confirmation", "/v1/auth/register", "/v1/auth/me"
OLD, NEW = "ada@example.org", "new@example.net"


async def with_address(hearth: Hearth, username: str = "ada", email: str = OLD) -> Person:
    person = await hearth.account(username)
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, person.id)).email = email
    return person


async def address_of(person: Person, token: str | None = None) -> tuple[str | None, bool]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    me = (await person.client.get(ME, headers=headers)).json()
    return me["email"], me["email_confirmed_at"] is not None


async def change(hearth: Hearth, person: Person, email: str = NEW) -> None:
    assert (await person.client.put(CHANGE, json={"email": email})).status_code == 202
    secret = await token(hearth, to=email, template="confirm_new_email")
    assert (await hearth.client.post(CONFIRM, json={"token": secret})).status_code == 204


async def test_who_signs_up_is_asked_to_confirm_in_their_language(hearth: Hearth) -> None:
    with config.override(AuthSettings, registration="open"):
        body = {"username": "ada", "password": PASSWORD, "email": OLD}
        answer = await hearth.client.post(REGISTER, json=body, headers={"Accept-Language": "ru-RU, en;q=0.5"})
    assert answer.status_code == 201
    (letter,) = await queued(hearth)
    assert (letter.recipient, letter.template, letter.locale) == (OLD, "confirm_email", "ru")
    bearer = {"Authorization": f"Bearer {answer.json()['grant']['access_token']}"}
    assert (await hearth.client.get(ME, headers=bearer)).json()["email_confirmed_at"] is None
    secret = await token(hearth, to=OLD, template="confirm_email")
    answers = [await hearth.client.post(CONFIRM, json={"token": secret}) for _ in range(2)]
    assert [one.status_code for one in answers] == [204, 422]
    assert problem(answers[1]) == "link_not_valid"
    assert (await hearth.client.get(ME, headers=bearer)).json()["email_confirmed_at"] is not None


async def test_a_link_is_good_for_a_day_and_for_its_own_purpose(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    assert (await ada.client.post(AGAIN)).status_code == 202
    secret = await token(hearth, to=OLD, template="confirm_email")
    assert problem(await hearth.client.post(UNDO, json={"token": secret})) == "link_not_valid"
    reset = {"token": secret, "new_password": "a horse of colours"}
    assert problem(await hearth.client.post("/v1/auth/password-reset/confirm", json=reset)) == "link_not_valid"
    with clock.shifted(timedelta(hours=24)):
        assert problem(await hearth.client.post(CONFIRM, json={"token": secret})) == "link_not_valid"
    assert (await hearth.client.post(CONFIRM, json={"token": secret})).status_code == 204
    assert await address_of(ada) == (OLD, True)
    assert problem(await ada.client.post(AGAIN)) == "nothing_to_confirm"


async def test_a_link_to_an_address_of_before_confirms_nothing(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    await ada.client.post(AGAIN)
    secret = await token(hearth, to=OLD, template="confirm_email")
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, ada.id)).email = NEW
    assert problem(await hearth.client.post(CONFIRM, json={"token": secret})) == "link_not_valid"


async def test_letters_are_not_sent_without_end(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    answers = [await ada.client.post(AGAIN) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429] * 2
    assert problem(answers[-1]) == "too_many_letters"
    assert len(await queued(hearth)) == 5


async def test_a_new_address_counts_when_it_is_confirmed_and_the_old_one_is_told(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    assert (await ada.client.put(CHANGE, json={"email": NEW})).status_code == 202
    assert await address_of(ada) == (OLD, False)
    assert await templates(hearth, to=OLD) == []
    await change(hearth, ada)
    assert await address_of(ada) == (NEW, True)
    assert await templates(hearth, to=OLD) == ["email_changed"]
    assert (await try_login(hearth.client, OLD)).status_code == 401
    assert (await try_login(hearth.client, NEW)).status_code == 200


async def test_only_the_newest_wish_counts(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    await ada.client.put(CHANGE, json={"email": "slip@example.net"})
    slip = await token(hearth, to="slip@example.net", template="confirm_new_email")
    await ada.client.put(CHANGE, json={"email": NEW})
    assert problem(await hearth.client.post(CONFIRM, json={"token": slip})) == "link_not_valid"


async def test_whether_an_address_is_taken_shows_to_its_own_reader_alone(hearth: Hearth) -> None:
    ada, _ = await with_address(hearth), await with_address(hearth, "grace", "Grace@example.org")
    free = await ada.client.put(CHANGE, json={"email": NEW})
    taken = await ada.client.put(CHANGE, json={"email": "grace@EXAMPLE.org"})
    assert (free.status_code, free.content) == (taken.status_code, taken.content)
    assert await templates(hearth) == ["confirm_new_email"]


async def test_an_address_that_is_taken_meanwhile_is_refused_and_the_link_stays(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    await ada.client.put(CHANGE, json={"email": NEW})
    secret = await token(hearth, to=NEW, template="confirm_new_email")
    await with_address(hearth, "grace", NEW.upper())
    for _ in range(2):
        assert problem(await hearth.client.post(CONFIRM, json={"token": secret})) == "email_taken"
    assert await address_of(ada) == (OLD, False)


async def test_the_old_address_takes_the_change_back_and_signs_everybody_out(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    thief = await log_in(hearth.client, "ada")
    await change(hearth, ada)
    undo = await token(hearth, to=OLD, template="email_changed")
    assert (await hearth.client.post(UNDO, json={"token": undo})).status_code == 204
    assert [await status_with(hearth.client, one) for one in (ada.token, thief["access_token"])] == [401, 401]
    assert (await try_refresh(hearth.client, thief["refresh_token"])).status_code == 401
    kinds = await event_kinds(hearth, ada)
    assert [kind for kind in kinds if "email" in kind] == ["email_change_undone", "email_confirmed", "email_changed"]
    back = (await log_in(hearth.client, OLD))["access_token"]
    assert await address_of(ada, back) == (OLD, True)


async def test_a_thief_who_moves_on_cannot_undo_the_owners_undoing(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    await change(hearth, ada, "thief1@example.net")
    await change(hearth, ada, "thief2@example.net")
    theirs = await token(hearth, to="thief1@example.net", template="email_changed")
    own = await token(hearth, to=OLD, template="email_changed")
    assert (await hearth.client.post(UNDO, json={"token": own})).status_code == 204
    assert problem(await hearth.client.post(UNDO, json={"token": theirs})) == "link_not_valid"
    back = (await log_in(hearth.client, OLD))["access_token"]
    assert await address_of(ada, back) == (OLD, True)


async def test_of_fifty_who_use_a_link_at_once_one_does(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    await ada.client.post(AGAIN)
    secret = await token(hearth, to=OLD, template="confirm_email")
    answers = await asyncio.gather(*(hearth.client.post(CONFIRM, json={"token": secret}) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 49


async def test_a_suspended_account_uses_no_link(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    await ada.client.post(AGAIN)
    secret = await token(hearth, to=OLD, template="confirm_email")
    await set_state(hearth, ada.id, AccountState.SUSPENDED)
    assert problem(await hearth.client.post(CONFIRM, json={"token": secret})) == "link_not_valid"


async def test_where_an_address_is_required_an_unconfirmed_one_may_read_only(hearth: Hearth) -> None:
    with config.override(AuthSettings, registration="open", email_required=True):
        body = {"username": "ada", "password": PASSWORD, "email": OLD}
        grant = (await hearth.client.post(REGISTER, json=body)).json()["grant"]
        new = hearth.connect({"Authorization": f"Bearer {grant['access_token']}"})
        assert problem(await new.post("/v1/posts", json={"text": "hello"})) == "not_permitted"
        for path in (ME, "/v1/auth/sessions", "/v1/timelines/public", "/v1/users/ada"):
            assert (await new.get(path)).status_code == 200
        secret = await token(hearth, to=OLD, template="confirm_email")
        assert (await new.post(CONFIRM, json={"token": secret})).status_code == 204
        renewed = (await try_refresh(hearth.client, grant["refresh_token"])).json()["access_token"]
        free = hearth.connect({"Authorization": f"Bearer {renewed}"})
        assert (await free.post("/v1/posts", json={"text": "hello"})).status_code == 201
        # Made by who runs the server, before or without an address.
        boss = await hearth.account("boss", role=Role.ADMIN)
        token_of_boss = (await log_in(hearth.client, "boss"))["access_token"]
        assert await status_with(hearth.client, token_of_boss) == 200
        assert (await boss.client.post("/v1/posts", json={"text": "hello"})).status_code == 201


@pytest.mark.parametrize(("method", "path"), [("POST", AGAIN), ("PUT", CHANGE)])
async def test_a_server_without_mail_says_so(hearth: Hearth, method: str, path: str) -> None:
    ada = await with_address(hearth)
    with config.override(Settings, environment=Environment.PRODUCTION):
        answer = await ada.client.request(method, path, json={"email": NEW} if method == "PUT" else None)
    assert (answer.status_code, problem(answer), answer.json()["retryable"]) == (503, "mail_not_configured", False)


async def test_a_session_that_was_left_open_does_nothing_sensitive(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    sensitive = (
        ("PUT", CHANGE, {"email": NEW}),
        ("POST", "/v1/auth/api-keys", {"name": "x", "scopes": ["auth:read"]}),
        ("POST", "/v1/auth/password", {"current_password": PASSWORD, "new_password": "a horse of colours"}),
    )
    async with hearth.database.write() as session:
        opened = await session.get_one(models.Session, ada.session_id)
        opened.reauthenticated_at = clock.now() - REAUTHENTICATED_FOR
    for method, path, body in sensitive:
        assert problem(await ada.client.request(method, path, json=body)) == "reauthentication_required"
    again = "/v1/auth/reauthenticate"
    assert problem(await ada.client.post(again, json={"password": "wrong"})) == "wrong_password"
    assert problem(await ada.client.put(CHANGE, json={"email": NEW})) == "reauthentication_required"
    assert (await ada.client.post(again, json={"password": PASSWORD})).status_code == 204
    for method, path, body in sensitive:
        assert (await ada.client.request(method, path, json=body)).status_code in {201, 202, 204}


async def test_another_session_of_the_account_stays_as_it_was(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    async with hearth.database.write() as session:
        (await session.get_one(models.Session, ada.session_id)).reauthenticated_at = None
    await log_in(hearth.client, "ada")
    assert problem(await ada.client.put(CHANGE, json={"email": NEW})) == "reauthentication_required"


@pytest.mark.usefixtures("long_waits")
async def test_wrong_passwords_are_counted_there_too(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    answers = [await ada.client.post("/v1/auth/reauthenticate", json={"password": "wrong"}) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429] * 3


async def test_no_key_does_anything_sensitive(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    answer = await ada.client.post("/v1/auth/api-keys", json={"name": "x", "scopes": ["auth:read", "posts:write"]})
    key = hearth.connect({"X-API-Key": answer.json()["secret"]})
    for method, path, body in (
        ("PUT", CHANGE, {"email": NEW}),
        ("POST", "/v1/auth/reauthenticate", {"password": PASSWORD}),
        ("POST", "/v1/auth/api-keys", {"name": "x", "scopes": ["auth:read"]}),
    ):
        assert problem(await key.request(method, path, json=body)) == "not_permitted"
