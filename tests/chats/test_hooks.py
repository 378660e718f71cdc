"""Hooks: an admin makes one, a program writes by it, and it is over when it is taken back."""

import asyncio
import json
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from sqlalchemy import select

from src.auth import models as auth_models
from src.chats import archive_hooks, hook_models
from src.chats.constants import HOOK_ADDRESSES, HOOKING
from src.config import Settings, override
from src.groups.config import GroupsSettings
from src.logs import JsonFormatter
from src.rate_limit import MemoryLimiter
from tests.bots.steps import good, program
from tests.chats.steps import chat_of, founded, listed, nothing_is_wrong, opened_with, read_up_to
from tests.exported import exported
from tests.hearth import Hearth, Person, problem

pytestmark = pytest.mark.integration


async def hook_of(person: Person, chat_id: str, name: str = "Backups") -> Any:
    """A new hook, as the answer to its maker shows it."""
    return good(await person.client.post(f"/v1/chats/{chat_id}/hooks", json={"name": name}))


async def sent(hearth: Hearth, hook: Any, text: str = "done", **headers: str) -> Any:
    """The answer to a message that has to be taken."""
    return good(await hearth.client.post(hook["url"], json={"text": text}, headers=headers))


async def texts(person: Person, chat_id: str) -> list[str]:
    """The texts of the chat."""
    return [one["text"] for one in good(await person.client.get(f"/v1/chats/{chat_id}/messages"))["items"]]


async def refused(hearth: Hearth, hook: Any, **more: Any) -> str:
    """The code of a message that must not be taken."""
    return problem(await hearth.client.post(hook["url"], **(more or {"json": {"text": "late"}})))


