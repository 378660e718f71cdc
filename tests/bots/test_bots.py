"""Bots: made by a person, acting by keys alone, shown as what they are, and gone with who answers for them."""

import asyncio
from datetime import timedelta

import pytest

from src import clock
from src.auth import archive as auth_archive
from src.auth import models as auth_models
from src.bots.config import BotsSettings
from src.config import override
from src.feature import Role
from src.media.config import MediaSettings
from src.users import checks
from tests.auth.people import event_kinds, status_with, try_login
from tests.bots.steps import BOTS, good, made, program
from tests.chats.steps import founded
from tests.exported import exported
from tests.hearth import PASSWORD, Hearth, Person, problem
from tests.media import files
from tests.media.steps import upload

pytestmark = pytest.mark.integration

ME = "/v1/auth/me"


async def state_of(admin: Person, account_id: int) -> str:
    """What an admin reads about the account."""
    found = await admin.client.get(f"/v1/admin/accounts/{account_id}")
    return str(good(found)["state"]) if found.is_success else "gone"


async def test_a_bot_acts_by_its_key_and_is_shown_as_one(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    bot = await program(hearth, ada)
    assert good(await bot.client.get(ME))["id"] == str(bot.id)
    post = good(await bot.client.post("/v1/posts", json={"text": "Rain at noon"}))
    assert (post["author"]["username"], post["author"]["is_bot"]) == ("weather_bot", True)
    item = good(await bob.client.get(f"/v1/timelines/users/{bot.username}"))["items"][0]
    assert item["post"]["author"]["is_bot"]
    chat_id = await founded(ada, bob)
    assert problem(await bot.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "hi"})) == "chat_not_found"
    member = good(await ada.client.put(f"/v1/groups/{chat_id}/members/{bot.id}"))
    assert member["user"]["is_bot"]
    good(await bot.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "Rain at noon"}))
    shown = good(await bob.client.get(f"/v1/chats/{chat_id}/messages"))
    assert [(one["username"], one["is_bot"]) for one in shown["people"]] == [("weather_bot", True)]
    assert good(await bob.client.get("/v1/users/weather_bot"))["is_bot"]
    assert not good(await bob.client.get("/v1/users/ada"))["is_bot"]
    found = good(await bob.client.get("/v1/users", params={"prefix": "weather"}))
    assert [one["username"] for one in found["items"]] == ["weather_bot"]
    async with hearth.database.read() as session:
        assert await checks.bots(session) == []


