"""A domain for these tests: rooms with a stream each, whose entries are what anybody writes there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

import orjson
from pydantic import BaseModel

from src.database import Database, ReadSession
from src.events import records
from src.events.event import Event, publish
from src.exceptions import NotPermitted
from src.feature import Feature
from src.features import FEATURES
from src.realtime import parts
from src.realtime.constants import Permission
from src.realtime.hub import Hub
from src.schemas import Input


class Written(Event):
    """Somebody has written into a room."""

    type: ClassVar[str] = "rooms.written"

    text: str
    joins: tuple[int, ...] = ()
    leaves: tuple[int, ...] = ()


class Moved(Written):
    """Somebody has come or gone."""

    type: ClassVar[str] = "rooms.moved"


class Rooms:
    """Who is where, as the domain's tables would say it."""

    def __init__(self) -> None:
        self.members: dict[int, set[int]] = {}
        self.last_ev: dict[int, int] = {}
        self.locks: dict[int, asyncio.Lock] = {}
        # Rooms whose entries cannot be rendered, and how many entries have been rendered together.
        self.broken: set[str] = set()
        self.rendered: list[int] = []
        # Rendering waits for it, with the database's connection in its hand.
        self.may_render = asyncio.Event()
        self.may_render.set()
        # What happens between a look where a room ends and whatever comes of it.
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    async def write(
        self, database: Database, room: int, text: str, *, joins: Sequence[int] = (), leaves: Sequence[int] = ()
    ) -> int:
        """One entry; its number."""
        # As under the lock of a row: the next number is given when the entry before is committed.
        async with self.locks.setdefault(room, asyncio.Lock()):
            ev = self.last_ev.get(room, 0) + 1
            members = self.members.setdefault(room, set())
            kind = Moved if joins or leaves else Written
            async with database.write() as session:
                event = kind(actor_id=7, text=text, joins=tuple(joins), leaves=tuple(leaves))
                publish(session, event, stream=f"room:{room}", ev=ev)
                self.last_ev[room] = ev
                members |= set(joins)
                members -= set(leaves)
            return ev

    async def write_many(self, database: Database, rooms: Sequence[int], count: int) -> None:
        """So many entries in each of these rooms, all at once."""
        async with database.write() as session:
            for room in rooms:
                last = self.last_ev[room]
                self.last_ev[room] = last + count
                for ev in range(last + 1, last + count + 1):
                    publish(session, Written(actor_id=7, text="many"), stream=f"room:{room}", ev=ev)

    async def heads(self, database: Database, account_id: int) -> Sequence[parts.Head]:
        del database
        mine = [room for room, members in self.members.items() if account_id in members]
        return [parts.Head(f"room:{room}", self.last_ev[room]) for room in mine]

    async def states(self, database: Database, account_id: int, rooms: Sequence[int]) -> parts.States:
        del database, account_id
        return {room: {"name": f"Room {room}"} for room in rooms}

    async def end(self, database: Database, account_id: int, room: int) -> int | None:
        del database
        found = self.last_ev[room] if account_id in self.members.get(room, ()) else None
        if self.meanwhile is not None:
            await self.meanwhile()
        return found

    async def render(self, session: ReadSession, found: Sequence[records.Record]) -> Sequence[parts.Rendered]:
        del session
        if not self.broken.isdisjoint(str(record.stream) for record in found):
            message = "private words"
            raise LookupError(message)
        self.rendered.append(len(found))
        await self.may_render.wait()
        return [
            parts.Rendered(
                record.ev or 0,
                "said",
                orjson.dumps({"text": record.payload["text"]}),
                tuple(record.payload["joins"]),  # type: ignore[arg-type]
                tuple(record.payload["leaves"]),  # type: ignore[arg-type]
            )
            for record in found
        ]


ROOMS = Rooms()


class Said(BaseModel):
    """What an entry holds."""

    text: str


class Typing(BaseModel):
    """Somebody is writing."""

    account: str


class Say(Input):
    """Asks to write."""

    room: str
    text: str


class Echoed(BaseModel):
    """The answer."""

    ev: int


async def say(operation: parts.Operation, payload: BaseModel) -> Echoed:
    """Writes into a room, and tells by the fast path."""
    assert isinstance(payload, Say)
    room = int(payload.room)
    if operation.caller.account_id not in ROOMS.members.get(room, ()):
        raise NotPermitted
    ev = await ROOMS.write(operation.database, room, payload.text)
    operation.hub.push(f"room:{room}", ev, "said", lambda: orjson.dumps({"text": payload.text}))
    return Echoed(ev=ev)


async def stumble(_operation: parts.Operation, _payload: Say) -> None:
    message = "private words"
    raise LookupError(message)


async def type_(operation: parts.Operation, payload: Say) -> None:
    """Tells that somebody writes."""
    account_id = operation.caller.account_id
    data = orjson.dumps({"account": str(account_id)})
    operation.hub.ephemeral(f"room:{payload.room}", "typing", data, by=account_id)


FEATURE = Feature(
    "rooms",
    (
        parts.StreamKind(
            "room",
            Permission.READ,
            ROOMS.heads,
            ROOMS.end,
            ROOMS.render,
            moving=frozenset({"rooms.moved"}),
            states=ROOMS.states,
        ),
        parts.Op("say", Say, Echoed, say),
        parts.Op("stumble", Say, None, stumble),
        parts.Op("hum", Say, None, type_),
        parts.EventType("room", "said", Said),
        parts.EventType("room", "typing", Typing, ephemeral=True),
    ),
)
WITH_ROOMS = (*FEATURES, FEATURE)


def hub_of(resources: Mapping[str, object]) -> Hub:
    """The hub of a process."""
    hub = resources["realtime"]
    assert isinstance(hub, Hub)
    return hub
