"""A history of one chat under faults: people write and read, and at the end everything that was said has to agree.

Writers send over sockets and over HTTP, each message under a name of its own (`cid`), and again under the same one
until it is acknowledged; they edit and delete some. Readers read the stream from its beginning through connections that
break at random. `is_whole` holds what was acknowledged, what each reader has read and what the database has against
each other.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

from src.chats import message_models, models
from src.client import connection
from src.client.session import Key
from src.database import Database
from src.events.models import OutboxRow
from tests.system.chat_people import Person
from tests.system.chat_reading import Kept, Reader
from tests.system.house import PATIENCE, until, wrong_in

# What may be sent again, and when.
_AGAIN = {409, 503}
_PAUSE = 0.03
_FIRST_WAIT = 0.05
# Every so manieth message over HTTP is edited, another one deleted.
_EDITED, _DELETED = 5, 7


@dataclass(frozen=True)
class Place:
    """Where a message stands, as the server says."""

    id: int
    seq: int
    ev: int


@dataclass
class History:
    """What has been said in a chat.

    Attributes:
        url: of the server that is written to.
        sent: the sender and the text of each message, by its name.
        acknowledged: where the server has said that it stands.
        changed: the present text of those that were edited, none for those that were deleted.
        patience: how long an answer over HTTP is waited for, in seconds.
        cut: requests that were never answered.
        pause: how long each writer waits after a message, in seconds.
    """

    url: str
    chat_id: int
    sent: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    acknowledged: dict[UUID, Place] = field(default_factory=dict)
    changed: dict[int, str | None] = field(default_factory=dict)
    readers: list[Reader] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    patience: float = PATIENCE
    cut: int = 0
    doubled: int = 0
    is_over: bool = False
    pause: float = 0.0

    @property
    def stream(self) -> str:
        """The chat's stream."""
        return f"chat:{self.chat_id}"

    def says(self, sender: Person, text: str) -> UUID:
        """Notes that a message is about to be sent; its name."""
        cid = uuid4()
        self.sent[cid] = (sender.id, text)
        return cid

    def acknowledges(self, cid: UUID, place: Place, *, dup: bool) -> None:
        """Notes what the server has answered, which it never answers otherwise."""
        assert self.acknowledged.setdefault(cid, place) == place
        self.doubled += dup

    async def goes_on(self, count: int) -> None:
        """Waits until so many more messages were acknowledged: a crowd's in three parts, each in its own time."""
        before = len(self.acknowledged)
        for part in (count // 3, 2 * count // 3, count):
            await until(partial(self._has, before + part), f"{part} of {count} messages; {self.statuses}")

    def _has(self, count: int) -> bool:
        return len(self.acknowledged) >= count

    @asynccontextmanager
    async def running(
        self,
        *,
        sockets: Sequence[Person] = (),
        http: Sequence[Person] = (),
        readers: Sequence[Reader] = (),
        cut_off: bool = False,
    ) -> AsyncIterator[None]:
        """All of them for the length of the block; afterwards every message has been acknowledged and read.

        With `cut_off` the readers' connections break before the last message: nothing comes after it that would show
        them what they have missed.
        """
        self.readers += readers
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(reader.run()) for reader in readers]
            writing = [group.create_task(self._write_by_socket(one)) for one in sockets]
            writing += [group.create_task(self._write_by_http(one)) for one in http]
            yield
            self.is_over = True
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*writing)
                for reader in readers if cut_off else ():
                    reader.cut()
                last = await self._last_word([*http, *sockets][0])
            for reader in readers:
                await until(lambda reader=reader: reader.ev >= last, f"{last}, at {reader.ev}")  # type: ignore[misc]
            for task in reading:
                task.cancel()
        self.is_over = False

    async def _write_by_socket(self, one: Person) -> None:
        async with connection.Client(self.url, Key(one.token).tokens, first_wait=_FIRST_WAIT) as client:
            number = 0
            while not self.is_over:
                number += 1
                await self.say(client, one, f"{one.name} says no. {number}")
                await asyncio.sleep(self.pause)

    async def say(self, client: connection.Client, one: Person, text: str) -> Place:
        """Sends one message over this connection; where it stands."""
        cid = self.says(one, text)
        sent = await client.send(self.chat_id, text, cid=cid)
        place = Place(sent.id, sent.seq, sent.ev)
        self.acknowledges(cid, place, dup=sent.dup)
        return place

    async def _write_by_http(self, one: Person) -> None:
        async with self.client(one) as client:
            number = 0
            while not self.is_over:
                number += 1
                cid = self.says(one, f"{one.name} writes no. {number}")
                place = await self.post(client, cid)
                if number % _EDITED == 0:
                    await self._change(client, place, f"{one.name} corrects no. {number}")
                if number % _DELETED == 0:
                    await self._change(client, place, None)
                await asyncio.sleep(self.pause)

    async def _last_word(self, one: Person) -> int:
        """Sends one message more, after which nothing comes; its number in the stream."""
        async with self.client(one) as client:
            return (await self.post(client, self.says(one, "That was all"))).ev

    def client(self, one: Person) -> httpx.AsyncClient:
        """Somebody's way to the server."""
        return httpx.AsyncClient(timeout=self.patience, headers=one.headers)

    async def post(self, client: httpx.AsyncClient, cid: UUID) -> Place:
        """Sends a message over HTTP, perhaps again; where it stands."""
        answer = await self._insist(client, "POST", "", {"text": self.sent[cid][1], "cid": str(cid)})
        said = answer.json()
        place = Place(int(said["id"]), said["seq"], said["ev"])
        self.acknowledges(cid, place, dup=said["dup"])
        return place

    async def _change(self, client: httpx.AsyncClient, place: Place, text: str | None) -> None:
        method, body = ("DELETE", None) if text is None else ("PATCH", {"text": text})
        await self._insist(client, method, f"/{place.id}", body)
        self.changed[place.id] = text

    async def _insist(
        self, client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, str] | None
    ) -> httpx.Response:
        """Sends a request until it succeeds; every refusal on the way has to ask for that."""
        address = f"{self.url}/v1/chats/{self.chat_id}/messages{path}"
        is_perhaps_done = False
        while True:
            try:
                answer = await client.request(method, address, json=body)
            except httpx.TransportError:
                self.cut += 1
                is_perhaps_done = True
            else:
                self.statuses[answer.status_code] += 1
                # What was deleted by a request whose end nobody knows is not found by the next one.
                if answer.is_success or (is_perhaps_done and method == "DELETE" and answer.status_code == 404):
                    return answer
                assert answer.status_code in _AGAIN, answer.text
                assert answer.json()["retryable"], answer.text
                # The database may have died between its commit and its answer.
                is_perhaps_done |= answer.status_code == 503
            await asyncio.sleep(_PAUSE)

    async def is_whole(self, database: Database) -> None:
        """Holds everything against everything else."""
        kept = await self._kept(database)
        assert [one.seq for one in kept.values()] == list(range(1, len(kept) + 1))
        assert {cid: Place(one.id, one.seq, one.ev) for cid, one in kept.items()} == self.acknowledged
        for cid, one in kept.items():
            sender_id, text = self.sent[cid]
            assert (one.sender_id, one.text) == (sender_id, self.changed.get(one.id, text) or "")
        types = await self._types(database)
        for reader in self.readers:
            reader.agrees(types, list(kept.values()))
        assert await wrong_in(database) == []

    async def _kept(self, database: Database) -> dict[UUID, Kept]:
        """The messages of the database by their names, in order."""
        message = message_models.Message
        wanted = select(message).where(message.chat_id == self.chat_id).order_by(message.seq)
        async with database.read() as session:
            rows = (await session.scalars(wanted)).all()
        found = {
            row.cid: Kept(row.id, row.seq, row.ev, row.sender_id or 0, row.text) for row in rows if row.cid is not None
        }
        assert len(found) == len(rows)
        return found

    async def _types(self, database: Database) -> list[str]:
        """The types of the entries of the stream, which are numbered without a gap."""
        wanted = select(OutboxRow.ev, OutboxRow.type).where(OutboxRow.stream == self.stream).order_by(OutboxRow.ev)
        async with database.read() as session:
            rows = (await session.execute(wanted)).all()
            last = await session.scalar(select(models.Chat.last_ev).where(models.Chat.id == self.chat_id))
        assert [row.ev for row in rows] == list(range(1, (last or 0) + 1))
        return [row.type for row in rows]

    async def is_counted(self, database: Database, *members: Person) -> None:
        """What the server says is unread equals a recount of the messages."""
        message = message_models.Message
        wanted = select(message.seq).where(message.chat_id == self.chat_id, message.deleted_at.is_(None))
        async with database.read() as session:
            numbers = (await session.scalars(wanted)).all()
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            for member in members:
                answer = await client.get(f"{self.url}/v1/chats/{self.chat_id}", headers=member.headers)
                own = answer.json()["membership"]
                assert own["unread_count"] == sum(seq > own["read_seq"] for seq in numbers)

    async def is_remembered(self, *members: Person) -> None:
        """Messages that are sent again are the first ones, and under the name of one there is no other."""
        own = {member.id: member for member in members}
        cids = [cid for cid, (sender_id, _) in self.sent.items() if sender_id in own]
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            for cid in random.Random(5).sample(cids, min(20, len(cids))):
                sender_id, text = self.sent[cid]
                client.headers.update(own[sender_id].headers)
                doubled = self.doubled
                await self.post(client, cid)
                assert self.doubled == doubled + 1
                body = {"text": f"{text}, or not", "cid": str(cid)}
                other = await client.post(f"{self.url}/v1/chats/{self.chat_id}/messages", json=body)
                assert other.status_code == 409, other.text
