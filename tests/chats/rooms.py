"""Chats of tests, written straight into the tables, with the ways to speak in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select

from src import clock
from src.chats import models, sending
from src.chats.constants import GROUP_KIND, ChatKind
from src.chats.message_texts import content_of
from src.chats.service_sending import name
from src.events.models import OutboxRow
from src.groups import service as groups_service
from src.groups.constants import GroupRole
from tests.hearth import Hearth, Person


@dataclass(frozen=True)
class Room:
    """A chat of a test."""

    hearth: Hearth
    id: int

    @property
    def path(self) -> str:
        """Where it is found."""
        return f"/v1/chats/{self.id}"

    def message(self, message_id: int) -> str:
        """Where one of its messages is found."""
        return f"{self.path}/messages/{message_id}"

    async def say(self, person: Person, text: str = "hello", **also: Any) -> int:
        """The id of a new message of this member."""
        content = content_of(text, may_be_blank=True)
        draft = sending.Draft(
            chat_id=self.id,
            sender_id=person.id,
            cid=uuid4(),
            digest=0,
            text=content.text,
            names_all=content.names_all,
            **also,
        )
        async with self.hearth.database.write() as session:
            [row] = await sending.SEND.fetch(session, **sending.arguments([draft], clock.now()))
            await name(session, chat_id=self.id, seq=row["seq"], message_id=row["id"], usernames=content.usernames)
        message_id: int = row["id"]
        return message_id

    async def read(self, person: Person, message_id: int) -> Any:
        """A message as this member sees it."""
        response = await person.client.get(self.message(message_id))
        assert response.status_code == HTTPStatus.OK, response.text
        return response.json()

    async def told(self, *, since: int = 0) -> list[str]:
        """The types of the entries of its stream after this one; their numbers have no gap."""
        statement = select(OutboxRow.ev, OutboxRow.type).where(OutboxRow.stream == f"chat:{self.id}")
        async with self.hearth.database.read() as session:
            rows = (await session.execute(statement.order_by(OutboxRow.ev))).all()
            last = await session.scalar(select(models.Chat.last_ev).where(models.Chat.id == self.id))
        assert [row.ev for row in rows] == list(range(1, (last or 0) + 1))
        return [row.type.removeprefix("chats.") for row in rows[since:]]


async def room(
    hearth: Hearth,
    owner: Person,
    *others: Person,
    admins: Sequence[Person] = (),
    kind: ChatKind = ChatKind.GROUP,
    **rules: Any,
) -> Room:
    """A new chat; of a direct one, the first of the others is the partner."""
    people = [owner, *others, *admins]
    pair = sorted({person.id for person in people}) if kind is ChatKind.DIRECT else []
    async with hearth.database.write() as session:
        group = await groups_service.found(
            session,
            kind=GROUP_KIND,
            owner_id=owner.id,
            others=[person.id for person in people[1:]],
            is_fixed=kind is ChatKind.DIRECT,
        )
        for admin in admins:
            await groups_service.set_role(
                session, group_id=group.id, account_id=admin.id, role=GroupRole.ADMIN, by_id=owner.id
            )
        usual = {
            "name": None if pair else "Kitchen",
            "is_public": False,
            "is_read_only": False,
            "slow_mode_seconds": 0,
            "low_id": pair[0] if pair else None,
            "high_id": pair[-1] if pair else None,
        }
        chat = models.Chat(id=group.id, kind=kind, last_seq=0, last_ev=0, latest_id=group.id, **(usual | rules))
        session.add(chat)
        await session.flush()
        for account_id in {person.id for person in people}:
            session.add(models.Seat(chat_id=group.id, account_id=account_id, read_seq=0))
    return Room(hearth, group.id)


async def remove(hearth: Hearth, chat: Room, person: Person) -> None:
    """Takes a member out of a chat as the server."""
    async with hearth.database.write() as session:
        await groups_service.remove(session, group_id=chat.id, account_id=person.id, by_id=0)
        seat = await session.get(models.Seat, (chat.id, person.id))
        if seat is not None:
            await session.delete(seat)


async def block(person: Person, other: Person) -> None:
    """One of the two blocks the other."""
    response = await person.client.post(f"/v1/users/{other.username}/block")
    assert response.status_code < HTTPStatus.BAD_REQUEST, response.text


def good(response: httpx.Response) -> Any:
    """What a request that succeeds answers."""
    assert response.status_code < HTTPStatus.BAD_REQUEST, response.text
    return response.json() if response.content else None
