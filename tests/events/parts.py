"""Events, handlers and processes of these tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import ClassVar

import orjson
from sqlalchemy import text

from src.database import Database, ReadSession, WriteSession
from src.events import lag
from src.events.backbone import Backbone
from src.events.bus import Events
from src.events.constants import Moment
from src.events.event import Event, publish
from src.events.handlers import Handler
from src.feature import Feature, Part, Registry
from tests.events import brokers
from tests.patience import PATIENT


class Rang(Event):
    """Somebody rang."""

    type: ClassVar[str] = "bells.rang"

    number: int


class Knocked(Event):
    """Somebody knocked."""

    type: ClassVar[str] = "doors.knocked"

    number: int


def registry(**features: tuple[Part, ...]) -> Registry:
    """A registry of these features' handlers."""
    return Registry([Feature(name, parts) for name, parts in features.items()], consumed=[Handler])


def recorder(
    note: str, *, poison: Callable[[int], bool] = lambda _number: False
) -> Callable[[WriteSession, Rang | Knocked], Awaitable[None]]:
    """A handler whose effect is a row (note, number); it fails after the effect on numbers that are poison."""

    async def record(session: WriteSession, event: Rang | Knocked) -> None:
        await session.execute(
            text("INSERT INTO effects (note, number) VALUES (:note, :number)"), {"note": note, "number": event.number}
        )
        if poison(event.number):
            message = "the private words of somebody"
            raise LookupError(message)

    return record


def after(note: str, *, poison: Callable[[int], bool] = lambda _number: False) -> Handler:
    """An AFTER handler of `Rang` that records."""
    return Handler(Rang, recorder(note, poison=poison), when=Moment.AFTER)


def keep(event: Rang, resources: Mapping[str, object]) -> None:
    """Adds the number to the process's list."""
    numbers = resources["numbers"]
    assert isinstance(numbers, list)
    numbers.append(event.number)


# Needs the process's resource `numbers`.
EVERYWHERE = (Handler(Rang, keep, when=Moment.EVERYWHERE),)


async def ring(database: Database, *numbers: int, actor_id: int = 7) -> None:
    """One transaction that publishes these."""
    async with database.write() as session:
        for number in numbers:
            publish(session, Rang(actor_id=actor_id, number=number))


async def fail_after(database: Database, event: Event) -> None:
    """A transaction that publishes, then fails."""
    async with database.write() as session:
        publish(session, event)
        raise ZeroDivisionError


async def knock(database: Database, *numbers: int) -> None:
    """The same with knocks."""
    async with database.write() as session:
        for number in numbers:
            publish(session, Knocked(actor_id=7, number=number))


async def effects(database: Database, note: str) -> list[int]:
    """The numbers that were recorded under this note, in the order of recording."""
    async with database.read() as session:
        rows = await session.execute(text("SELECT number FROM effects WHERE note = :note ORDER BY id"), {"note": note})
        return [row.number for row in rows]


async def count(session: ReadSession, table: str) -> int:
    """How many rows a table has."""
    return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def rows_in(database: Database, table: str) -> int:
    """The same, seen from outside of any transaction."""
    async with database.read() as session:
        return await count(session, table)


async def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until a condition holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  any condition will do
            await asyncio.sleep(0.005)


async def has_come(
    database: Database, note: str, expected: list[int], seconds: float = 60, *, in_any_order: bool = False
) -> None:
    """Waits until exactly these effects are there."""
    found: list[int] = []

    def is_all() -> bool:
        return (sorted(found) if in_any_order else found) == expected

    try:
        async with asyncio.timeout(seconds):
            while not is_all():
                found[:] = await effects(database, note)
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"{note}: {found} instead of {expected}") from None


async def published(database: Database) -> None:
    """Waits until the relay has noted that everything is in Kafka."""
    async with asyncio.timeout(brokers.PATIENCE):
        while True:
            async with database.read() as session:
                if not (await lag.unpublished(session)).count:
                    return
            await asyncio.sleep(0.01)


async def numbers_in(backbone: Backbone) -> list[int]:
    """The numbers of all rings in the topic of actors' events, of which one actor has all."""
    found = await asyncio.to_thread(brokers.records, backbone, backbone.events)
    return [orjson.loads(one.value() or b"")["payload"]["number"] for one in found]


@asynccontextmanager
async def process(
    url: str,
    handlers: Registry,
    resources: Mapping[str, object] | None = None,
    *,
    backbone: Backbone | None = None,
    consumes: bool = False,
) -> AsyncIterator[tuple[Database, Events]]:
    """What one process has: a pool of its own and a running relay; with a Kafka, it may run handlers from there."""
    database = Database(url, pool_size=5, pool_timeout=30, settings=PATIENT)
    events = Events(database, handlers, resources=resources or {}, backbone=backbone)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(events.running())
        if consumes:
            await stack.enter_async_context(events.consuming())
        yield database, events
    await database.close()


async def heard_by_both(first: Database, second: Database, here: list[int], there: list[int]) -> None:
    """Rings until both processes are listening and have heard all of that."""
    async with asyncio.timeout(30):
        while not (-2 in here and -1 in there):
            await ring(first, -1)
            await ring(second, -2)
            await asyncio.sleep(0.05)
    # Others may still be on their way, in front of these; what a process has written itself it hears at once.
    await ring(first, -3)
    await ring(second, -4)
    await eventually(lambda: -3 in there and -4 in here)
