"""Every command of a chat: what was before, with the entries that it wrote, is what is there afterwards."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from src import clock
from src.feature import Role
from tests.chats.steps import founded, good
from tests.hearth import Hearth, Person

pytestmark = pytest.mark.system

Shown = dict[str, Any]
_RULES = ("name", "topic", "is_public", "is_read_only", "slow_mode_seconds", "retention_days")


@dataclass
class State:
    """A chat as a client keeps it: messages by their ids, none for a deleted one, rules, and members' roles."""

    messages: dict[str, Shown | None]
    rules: Shown
    members: dict[str, str]

    def apply(self, entry: Shown) -> None:
        """What a client does with an entry."""
        told = entry["d"]
        match entry["t"]:
            case "msg.new" | "msg.edit" | "msg.change":
                self.messages[told["id"]] = told
                if entry["t"] == "msg.new":
                    self._count(told, 1)
            case "msg.delete":
                self._count(self.messages[told["id"]] or {}, -1)
                self.messages[told["id"]] = None
            case "msg.react":
                message = self.messages[told["id"]]
                assert message is not None
                message["reactions"] = told["reactions"]
            case "chat.change":
                self.rules = {name: told[name] for name in _RULES}
            case "member.join":
                self.members[told["account_id"]] = told["role"]
            case "member.role":
                self.members[told["account_id"]] = told["role"]
            case "member.leave":
                del self.members[told["account_id"]]
            case other:
                raise AssertionError(other)

    def _count(self, message: Shown, by: int) -> None:
        root = self.messages.get(message.get("thread_id") or "")
        if root is not None:
            root["replies_count"] += by


async def state_of(person: Person, chat_id: str) -> State:
    """The chat as the server shows it."""
    messages = good(await person.client.get(f"/v1/chats/{chat_id}/messages?limit=80"))["items"]
    chat = good(await person.client.get(f"/v1/chats/{chat_id}"))
    members = good(await person.client.get(f"/v1/groups/{chat_id}/members?limit=80"))["items"]
    return State(
        {one["id"]: None if one["deleted_at"] else one for one in messages},
        {name: chat[name] for name in _RULES},
        {one["user"]["id"]: one["role"] for one in members},
    )


@dataclass
class Verified:
    """Does commands to a chat and holds each against its entries, as one member sees them."""

    viewer: Person
    chat_id: str
    state: State
    ev: int = 0

    async def run(self, person: Person, method: str, path: str, body: object = None, *, entries: int = 1) -> Shown:
        """Does one; so many entries come of it."""
        answer = await person.client.request(method, path.format(chat=self.chat_id), json=body)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        address = f"/v1/streams/chat:{self.chat_id}/events?since={self.ev}"
        page = good(await self.viewer.client.get(address))
        assert len(page["events"]) == entries, f"{method} {path}: {page['events']}"
        for entry in page["events"]:
            self.ev += 1
            assert entry["ev"] == self.ev
            self.state.apply(entry)
        assert self.state == await state_of(self.viewer, self.chat_id), f"{method} {path}"
        shown: Shown = answer.json() if answer.content else {}
        return shown


async def _verified(owner: Person, chat_id: str) -> Verified:
    page = good(await owner.client.get(f"/v1/streams/chat:{chat_id}/events?since=0"))
    shown = await state_of(owner, chat_id)
    # Of what it was founded with, only the rules have no entries.
    state = State({}, shown.rules, {})
    for entry in page["events"]:
        state.apply(entry)
    assert state == shown
    return Verified(owner, chat_id, state, page["upto"])


_MESSAGES = "/v1/chats/{chat}/messages"


async def test_what_is_said_and_done_to_it(hearth: Hearth) -> None:
    ada, ben = await hearth.account("ada"), await hearth.account("ben")
    chat = await _verified(ada, await founded(ada, ben))
    first = await chat.run(ada, "POST", _MESSAGES, {"text": "Dinner at **eight**, @ben?"})
    one = f"{_MESSAGES}/{first['id']}"
    await chat.run(ben, "POST", _MESSAGES, {"text": "Yes, @all", "reply_to_id": first["id"]})
    await chat.run(ada, "PATCH", one, {"text": "Dinner at nine?"})
    await chat.run(ada, "PATCH", one, {"text": "Dinner at nine?"}, entries=0)
    await chat.run(ben, "PUT", f"{one}/reactions/👍")
    await chat.run(ben, "PUT", f"{one}/reactions/👍", entries=0)
    await chat.run(ada, "PUT", f"{one}/reactions/🎉")
    await chat.run(ben, "DELETE", f"{one}/reactions/👍")
    await chat.run(ada, "PUT", f"/v1/chats/{{chat}}/pins/{first['id']}")
    await chat.run(ada, "DELETE", f"/v1/chats/{{chat}}/pins/{first['id']}")
    threaded = await chat.run(ben, "POST", _MESSAGES, {"text": "Who cooks?", "thread_id": first["id"]})
    await chat.run(ben, "DELETE", f"{_MESSAGES}/{threaded['id']}")
    await chat.run(ben, "POST", f"{one}/hide", entries=0)
    await chat.run(ben, "PUT", "/v1/chats/{chat}/read", {"seq": 2}, entries=0)
    await chat.run(ada, "DELETE", one)


async def test_its_rules_and_its_members(hearth: Hearth) -> None:
    ada, ben, cleo = [await hearth.account(name) for name in ("ada", "ben", "cleo")]
    chat = await _verified(ada, await founded(ada, ben, kind="channel", is_public=True))
    member = f"/v1/groups/{{chat}}/members/{ben.id}"
    await chat.run(ada, "PATCH", "/v1/chats/{chat}", {"name": "Garden", "topic": "What grows", "slow_mode_seconds": 5})
    await chat.run(ada, "PATCH", "/v1/chats/{chat}", {"is_read_only": True})
    await chat.run(cleo, "POST", "/v1/chats/{chat}/join")
    await chat.run(ada, "PATCH", member, {"role": "admin"})
    await chat.run(ada, "DELETE", member)
    await chat.run(ada, "PUT", member)
    await chat.run(ada, "PUT", f"/v1/groups/{{chat}}/bans/{ben.id}")
    await chat.run(ada, "DELETE", f"/v1/groups/{{chat}}/bans/{ben.id}", entries=0)
    await chat.run(ada, "POST", "/v1/groups/{chat}/transfer", {"account_id": str(cleo.id)}, entries=2)
    await chat.run(cleo, "DELETE", f"/v1/groups/{{chat}}/members/{cleo.id}", entries=2)


async def test_a_clock_that_jumps_changes_no_order(hearth: Hearth) -> None:
    ada, ben = await hearth.account("ada"), await hearth.account("ben")
    chat = await _verified(ada, await founded(ada, ben))
    sent = []
    for hours in (0, 1, -1, 5, -24):
        with clock.shifted(timedelta(hours=hours)):
            for one in (ada, ben):
                token = hearth.authenticator.access_token(
                    account_id=one.id, session_id=one.session_id, role=Role.MEMBER
                )
                one.client.headers["Authorization"] = f"Bearer {token}"
            sent.append(await chat.run(ben, "POST", _MESSAGES, {"text": f"By a clock that is {hours} hours off"}))
            shown = good(await ada.client.get(f"/v1/chats/{chat.chat_id}/messages"))["items"]
            assert [one["id"] for one in shown] == [one["id"] for one in sent]
    assert [one["seq"] for one in sent] == [1, 2, 3, 4, 5]
