"""One's own sessions: listed, ended, and remembered by when they were last used."""

from datetime import timedelta

import pytest

from src import clock
from src.auth import models
from src.config import Settings
from tests.auth.people import another_process, client_at, event_kinds, log_in, status_with, try_refresh
from tests.hearth import Hearth, problem

PAGE = "/v1/auth/sessions"


async def test_a_person_sees_their_own_sessions_and_which_is_this_one(hearth: Hearth) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    async with client_at(hearth, "2001:db8::7", "Browser/1") as browser:
        grant = await log_in(browser, "ada")
    items = (await ada.client.get(PAGE)).json()["items"]
    assert [(item["id"], item["current"]) for item in items] == [
        (grant["session_id"], False),
        (str(ada.session_id), True),
    ]
    assert (items[0]["device"], items[0]["address"]) == ("Browser/1", "2001:db8::7")
    assert [item["id"] for item in (await grace.client.get(PAGE)).json()["items"]] == [str(grace.session_id)]


@pytest.mark.parametrize(("sent", "shown"), [("x" * 500, "x" * 200), ("a\x01b\x7f", "ab"), ("", "")])
async def test_what_a_client_calls_itself_is_cut(hearth: Hearth, sent: str, shown: str) -> None:
    ada = await hearth.account("ada")
    async with client_at(hearth, "203.0.113.9", sent) as browser:
        await log_in(browser, "ada")
    assert (await ada.client.get(PAGE)).json()["items"][0]["device"] == shown


async def test_the_list_is_paged(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    opened = [str(ada.session_id), *[(await log_in(hearth.client, "ada"))["session_id"] for _ in range(3)]]
    first = (await ada.client.get(PAGE, params={"limit": 3})).json()
    second = (await ada.client.get(PAGE, params={"limit": 3, "cursor": first["next"]})).json()
    assert [item["id"] for item in first["items"] + second["items"]] == opened[::-1]


async def test_an_ended_session_is_refused_at_once_and_cannot_be_refreshed(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    assert await status_with(hearth.client, grant["access_token"]) == 200
    assert (await ada.client.delete(f"{PAGE}/{grant['session_id']}")).status_code == 204
    assert await status_with(hearth.client, grant["access_token"]) == 401
    assert problem(await try_refresh(hearth.client, grant["refresh_token"])) == "invalid_token"
    assert [item["id"] for item in (await ada.client.get(PAGE)).json()["items"]] == [str(ada.session_id)]
    assert "session_ended" in await event_kinds(hearth, ada)


async def test_logging_out_ends_this_session_alone(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    assert (await ada.client.post("/v1/auth/logout")).status_code == 204
    assert problem(await ada.client.post("/v1/auth/logout")) == "invalid_token"
    assert await status_with(hearth.client, grant["access_token"]) == 200


async def test_ending_all_others_leaves_this_one(hearth: Hearth) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    tokens = [(await log_in(hearth.client, "ada"))["access_token"] for _ in range(3)]
    assert (await ada.client.delete(PAGE)).status_code == 204
    assert [await status_with(hearth.client, token) for token in tokens] == [401] * 3
    assert await status_with(hearth.client, ada.token) == 200
    assert await status_with(hearth.client, grace.token) == 200


async def test_nobody_ends_the_sessions_of_others(hearth: Hearth) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    absent = await grace.client.delete(f"{PAGE}/1")
    hidden = await grace.client.delete(f"{PAGE}/{ada.session_id}")
    assert problem(hidden) == problem(absent) == "session_not_found"
    assert await status_with(hearth.client, ada.token) == 200


async def test_a_session_ends_once(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    grant = await log_in(hearth.client, "ada")
    answers = [(await ada.client.delete(f"{PAGE}/{grant['session_id']}")).status_code for _ in range(2)]
    assert answers == [204, 404]


async def test_an_access_token_lives_for_ten_minutes(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    with clock.shifted(timedelta(minutes=9)):
        assert await status_with(hearth.client, ada.token) == 200
    with clock.shifted(timedelta(minutes=10, seconds=11)):
        assert await status_with(hearth.client, ada.token) == 401


async def test_the_last_use_is_gathered_and_written_later(hearth: Hearth) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    before = (await ada.client.get(PAGE)).json()["items"][0]["last_used_at"]
    with clock.shifted(timedelta(minutes=5)):
        await ada.client.get(PAGE)
        await grace.client.get(PAGE)
        assert (await ada.client.get(PAGE)).json()["items"][0]["last_used_at"] == before
        await hearth.authenticator.gathered.write()
        after = [(await person.client.get(PAGE)).json()["items"][0]["last_used_at"] for person in (ada, grace)]
    assert all(instant > before for instant in after)


async def test_a_process_that_ends_writes_what_it_has_gathered(
    hearth: Hearth, settings: Settings, database_url: str
) -> None:
    ada = await hearth.account("ada")
    with clock.shifted(timedelta(minutes=5)):
        async with another_process(settings, database_url) as other:
            await other.caller(ada.token)
        used_at = clock.now()
    async with hearth.database.read() as session:
        assert used_at - (await session.get_one(models.Session, ada.session_id)).last_used_at < timedelta(minutes=1)


async def test_a_late_writer_does_not_turn_the_last_use_back(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    newer = clock.now() + timedelta(minutes=5)
    for instant in (newer, clock.now()):
        hearth.authenticator.gathered.use(ada.session_id, instant)
        await hearth.authenticator.gathered.write()
    shown = (await ada.client.get(PAGE)).json()["items"][0]["last_used_at"]
    assert shown[:19] == newer.isoformat()[:19]
