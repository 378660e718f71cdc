"""Refresh tokens: rotation, the grace for the one before, and what a copied one leads to."""

import asyncio
from datetime import timedelta

import pytest

from src import clock
from src.auth import models, opaque
from src.auth.constants import AccountState
from tests.auth.people import (
    client_at,
    clock_stopped_at,
    event_kinds,
    log_in,
    refresh,
    set_state,
    status_with,
    try_refresh,
    until_somebody_waits_for_a_lock,
)
from tests.hearth import Hearth, problem

PAST_GRACE = timedelta(seconds=11)


async def test_each_use_gives_a_successor_that_works(hearth: Hearth) -> None:
    await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    seen = {grant["refresh_token"]}
    for _ in range(5):
        grant = await refresh(hearth.client, grant["refresh_token"])
        seen.add(grant["refresh_token"])
        assert await status_with(hearth.client, grant["access_token"]) == 200
    assert len(seen) == 6


async def test_twenty_refreshes_at_once_give_one_successor(hearth: Hearth) -> None:
    await hearth.account("ada")
    first = await log_in(hearth.client, "ada")
    grants = await asyncio.gather(*(refresh(hearth.client, first["refresh_token"]) for _ in range(20)))
    assert len({grant["refresh_token"] for grant in grants}) == 1
    assert {grant["session_id"] for grant in grants} == {first["session_id"]}
    assert (await refresh(hearth.client, grants[0]["refresh_token"]))["session_id"] == first["session_id"]


async def test_the_previous_token_gives_the_same_successor_for_ten_seconds(hearth: Hearth) -> None:
    await hearth.account("ada")
    first = await log_in(hearth.client, "ada")
    now = clock.now()
    with clock_stopped_at(now):
        second = await refresh(hearth.client, first["refresh_token"])
    with clock_stopped_at(now + timedelta(seconds=10)):
        again = await refresh(hearth.client, first["refresh_token"])
    assert again["refresh_token"] == second["refresh_token"]


async def test_a_token_shown_again_after_the_grace_ends_the_session(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    first = await log_in(hearth.client, "ada")
    second = await refresh(hearth.client, first["refresh_token"])
    with clock.shifted(PAST_GRACE):
        assert problem(await try_refresh(hearth.client, first["refresh_token"])) == "invalid_token"
        assert problem(await try_refresh(hearth.client, second["refresh_token"])) == "invalid_token"
        assert await status_with(hearth.client, second["access_token"]) == 401
    assert await status_with(hearth.client, ada.token) == 200
    assert (await event_kinds(hearth, ada)).count("refresh_reused") == 1


async def test_a_token_older_than_the_previous_one_has_no_grace(hearth: Hearth) -> None:
    await hearth.account("ada")
    first = await log_in(hearth.client, "ada")
    second = await refresh(hearth.client, first["refresh_token"])
    third = await refresh(hearth.client, second["refresh_token"])
    assert problem(await try_refresh(hearth.client, first["refresh_token"])) == "invalid_token"
    assert problem(await try_refresh(hearth.client, third["refresh_token"])) == "invalid_token"


async def test_nobody_ends_a_session_by_guessing_at_its_tokens(hearth: Hearth) -> None:
    await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    for _ in range(3):
        grant = await refresh(hearth.client, grant["refresh_token"])
    family = int(grant["session_id"])
    for generation in range(6):
        forged = opaque.refresh_token(b"x" * 32, family, generation)
        assert problem(await try_refresh(hearth.client, forged)) == "invalid_token"
    await refresh(hearth.client, grant["refresh_token"])


async def test_only_its_digest_is_stored(hearth: Hearth) -> None:
    await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    async with hearth.database.read() as session:
        row = await session.get_one(models.Session, int(grant["session_id"]))
    assert row.digest == opaque.digest(grant["refresh_token"])


async def test_refreshes_of_one_session_come_one_after_the_other(hearth: Hearth) -> None:
    await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    async with hearth.database.write() as session:
        row = await session.get_one(models.Session, int(grant["session_id"]), with_for_update=True)
        late = asyncio.create_task(try_refresh(hearth.client, grant["refresh_token"]))
        await until_somebody_waits_for_a_lock(hearth.database)
        # Two others go first: what waits is now a token from long ago.
        row.generation += 2
    assert problem(await late) == "invalid_token"


@pytest.mark.parametrize("token", ["x", "hthr_1_0_" + "A" * 43, "hthr_99999999999999999999_0_" + "A" * 43, "eyJ.a.b"])
async def test_what_is_no_token_is_refused(hearth: Hearth, token: str) -> None:
    assert problem(await try_refresh(hearth.client, token)) == "invalid_token"


async def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_open(hearth: Hearth) -> None:
    await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    assert problem(await try_refresh(hearth.client, grant["access_token"])) in {"invalid_token", "invalid_input"}
    assert await status_with(hearth.client, grant["refresh_token"]) == 401


async def test_a_session_ends_thirty_days_after_its_last_refresh(hearth: Hearth) -> None:
    await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    with clock.shifted(timedelta(days=29)):
        grant = await refresh(hearth.client, grant["refresh_token"])
    with clock.shifted(timedelta(days=58)):
        grant = await refresh(hearth.client, grant["refresh_token"])
    with clock.shifted(timedelta(days=88, minutes=1)):
        assert problem(await try_refresh(hearth.client, grant["refresh_token"])) == "invalid_token"


async def test_a_session_ends_after_ninety_days_whatever_is_done(hearth: Hearth) -> None:
    await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    for days in (25, 50, 75, 89):
        with clock.shifted(timedelta(days=days)):
            grant = await refresh(hearth.client, grant["refresh_token"])
    with clock.shifted(timedelta(days=90, minutes=1)):
        assert problem(await try_refresh(hearth.client, grant["refresh_token"])) == "invalid_token"


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.DELETED])
async def test_only_an_active_account_refreshes(hearth: Hearth, state: AccountState) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    await set_state(hearth, ada.id, state)
    assert problem(await try_refresh(hearth.client, grant["refresh_token"])) == "invalid_token"


async def test_a_refresh_says_where_the_session_is_now(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    async with client_at(hearth, "203.0.113.9", "Phone/2") as phone:
        await refresh(phone, grant["refresh_token"])
    sessions = (await ada.client.get("/v1/auth/sessions")).json()["items"]
    moved = next(item for item in sessions if item["id"] == grant["session_id"])
    assert (moved["address"], moved["device"]) == ("203.0.113.9", "Phone/2")
