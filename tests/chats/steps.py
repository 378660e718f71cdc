"""What tests do with chats again and again, over HTTP; messages are sent by the statement itself."""

from http import HTTPStatus
from typing import Any

import httpx
from sqlalchemy import select

from src import clock
from src.chats import checks, message_models, sending
from src.events.models import OutboxRow
from src.groups import checks as groups_checks
from tests.chats import building
from tests.hearth import Hearth, Person

Shown = dict[str, Any]


def good(response: httpx.Response) -> Shown:
    """The answer to a request that has to succeed."""
    assert response.status_code < HTTPStatus.BAD_REQUEST, response.text
    shown: Shown = response.json()
    return shown


async def founded(person: Person, *others: Person, kind: str = "group", **fields: object) -> str:
    """The id of a new group or channel of the person with these others."""
    body = {"kind": kind, "name": "Film night", "member_ids": [str(other.id) for other in others], **fields}
    response = await person.client.post("/v1/chats", json=body)
    assert response.status_code == HTTPStatus.CREATED, response.text
    return str(response.json()["id"])


async def opened_with(person: Person, other: Person) -> str:
    """The id of the chat of the two."""
    while True:
        response = await person.client.put(f"/v1/chats/direct/{other.id}")
        # Where many wait for each other, they are asked to come again.
        if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            return str(good(response)["id"])


async def chat_of(person: Person, chat_id: str) -> Shown:
    """The chat as the person sees it."""
    return good(await person.client.get(f"/v1/chats/{chat_id}"))


async def listed(person: Person) -> list[Shown]:
    """The person's chats."""
    items: list[Shown] = good(await person.client.get("/v1/chats?limit=80"))["items"]
    return items


async def counts(person: Person, chat_id: str) -> tuple[int, int]:
    """Unread messages and mentions."""
    membership = (await chat_of(person, chat_id))["membership"]
    return membership["unread_count"], membership["mentions_count"]


async def say(hearth: Hearth, person: Person, chat_id: str, text: str = "hello", **more: object) -> int:
    """The id of a new message, which names the `names` among its arguments."""
    names: Any = more.pop("names", ())
    draft = building.draft(int(chat_id), person.id, text, **more)
    async with hearth.database.write() as session:
        rows = await sending.SEND.fetch(session, **sending.arguments([draft], clock.now()))
        assert rows, "not sent"
        message_id, seq = int(rows[0]["id"]), int(rows[0]["seq"])
        session.add_all(
            message_models.MessageMention(account_id=other.id, chat_id=int(chat_id), seq=seq, message_id=message_id)
            for other in names
        )
    return message_id


async def read_up_to(person: Person, chat_id: str, seq: int) -> Shown:
    """The answer to a mark."""
    return good(await person.client.put(f"/v1/chats/{chat_id}/read", json={"seq": seq}))


async def told(hearth: Hearth, chat_id: str) -> list[tuple[int, str, int | None]]:
    """The entries of the chat's stream: number, type and the account that each is about."""
    statement = select(OutboxRow.ev, OutboxRow.type, OutboxRow.payload["account_id"].astext).where(
        OutboxRow.stream == f"chat:{chat_id}"
    )
    async with hearth.database.read() as session:
        rows = (await session.execute(statement.order_by(OutboxRow.ev))).all()
    return [(ev or 0, type_.removeprefix("chats."), None if id_ is None else int(id_)) for ev, type_, id_ in rows]


async def nothing_is_wrong(hearth: Hearth) -> None:
    """Recounts all chats and groups."""
    async with hearth.database.read() as session:
        for check in (checks.seats, checks.unread, groups_checks.members):
            assert await check(session) == []
