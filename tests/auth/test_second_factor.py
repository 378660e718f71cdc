"""The second factor: nobody comes in by the password alone, each code counts once, and the owner always gets in."""

import asyncio

import pytest
from sqlalchemy import text, update

from src import clock, config
from src.auth import challenges, models, sealing
from src.auth.config import AuthSettings, SecondFactorDemand
from src.auth.constants import CODE_FAILURES_FORGOTTEN, MOST_CODE_FAILURES, AccountState
from src.feature import Role
from tests.auth.codes import FACTOR, ON, STEP, challenge_of, code_of, finish, grant_of, turn_on
from tests.auth.letters import templates
from tests.auth.people import client_at, log_in, set_state, status_with, try_login, try_refresh
from tests.auth.test_emails import OLD, with_address
from tests.hearth import PASSWORD, Hearth, Person, problem

CODES = f"{FACTOR}/recovery-codes"
AGAIN = "/v1/auth/reauthenticate"
WRONG = "000000"


async def wrong_of(secret: str) -> str:
    """A code that is none of those that are good now."""
    good = {code_of(secret, steps=step) for step in (-1, 0, 1)}
    return next(code for code in (WRONG, "000001", "000002", "000003") if code not in good)


async def kinds(person: Person, token: str) -> list[str]:
    headers = {"Authorization": f"Bearer {token}"}
    return [
        event["kind"]
        for event in (await person.client.get("/v1/auth/security-events", headers=headers)).json()["items"]
    ]