async def test_a_program_writes_into_a_chat(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chat_id = await founded(ada, bob)
    hook = await hook_of(ada, chat_id)
    assert hook["url"].startswith("http://hearth.test/v1/chat-hooks/hthw_")
    assert (hook["created_by_id"], hook["account"]["is_bot"]) == (str(ada.id), True)
    answer = await sent(hearth, hook, f"Backup **done**, @{bob.username} @all")
    assert (answer["seq"], answer["chat_id"], answer["dup"], answer["is_cut"]) == (1, chat_id, False, False)
    shown = good(await bob.client.get(f"/v1/chats/{chat_id}/messages"))
    (message,) = shown["items"]
    assert (message["id"], message["sender_id"]) == (answer["id"], hook["account"]["id"])
    assert [(one["display_name"], one["is_bot"]) for one in shown["people"] if one["id"] == message["sender_id"]] == [
        ("Backups", True)
    ]
    # Somebody is named, but not all.
    assert (message["mention_ids"], message["names_all"]) == ([str(bob.id)], False)
    assert message["text"] == "Backup **done**, @bob @all"
    (mine,) = await listed(bob)
    assert (mine["membership"]["unread_count"], mine["membership"]["mentions_count"]) == (1, 1)
    await hearth.settle()
    kinds = [one["kind"] for one in good(await bob.client.get("/v1/notifications"))["items"]]
    assert kinds == ["chat_mention"]
    await read_up_to(bob, chat_id, 1)
    await nothing_is_wrong(hearth)


async def test_members_are_told_of_what_a_hook_says(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chat_id = await founded(ada, bob)
    await sent(hearth, await hook_of(ada, chat_id), "@all the house is on fire")
    await hearth.settle()
    assert [one["kind"] for one in good(await bob.client.get("/v1/notifications"))["items"]] == ["chat_message"]


async def test_what_slack_takes_is_taken(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    url = (await hook_of(ada, chat_id))["url"]
    alert = {
        "text": "",
        "attachments": [{"title": "Disk", "fallback": "x", "fields": [{"value": 5}]}],
        "channel": "#x",
    }
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for content, headers in (
        (json.dumps(alert), {"Content-Type": "application/json; charset=utf-8"}),
        (f"payload={quote_plus(json.dumps({'text': 'a & b = ü'}))}", form),
        # As `curl -d` sends it without a word about its type.
        (json.dumps({"text": "bare"}), form),
        (json.dumps({"text": "plain"}), {"Content-Type": "text/plain"}),
    ):
        good(await hearth.client.post(url, content=content.encode(), headers=headers))
    assert await texts(ada, chat_id) == ["Disk\n5", "a & b = ü", "bare", "plain"]


async def test_what_is_nothing_of_the_kind_is_refused_and_writes_nothing(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    hook = await hook_of(ada, chat_id)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for said, code in (
        ({"json": {"text": "  \n"}}, "message_empty"),
        ({"json": {}}, "message_empty"),
        ({"json": {"blocks": [{"type": "divider"}]}}, "message_empty"),
        ({"json": {"text": 5}}, "invalid_input"),
        ({"json": {"attachments": [5]}}, "invalid_input"),
        ({"json": {"attachments": [{}] * 21}}, "invalid_input"),
        ({"json": ["text"]}, "invalid_input"),
        ({"json": {"text": "\0"}}, "invalid_input"),
        ({"content": b"{", "headers": form}, "malformed_body"),
        ({"content": b'{"text": "\\ud800"}', "headers": form}, "malformed_body"),
        ({"content": b'{"text":' + b"[" * 100 + b"]" * 100 + b"}", "headers": form}, "malformed_body"),
        ({"content": b"payload=%FF", "headers": form}, "malformed_body"),
        ({"content": b"payload=", "headers": form}, "malformed_body"),
        ({"content": b'{"attachments": [{"fields": [{"value": NaN}]}]}'}, "malformed_body"),
        ({"content": b""}, "malformed_body"),
        ({"json": {"text": "a" * 64 * 1024}}, "body_too_large"),
        ({"content": b"a" * (64 * 1024 + 1), "headers": form}, "body_too_large"),
        ({"json": {"text": "a"}, "headers": {"Idempotency-Key": "a" * 256}}, "invalid_input"),
    ):
        assert await refused(hearth, hook, **said) == code, said
    answer = await hearth.client.post(hook["url"], json={"attachments": [{"title": 5}]})
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "attachments", 0, "title"]]
    assert await texts(ada, chat_id) == []
    answer = await sent(hearth, hook, "a" * 20_000)
    assert answer["is_cut"]
    assert [len(text) for text in await texts(ada, chat_id)] == [10_000]


async def test_said_again_under_its_key_a_message_is_the_first_one(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    hook, other = await hook_of(ada, chat_id), await hook_of(ada, chat_id, "Others")
    key = {"Idempotency-Key": "backup-2026-11-21"}
    answers = await asyncio.gather(*(sent(hearth, hook, **key) for _ in range(8)))
    assert len({answer["id"] for answer in answers}) == 1
    assert sorted(answer["dup"] for answer in answers) == [False] + [True] * 7
    assert await refused(hearth, hook, json={"text": "something else"}, headers=key) == "message_differs"
    # Another hook's keys are its own, and without one each is new.
    assert not (await sent(hearth, other, **key))["dup"]
    assert [(await sent(hearth, hook))["dup"] for _ in range(2)] == [False, False]
    assert len(await texts(ada, chat_id)) == 4


async def test_admins_alone_list_make_and_take_back_hooks(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chat_id, direct = await founded(ada, bob), await opened_with(ada, bob)
    other, hook = await founded(bob), await hook_of(ada, chat_id)
    hooks = f"/v1/chats/{chat_id}/hooks"
    for answer in (
        await bob.client.get(hooks),
        await bob.client.post(hooks, json={"name": "x"}),
        await bob.client.post(f"{hooks}/{hook['id']}/rotation"),
        await bob.client.delete(f"{hooks}/{hook['id']}"),
    ):
        assert problem(answer) == "chat_not_yours"
    assert problem(await ada.client.post(f"/v1/chats/{direct}/hooks", json={"name": "x"})) == "chat_is_direct"
    assert problem(await ada.client.delete(f"{hooks}/1")) == "chat_hook_not_found"
    # Nor is it within reach of who administers another chat.
    elsewhere = f"/v1/chats/{other}/hooks"
    assert good(await bob.client.get(elsewhere))["items"] == []
    assert problem(await bob.client.post(f"{elsewhere}/{hook['id']}/rotation")) == "chat_hook_not_found"
    assert problem(await bob.client.delete(f"{elsewhere}/{hook['id']}")) == "chat_hook_not_found"
    items = good(await ada.client.get(hooks))["items"]
    assert items == [{name: value for name, value in hook.items() if name != "url"}]
    good(await ada.client.patch(f"/v1/groups/{chat_id}/members/{bob.id}", json={"role": "admin"}))
    good(await bob.client.delete(f"{hooks}/{hook['id']}"))
    assert good(await ada.client.get(hooks))["items"] == []
    assert await refused(hearth, hook) == "chat_hook_not_valid"


async def test_the_code_is_stored_nowhere(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    hook = await hook_of(ada, await founded(ada))
    await sent(hearth, hook)
    code = hook["url"].rpartition("/")[2]
    async with hearth.database.read() as session:
        connection = await session.connection()
        names = (await connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for (name,) in names:
            found = f"SELECT count(*) FROM {name} t WHERE position('{code}' IN t::text) > 0"
            assert (await connection.exec_driver_sql(found)).scalar_one() == 0, name


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """All that is logged, as it would be written."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(JsonFormatter().format(record))

    handler, root, access = Keep(), logging.getLogger(), logging.getLogger("hearth.access")
    before = access.level
    root.addHandler(handler)
    access.setLevel(logging.INFO)
    yield found
    access.setLevel(before)
    root.removeHandler(handler)


async def test_the_code_stands_in_no_log_and_in_no_answer_but_the_first(hearth: Hearth, lines: list[str]) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    hook = await hook_of(ada, chat_id)
    code = hook["url"].rpartition("/")[2]
    invite = good(await ada.client.post(f"/v1/groups/{chat_id}/invites", json={}))
    answers = [
        # What has no shape of its own is kept out by where it stands.
        await ada.client.get(f"/v1/group-invites/{invite['code']}"),
        await hearth.client.post(hook["url"], json={"text": "done"}),
        await hearth.client.post(hook["url"], content=b"{", headers={"Content-Type": "application/json"}),
        await hearth.client.post(hook["url"], json={"text": "a" * 64 * 1024}),
        await hearth.client.get(hook["url"]),
        await hearth.client.post(f"{hook['url']}/more", json={"text": "x"}),
        await hearth.client.post(f"/v1/chat-hooks/wrong/{code}", json={"text": "x"}),
        await hearth.client.post(f"/v1/chat-hooks/{code[:-1]}", json={"text": "x"}),
        await hearth.client.post("/v1/chat-hooks/%68thw_" + code[5:], json={"text": "x"}),
    ]
    assert len(lines) >= len(answers)
    assert any("/v1/chat-hooks/[redacted]" in line for line in lines)
    for text in (*lines, *(answer.text for answer in answers), *(str(answer.headers) for answer in answers)):
        assert code[5:-1] not in text
        assert invite["code"] not in text


async def test_another_code_takes_the_place_of_the_first(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    hook = await hook_of(ada, chat_id)
    fresh = good(await ada.client.post(f"/v1/chats/{chat_id}/hooks/{hook['id']}/rotation"))
    assert (fresh["id"], fresh["account"]) == (hook["id"], hook["account"])
    assert await refused(hearth, hook) == "chat_hook_not_valid"
    await sent(hearth, fresh)
    for wrong in ("x", "hthw_" + "0" * 43, fresh["url"][-48:].lower(), "hthw_" + "ä" * 43):
        answer = await hearth.client.post(f"/v1/chat-hooks/{wrong}", json={"text": "x"})
        assert (answer.status_code, problem(answer)) == (404, "chat_hook_not_valid")


async def test_a_hook_is_over_when_its_bot_is_sent_away_and_its_messages_stay(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chat_id = await founded(ada, bob)
    spoken, silent = await hook_of(ada, chat_id), await hook_of(ada, chat_id, "Silent")
    await sent(hearth, spoken, "still here")
    for hook in (spoken, silent):
        good(await ada.client.delete(f"/v1/groups/{chat_id}/members/{hook['account']['id']}"))
        assert await refused(hearth, hook) == "chat_hook_not_valid"
    assert good(await ada.client.get(f"/v1/chats/{chat_id}/hooks"))["items"] == []
    # Brought back as a member, the bot does not bring back its hook.
    good(await ada.client.put(f"/v1/groups/{chat_id}/members/{spoken['account']['id']}"))
    assert await refused(hearth, spoken) == "chat_hook_not_valid"
    await hearth.run_job("archives.delete_due")
    shown = good(await bob.client.get(f"/v1/chats/{chat_id}/messages"))
    assert [(one["text"], one["sender_id"]) for one in shown["items"]] == [("still here", spoken["account"]["id"])]
    assert [one["display_name"] for one in shown["people"]] == ["Backups"]
    async with hearth.database.read() as session:
        # Who has said nothing is needed by nothing.
        assert await session.get(auth_models.Account, int(silent["account"]["id"])) is None
        assert await session.get(auth_models.Account, int(spoken["account"]["id"])) is not None
    await nothing_is_wrong(hearth)


async def test_what_is_sent_while_the_hook_is_taken_back_stands_before_that_or_nowhere(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    hook = await hook_of(ada, chat_id)
    with override(Settings, rate_limit=0):
        sends = [hearth.client.post(hook["url"], json={"text": str(number)}) for number in range(20)]
        revoked = ada.client.delete(f"/v1/chats/{chat_id}/hooks/{hook['id']}")
        answers = await asyncio.gather(*sends[:10], revoked, *sends[10:])
    posts = [answer for answer in answers if answer.request.method == "POST"]
    assert {problem(answer) for answer in posts if answer.is_error} <= {"chat_hook_not_valid"}
    assert sorted(await texts(ada, chat_id)) == sorted(
        json.loads(answer.request.content)["text"] for answer in posts if answer.status_code == 201
    )
    assert await refused(hearth, hook) == "chat_hook_not_valid"
    await nothing_is_wrong(hearth)


async def test_a_hook_writes_where_members_only_read_and_is_not_slowed_down(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chat_id = await founded(ada, bob, is_read_only=True, slow_mode_seconds=600)
    hook = await hook_of(ada, chat_id)
    for _ in range(2):
        await sent(hearth, hook)
    member = f"/v1/groups/{chat_id}/members/{hook['account']['id']}"
    good(await ada.client.patch(member, json={"role": "member"}))
    assert await refused(hearth, hook) == "chat_is_read_only"
    good(await ada.client.patch(f"/v1/chats/{chat_id}", json={"is_read_only": False}))
    assert await refused(hearth, hook) == "chat_is_slow"


async def test_a_hook_stays_with_the_chat_when_its_maker_leaves_it(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    chat_id = await founded(ada, bob)
    hook = await hook_of(ada, chat_id)
    good(await ada.client.delete(f"/v1/groups/{chat_id}/members/{ada.id}"))
    await sent(hearth, hook)
    members = good(await bob.client.get(f"/v1/groups/{chat_id}/members"))["items"]
    assert {one["user"]["username"]: one["role"] for one in members if not one["user"]["is_bot"]} == {"bob": "owner"}
    (shown,) = good(await bob.client.get(f"/v1/chats/{chat_id}/hooks"))["items"]
    assert shown["created_by_id"] == str(ada.id)
    async with hearth.database.read() as session:
        [row] = (await exported(session, archive_hooks.export(ada.id)))["chat_hooks"]
    # Nothing by which its code could be found.
    assert set(row) == {"id", "chat_id", "account_id", "created_by_id"}
    async with hearth.database.write() as session:
        await archive_hooks.erase(session, ada.id)
    (shown,) = good(await bob.client.get(f"/v1/chats/{chat_id}/hooks"))["items"]
    assert shown["created_by_id"] is None
    await sent(hearth, hook)


async def test_a_hook_goes_with_its_chat(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    hooks = [await hook_of(ada, chat_id), await hook_of(ada, chat_id, "Silent")]
    await sent(hearth, hooks[0])
    good(await ada.client.delete(f"/v1/groups/{chat_id}/members/{ada.id}"))
    assert await refused(hearth, hooks[0]) == "chat_hook_not_valid"
    await hearth.run_job("chats.delete_emptied")
    await hearth.run_job("archives.delete_due")
    async with hearth.database.read() as session:
        assert (await session.scalars(select(hook_models.ChatHook.id))).all() == []
        assert (await session.scalars(select(auth_models.Account.username))).all() == ["ada"]
    await nothing_is_wrong(hearth)


async def test_staff_silences_a_hook_by_suspending_its_bot(hearth: Hearth) -> None:
    boss, ada = await hearth.admin(), await hearth.account("ada")
    hook = await hook_of(ada, await founded(ada))
    good(await boss.client.put(f"/v1/admin/accounts/{hook['account']['id']}/suspension"))
    assert await refused(hearth, hook) == "chat_hook_not_valid"
    good(await boss.client.delete(f"/v1/admin/accounts/{hook['account']['id']}/suspension"))
    await sent(hearth, hook)


async def test_nobody_comes_upon_a_hook_who_is_not_in_its_chat(hearth: Hearth) -> None:
    ada, eve = await hearth.account("ada"), await hearth.account("eve")
    hook = await hook_of(ada, await founded(ada), "Secret project")
    username = hook["account"]["username"]
    everybody = good(await eve.client.get("/v1/users"))["items"]
    assert [one["username"] for one in everybody] == ["ada", "eve"]
    for path, name in (("/v1/users", "prefix"), ("/v1/search", "q")):
        for word in ("secret", username):
            found = (await eve.client.get(path, params={name: word})).text
            assert username not in found
            assert "Secret" not in found


async def test_a_chat_has_no_more_hooks_than_it_may_however_many_are_made_at_once(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    with override(Settings, rate_limit=0):
        hooks = f"/v1/chats/{chat_id}/hooks"
        answers = await asyncio.gather(*(ada.client.post(hooks, json={"name": str(number)}) for number in range(14)))
        # One that has ended takes no place, although its messages stay.
        ended = next(answer.json() for answer in answers if answer.is_success)
        await sent(hearth, ended)
        good(await ada.client.delete(f"{hooks}/{ended['id']}"))
        await hook_of(ada, chat_id)
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 4
    assert {problem(answer) for answer in answers if answer.is_error} == {"chat_too_many_hooks"}
    assert (await chat_of(ada, chat_id))["members_count"] == 11
    await nothing_is_wrong(hearth)


async def test_who_sends_too_much_waits(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    hook, other = await hook_of(ada, chat_id), await hook_of(ada, chat_id, "Others")
    limiter = hearth.runtime.resources["limiter"]
    assert isinstance(limiter, MemoryLimiter)
    assert limiter.check(hook["id"], HOOKING, HOOKING.quota).allowed
    answer = await until_refused(hearth, hook["url"])
    assert (answer.status_code, problem(answer)) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) >= 1
    # Each hook has a quota of its own, and whoever guesses has one for all.
    await sent(hearth, other)
    assert (await hearth.client.post("/v1/chat-hooks/nothing", json={"text": "x"})).status_code == 404
    while limiter.check("127.0.0.1", HOOK_ADDRESSES).allowed:
        pass
    assert (await until_refused(hearth, "/v1/chat-hooks/nothing")).status_code == 429


async def until_refused(hearth: Hearth, url: str) -> httpx.Response:
    """The first answer of 429; a message a second may pass meanwhile."""
    for _ in range(20):
        answer = await hearth.client.post(url, json={"text": "again"})
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            return answer
    raise AssertionError("nothing was refused")


async def test_whoever_makes_hooks_all_day_waits(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    hooks = f"/v1/chats/{await founded(ada)}/hooks"
    statuses = [(await ada.client.post(hooks, json={"name": ""})).status_code for _ in range(21)]
    assert statuses == [422] * 20 + [429]


async def test_a_full_chat_has_no_place_for_a_hook(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    with override(GroupsSettings, group_max_members=1):
        assert problem(await ada.client.post(f"/v1/chats/{chat_id}/hooks", json={"name": "x"})) == "group_is_full"


async def test_a_bot_writes_through_no_hook_of_its_own_making_but_by_its_key(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    bot = await program(hearth, ada)
    chat_id = await founded(ada)
    good(await ada.client.put(f"/v1/groups/{chat_id}/members/{bot.id}"))
    assert problem(await bot.client.post(f"/v1/chats/{chat_id}/hooks", json={"name": "x"})) == "chat_not_yours"
    good(await bot.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "by key"}))
    assert await texts(ada, chat_id) == ["by key"]