async def test_nobody_signs_in_to_a_bot(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    bot = await program(hearth, ada)
    for password in (PASSWORD, "None", "x"):
        assert problem(await try_login(hearth.client, "weather_bot", password)) == "wrong_credentials"
    wanted = {"new_password": "a horse of many colours", "current_password": PASSWORD}
    assert problem(await bot.client.post("/v1/auth/password", json=wanted)) == "not_permitted"
    assert problem(await bot.client.put("/v1/auth/email", json={"email": "bot@example.org"})) == "not_permitted"
    assert problem(await bot.client.post("/v1/account/deletion")) == "not_permitted"


async def test_an_owner_lists_names_and_deletes_bots(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    first = await made(ada, "Rain_Bot", display_name="Rain")
    second = await made(ada, "snow_bot")
    assert (first["username"], first["display_name"], first["is_bot"]) == ("rain_bot", "Rain", True)
    assert second["display_name"] == "snow_bot"
    listed = good(await ada.client.get(BOTS))["items"]
    assert listed == [second, first]
    assert good(await bob.client.get(BOTS))["items"] == []
    changed = good(await ada.client.patch(f"{BOTS}/{first['id']}", json={"display_name": "Showers", "bio": "Wet."}))
    assert (changed["display_name"], changed["bio"]) == ("Showers", "Wet.")
    assert good(await bob.client.get("/v1/users/rain_bot"))["bio"] == "Wet."
    good(await ada.client.delete(f"{BOTS}/{second['id']}"))
    assert good(await ada.client.get(BOTS))["items"] == [changed]
    assert problem(await ada.client.get(f"{BOTS}/{second['id']}")) == "bot_not_found"
    assert problem(await ada.client.post(BOTS, json={"username": "snow_bot"})) == "username_taken"
    assert problem(await ada.client.post(BOTS, json={"username": "admin"})) == "username_refused"
    assert {"bot_created", "bot_deleted"} <= set(await event_kinds(hearth, ada))


async def test_a_deleted_bot_is_gone_at_once_and_its_words_soon(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    bot = await program(hearth, ada)
    chat_id = await founded(ada, bob)
    good(await ada.client.put(f"/v1/groups/{chat_id}/members/{bot.id}"))
    good(await bot.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "Rain at noon"}))
    good(await ada.client.delete(f"{BOTS}/{bot.id}"))
    assert await status_with(hearth.client, bot.token) == 401
    assert problem(await bob.client.get("/v1/users/weather_bot")) == "user_not_found"
    assert problem(await ada.client.delete(f"{BOTS}/{bot.id}")) == "bot_not_found"
    await hearth.run_job("archives.delete_due")
    shown = good(await bob.client.get(f"/v1/chats/{chat_id}/messages"))
    assert [(one["text"], one["sender_id"]) for one in shown["items"]] == [("", None)]
    async with hearth.database.read() as session:
        assert await session.get(auth_models.Account, bot.id) is None
    assert good(await bob.client.get(f"/v1/groups/{chat_id}/members"))["items"][-1]["user"]["username"] == "bob"


async def test_many_at_once_make_no_more_than_one_may_have(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    with override(BotsSettings, bots_each=3):
        answers = await asyncio.gather(
            *(ada.client.post(BOTS, json={"username": f"bot_number_{number}"}) for number in range(12))
        )
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 9
        assert {problem(answer) for answer in answers if answer.is_error} == {"too_many_bots"}
        gone = good(await ada.client.get(BOTS))["items"][0]
        good(await ada.client.delete(f"{BOTS}/{gone['id']}"))
        await made(ada, "one_more_bot")
    with override(BotsSettings, bots_each=0):
        bob = await hearth.account("bob")
        assert problem(await bob.client.post(BOTS, json={"username": "rain_bot"})) == "too_many_bots"


async def test_whoever_makes_bots_all_day_waits(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    answers = [await ada.client.post(BOTS, json={"username": "x"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]
    assert "Retry-After" in answers[-1].headers


async def test_made_again_under_its_idempotency_key_a_bot_is_the_first_one(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    twice = [
        good(await ada.client.post(BOTS, json={"username": "rain_bot"}, headers={"Idempotency-Key": "one"}))
        for _ in range(2)
    ]
    assert twice[0] == twice[1]


async def test_a_key_makes_neither_bots_nor_keys(hearth: Hearth) -> None:
    boss = await hearth.account("boss", role=Role.ADMIN)
    bot = await program(hearth, boss)
    for scopes in (["bots:manage"], ["auth:security"], ["auth:administer"], ["auth:invite"], ["chats:moderate"]):
        refused = await boss.client.post(f"{BOTS}/{bot.id}/keys", json={"name": "more", "scopes": scopes})
        assert problem(refused) == "scopes_refused", scopes
    refused = await boss.client.post("/v1/auth/api-keys", json={"name": "mine", "scopes": ["bots:manage"]})
    assert problem(refused) == "scopes_refused"
    assert problem(await bot.client.post(BOTS, json={"username": "child_bot"})) == "not_permitted"
    wanted = {"name": "more", "scopes": ["auth:read"]}
    assert problem(await bot.client.post(f"{BOTS}/{bot.id}/keys", json=wanted)) == "not_permitted"
    assert problem(await bot.client.post("/v1/auth/api-keys", json=wanted)) == "not_permitted"


async def test_keys_are_listed_and_revoked_and_are_nobody_elses(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    bot, other = await program(hearth, ada), await made(ada, "snow_bot")
    keys = f"{BOTS}/{bot.id}/keys"
    (listed,) = good(await ada.client.get(keys))["items"]
    assert (listed["id"], "secret" in listed) == (str(bot.session_id), False)
    assert good(await ada.client.get("/v1/auth/api-keys"))["items"] == []
    assert problem(await bob.client.delete(f"{keys}/{bot.session_id}")) == "bot_not_found"
    assert problem(await ada.client.delete(f"{BOTS}/{other['id']}/keys/{bot.session_id}")) == "api_key_not_found"
    assert problem(await ada.client.delete(f"/v1/auth/api-keys/{bot.session_id}")) == "api_key_not_found"
    good(await ada.client.delete(f"{keys}/{bot.session_id}"))
    assert await status_with(hearth.client, bot.token) == 401
    over = {"name": "late", "scopes": ["auth:read"], "expires_at": (clock.now() - timedelta(days=1)).isoformat()}
    assert problem(await ada.client.post(keys, json=over)) == "api_key_already_over"
    kinds = await event_kinds(hearth, ada)
    assert {"api_key_created", "api_key_ended"} <= set(kinds)


async def test_who_has_not_just_shown_who_they_are_makes_no_key(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    bot = await made(ada)
    with clock.shifted(timedelta(minutes=11)):
        token = hearth.authenticator.access_token(account_id=ada.id, session_id=ada.session_id, role=Role.MEMBER)
        later = hearth.connect({"Authorization": f"Bearer {token}"})
        refused = await later.post(f"{BOTS}/{bot['id']}/keys", json={"name": "x", "scopes": ["auth:read"]})
    assert problem(refused) == "reauthentication_required"


async def test_a_new_password_ends_the_keys_of_bots_like_those_of_their_owner(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    bot = await program(hearth, ada)
    change = {"current_password": PASSWORD, "new_password": "a horse of many colours"}
    good(await ada.client.post("/v1/auth/password", json=change))
    assert await status_with(hearth.client, bot.token) == 401


async def test_bots_are_suspended_and_come_back_with_their_owner(hearth: Hearth) -> None:
    boss, ada, bob = await hearth.admin(), await hearth.account("ada"), await hearth.account("bob")
    bot, bad = await program(hearth, ada), await program(hearth, ada, "bad_bot")
    suspension = "/v1/admin/accounts/{}/suspension"
    good(await boss.client.put(suspension.format(bad.id)))
    assert await status_with(hearth.client, bad.token) == 401
    wanted = {"name": "x", "scopes": ["auth:read"]}
    assert problem(await ada.client.post(f"{BOTS}/{bad.id}/keys", json=wanted)) == "bot_not_found"
    assert [one["is_suspended"] for one in good(await ada.client.get(BOTS))["items"]] == [True, False]
    good(await boss.client.put(suspension.format(ada.id)))
    assert await status_with(hearth.client, bot.token) == 401
    assert problem(await bob.client.get("/v1/users/weather_bot")) == "user_not_found"
    good(await boss.client.delete(suspension.format(ada.id)))
    assert [await state_of(boss, one.id) for one in (bot, bad)] == ["active", "suspended"]
    # What is suspended for its own sake meanwhile stays so.
    for account_id in (ada.id, bot.id):
        good(await boss.client.put(suspension.format(account_id)))
    good(await boss.client.delete(suspension.format(ada.id)))
    assert await state_of(boss, bot.id) == "suspended"


async def test_a_bot_stays_a_member(hearth: Hearth) -> None:
    boss = await hearth.admin()
    bot = await made(boss)
    path = f"/v1/admin/accounts/{bot['id']}/role"
    assert problem(await boss.client.put(path, json={"role": "admin"})) == "account_is_bot"
    good(await boss.client.put(path, json={"role": "member"}))
    shown = good(await boss.client.get(f"/v1/admin/accounts/{bot['id']}"))
    assert (shown["is_bot"], shown["owner_id"], shown["role"]) == (True, str(boss.id), "member")


async def test_bots_leave_with_their_owner(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    bot = await program(hearth, ada)
    good(await bot.client.post("/v1/posts", json={"text": "Rain at noon"}))
    async with hearth.database.read() as session:
        assert [row["account_id"] for row in (await exported(session, auth_archive.export(ada.id)))["bots"]] == [bot.id]
    good(await ada.client.post("/v1/account/deletion"))
    assert await status_with(hearth.client, bot.token) == 401
    await hearth.run_job("archives.delete_due", at=clock.now() + timedelta(days=8))
    async with hearth.database.read() as session:
        for account_id in (ada.id, bot.id):
            assert await session.get(auth_models.Account, account_id) is None
    assert good(await bob.client.get("/v1/timelines/users/bob"))["items"] == []
    assert problem(await bob.client.get("/v1/users/weather_bot")) == "user_not_found"


async def test_a_person_and_their_bots_have_one_quota(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    bots = [await program(hearth, ada, name, "media:write") for name in ("rain_bot", "snow_bot")]
    picture = files.written(files.picture(), "JPEG")
    with override(MediaSettings, media_quota_bytes=len(picture) * 3 // 2):
        assert (await upload(bots[0], picture)).is_success
        for other in (bots[1], ada, bots[0]):
            assert problem(await upload(other, picture)) == "media_quota_exceeded"
        assert (await upload(bob, picture)).is_success


async def test_a_group_belongs_to_people(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    bot = await program(hearth, bob)
    chat_id = await founded(ada)
    members = f"/v1/groups/{chat_id}/members"
    good(await bob.client.get(BOTS))
    good(await ada.client.put(f"{members}/{bot.id}"))
    good(await ada.client.put(f"{members}/{bob.id}"))
    good(await ada.client.patch(f"{members}/{bot.id}", json={"role": "admin"}))
    handed = await ada.client.post(f"/v1/groups/{chat_id}/transfer", json={"account_id": str(bot.id)})
    assert problem(handed) == "group_member_is_bot"
    good(await ada.client.delete(f"{members}/{ada.id}"))
    after = {one["user"]["username"]: one["role"] for one in good(await bob.client.get(members))["items"]}
    assert after == {"bob": "owner", "weather_bot": "admin"}
    good(await bob.client.delete(f"{members}/{bob.id}"))
    # With the last person the bot has left, and nobody keeps the chat from being deleted.
    assert problem(await bot.client.get(f"/v1/chats/{chat_id}")) == "chat_not_found"
    await hearth.run_job("chats.delete_emptied")