async def test_from_the_first_code_on_the_password_alone_opens_nothing(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    begun = (await ada.client.post(FACTOR)).json()
    assert begun["uri"].startswith("otpauth://totp/")
    # Begun is not on: who does not get to the end is not locked out.
    await log_in(hearth.client, "ada")
    assert problem(await ada.client.post(ON, json={"code": await wrong_of(begun["secret"])})) == "wrong_code"
    secret, recovery_codes = await turn_on(ada.client)
    assert len(set(recovery_codes)) == 10
    challenge = await challenge_of(hearth.client, ada)
    answer = await finish(hearth.client, challenge, code_of(secret))
    assert answer.status_code == 200
    token = answer.json()["access_token"]
    assert await status_with(hearth.client, token) == 200
    assert (await try_refresh(hearth.client, answer.json()["refresh_token"])).status_code == 200
    read = (await ada.client.get(FACTOR)).json()
    assert (read["enabled_at"] is not None, read["recovery_codes_left"], read["required"]) == (True, 10, False)
    assert "second_factor_on" in await templates(hearth, to=OLD)
    assert "second_factor_on" in await kinds(ada, token)
    assert problem(await ada.client.post(FACTOR)) == "second_factor_is_on"


async def test_no_secret_lies_open_in_the_database(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    secret, recovery_codes = await turn_on(ada.client)
    async with hearth.database.read() as session:
        rows = await session.execute(
            text("SELECT t::text FROM totp_secrets t UNION ALL SELECT r::text FROM recovery_codes r")
        )
        written = " ".join(rows.scalars())
    for hidden in (secret, secret.encode().hex(), *recovery_codes, *(code.encode().hex() for code in recovery_codes)):
        assert hidden not in written


async def test_a_code_is_accepted_once_also_by_many_at_once(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    secret, _ = await turn_on(ada.client)
    challenge = await challenge_of(hearth.client, ada)
    code = code_of(secret)
    answers = await asyncio.gather(*(finish(hearth.client, challenge, code) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9
    # Nor is the one before it, which would have been good.
    async with client_at(hearth, "192.0.2.1") as fresh:
        answer = await finish(fresh, await challenge_of(fresh, ada), code_of(secret, steps=-1))
    assert problem(answer) == "wrong_second_factor"


async def test_a_recovery_code_opens_once_also_for_fifty_at_once(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    _, recovery_codes = await turn_on(ada.client)
    challenge = await challenge_of(hearth.client, ada)
    typed = recovery_codes[0].replace("-", " ").lower()

    async def try_from(number: int) -> int:
        async with client_at(hearth, f"192.0.2.{number}") as client:
            return (await finish(client, challenge, typed)).status_code

    statuses = await asyncio.gather(*(try_from(number) for number in range(50)))
    assert sorted(statuses) == [200] + [401] * 49
    assert (await ada.client.get(FACTOR)).json()["recovery_codes_left"] == 9
    grant = await grant_of(hearth.client, ada, recovery_codes[1])
    assert "recovery_code_used" in await kinds(ada, grant["access_token"])


async def test_new_recovery_codes_void_the_old_ones(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    assert problem(await ada.client.post(CODES)) == "second_factor_not_begun"
    _, old = await turn_on(ada.client)
    new = (await ada.client.post(CODES)).json()["recovery_codes"]
    assert not set(old) & set(new)
    challenge = await challenge_of(hearth.client, ada)
    assert problem(await finish(hearth.client, challenge, old[0])) == "wrong_second_factor"
    assert (await finish(hearth.client, challenge, new[0])).status_code == 200


async def test_codes_of_a_minute_around_are_good_and_older_ones_not(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    secret, _ = await turn_on(ada.client)
    old = code_of(secret)
    challenge = await challenge_of(hearth.client, ada)
    with clock.shifted(3 * STEP):
        assert problem(await finish(hearth.client, challenge, old)) == "wrong_second_factor"
        assert (await finish(hearth.client, challenge, code_of(secret, steps=1))).status_code == 200


async def test_a_challenge_is_good_for_minutes_and_for_the_account_as_it_was(hearth: Hearth) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    secret, _ = await turn_on(ada.client)
    await turn_on(grace.client)
    challenge = await challenge_of(hearth.client, ada)
    of_grace = challenge.replace(str(ada.id), str(grace.id))
    broken = challenge[:-1] + ("A" if challenge[-1] != "A" else "B")
    for forged in (of_grace, broken, "hthc_1_1_" + "x" * 43, "x", f"hthc_{2**64}_1_" + "x" * 43):
        assert problem(await finish(hearth.client, forged, code_of(secret))) == "challenge_not_valid"
    with clock.shifted(challenges.LIFETIME):
        assert problem(await finish(hearth.client, challenge, code_of(secret))) == "challenge_not_valid"
    await set_state(hearth, ada.id, AccountState.SUSPENDED)
    assert problem(await finish(hearth.client, challenge, code_of(secret))) == "challenge_not_valid"
    await set_state(hearth, ada.id, AccountState.ACTIVE)
    body = {"current_password": PASSWORD, "new_password": "a horse of colours"}
    assert (await ada.client.post("/v1/auth/password", json=body)).status_code == 204
    assert problem(await finish(hearth.client, challenge, code_of(secret))) == "challenge_not_valid"


async def test_a_wrong_password_never_tells_of_a_second_factor(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await turn_on(ada.client)
    assert problem(await try_login(hearth.client, "ada")) == "second_factor_required"
    assert problem(await try_login(hearth.client, "ada", "not the password")) == "wrong_credentials"
    await set_state(hearth, ada.id, AccountState.SUSPENDED)
    assert problem(await try_login(hearth.client, "ada")) == "account_suspended"


async def test_guesses_from_everywhere_end_but_the_owner_gets_in(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    async with client_at(hearth, "198.51.100.7") as home:
        await log_in(home, "ada")
        secret, recovery_codes = await turn_on(ada.client)
        challenge = await challenge_of(home, ada)
        wrong = await wrong_of(secret)
        for number in range(MOST_CODE_FAILURES):
            async with client_at(hearth, f"203.0.113.{number}") as attacker:
                assert problem(await finish(attacker, challenge, wrong)) == "wrong_second_factor"
        async with client_at(hearth, "203.0.113.200") as attacker:
            # Even the right one, as a guess would be.
            assert problem(await finish(attacker, challenge, code_of(secret))) == "recovery_code_required"
            assert (await finish(attacker, challenge, recovery_codes[0])).status_code == 200
        assert (await templates(hearth, to=OLD)).count("second_factor_guessed") == 1
        # A right code has taken the count back; it is put up again without another fifty requests.
        async with hearth.database.write() as session:
            await session.execute(update(models.TotpSecret).values(failures=MOST_CODE_FAILURES, failed_at=clock.now()))
        assert (await finish(home, challenge, code_of(secret))).status_code == 200
        async with hearth.database.write() as session:
            await session.execute(update(models.TotpSecret).values(failures=MOST_CODE_FAILURES, failed_at=clock.now()))
        with clock.shifted(CODE_FAILURES_FORGOTTEN):
            later = await challenge_of(home, ada)
            async with client_at(hearth, "203.0.113.201") as abroad:
                assert (await finish(abroad, later, code_of(secret))).status_code == 200


@pytest.mark.usefixtures("long_waits")
async def test_one_network_that_guesses_waits(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    secret, recovery_codes = await turn_on(ada.client)
    challenge = await challenge_of(hearth.client, ada)
    wrong = await wrong_of(secret)
    codes = [problem(await finish(hearth.client, challenge, wrong)) for _ in range(8)]
    assert codes == ["wrong_second_factor"] * 5 + ["too_many_attempts"] * 3
    async with client_at(hearth, "192.0.2.9") as elsewhere:
        assert (await finish(elsewhere, challenge, recovery_codes[0])).status_code == 200


async def test_who_turns_it_off_needs_a_fresh_session_and_is_told(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    secret, recovery_codes = await turn_on(ada.client)
    async with hearth.database.write() as session:
        (await session.get_one(models.Session, ada.session_id)).reauthenticated_at = None
    for method, path in (("DELETE", FACTOR), ("POST", CODES), ("POST", FACTOR)):
        assert problem(await ada.client.request(method, path)) == "reauthentication_required"
    for body in ({"password": PASSWORD}, {"password": PASSWORD, "code": await wrong_of(secret)}):
        assert problem(await ada.client.post(AGAIN, json=body)) == "wrong_code"
    assert problem(await ada.client.delete(FACTOR)) == "reauthentication_required"
    assert (await ada.client.post(AGAIN, json={"password": PASSWORD, "code": code_of(secret)})).status_code == 204
    for _ in range(2):
        assert (await ada.client.delete(FACTOR)).status_code == 204
    assert (await templates(hearth, to=OLD)).count("second_factor_off") == 1
    token = (await log_in(hearth.client, "ada"))["access_token"]
    assert (await kinds(ada, token)).count("second_factor_off") == 1
    async with hearth.database.read() as session:
        for table in ("totp_secrets", "recovery_codes"):
            assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert problem(await ada.client.post(ON, json={"code": recovery_codes[0]})) == "second_factor_not_begun"


async def test_a_new_password_by_letter_leaves_the_second_factor(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    secret, _ = await turn_on(ada.client)
    async with hearth.database.write() as session:
        (await session.get_one(models.Account, ada.id)).password_changed_at = clock.now()
    challenge = await challenge_of(hearth.client, ada)
    assert (await finish(hearth.client, challenge, code_of(secret))).status_code == 200


async def test_admins_who_have_to_have_it_are_members_until_they_do(hearth: Hearth) -> None:
    boss, ada = await hearth.account("boss", role=Role.ADMIN), await hearth.account("ada")
    answer = await boss.client.post("/v1/auth/api-keys", json={"name": "x", "scopes": ["auth:administer"]})
    key = hearth.connect({"X-API-Key": answer.json()["secret"]})
    act = f"/v1/admin/accounts/{ada.id}/sessions"
    with config.override(AuthSettings, totp_required_for=SecondFactorDemand.ADMIN):
        grant = await log_in(hearth.client, "boss")
        boss_now = hearth.connect({"Authorization": f"Bearer {grant['access_token']}"})
        assert problem(await boss_now.delete(act)) == "not_permitted"
        assert problem(await key.delete(act)) == "not_permitted"
        assert (await boss_now.get(FACTOR)).json()["required"] is True
        assert (await boss_now.post("/v1/posts", json={"text": "hello"})).status_code == 201
        secret, _ = await turn_on(boss_now)
        renewed = (await try_refresh(hearth.client, grant["refresh_token"])).json()["access_token"]
        assert (await hearth.connect({"Authorization": f"Bearer {renewed}"}).delete(act)).status_code == 204
        assert problem(await boss_now.delete(FACTOR)) == "second_factor_needed"
        assert secret
        moderator = await hearth.account("mod", role=Role.MODERATOR)
        token = (await log_in(hearth.client, moderator.username))["access_token"]
        invitations = hearth.connect({"Authorization": f"Bearer {token}"})
        assert (await invitations.get("/v1/auth/invitations")).status_code == 200
    with config.override(AuthSettings, totp_required_for=SecondFactorDemand.MODERATOR):
        token = (await log_in(hearth.client, "mod"))["access_token"]
        answer = await hearth.connect({"Authorization": f"Bearer {token}"}).get("/v1/auth/invitations")
        assert problem(answer) == "not_permitted"


async def test_without_the_key_recovery_codes_still_open(hearth: Hearth, caplog: pytest.LogCaptureFixture) -> None:
    ada = await hearth.account("ada")
    secret, recovery_codes = await turn_on(ada.client)
    hearth.authenticator.sealer = sealing.Sealer([b"another key, of the same length."])
    challenge = await challenge_of(hearth.client, ada)
    assert problem(await finish(hearth.client, challenge, code_of(secret))) == "wrong_second_factor"
    assert "look for it in a backup" in caplog.text
    assert (await finish(hearth.client, challenge, recovery_codes[0])).status_code == 200


async def test_a_new_device_is_told_of_and_stands_in_the_events(hearth: Hearth) -> None:
    ada = await with_address(hearth)
    token = ""
    for address, device in (("192.0.2.1", "test"), ("192.0.2.2", "Firefox/145"), ("192.0.2.3", "Firefox/145")):
        async with client_at(hearth, address, device) as client:
            token = (await log_in(client, "ada"))["access_token"]
    async with client_at(hearth, "192.0.2.4", "Thief/1") as thief:
        assert (await try_login(thief, "ada", "not the password")).status_code == 401
    await hearth.authenticator.gathered.write()
    headers = {"Authorization": f"Bearer {token}"}
    events = (await ada.client.get("/v1/auth/security-events", headers=headers)).json()["items"]
    assert sorted((e["kind"], e["device"], e["address"], e["new_device"]) for e in events) == [
        ("login", "Firefox/145", "192.0.2.2", True),
        ("login", "Firefox/145", "192.0.2.3", False),
        ("login", "test", "192.0.2.1", False),
        ("login_failed", "Thief/1", "192.0.2.4", False),
    ]
    assert await templates(hearth, to=OLD) == ["new_device"]
