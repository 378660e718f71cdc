"""Events, handlers and processes of these tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar

from sqlalchemy import text

from src.database import Database, ReadSession, WriteSession
from src.events.bus import Events
from src.events.constants import Moment
from src.events.event import Event, publish
from src.events.handlers import Handler
from src.feature import Feature, Part, Registry


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


async def ring(database: Database, *numbers: int) -> None:
    """One transaction that publishes these."""
    async with database.write() as session:
        for number in numbers:
            publish(session, Rang(actor_id=7, number=number))


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


async def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Waits until a condition holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  any condition will do
            await asyncio.sleep(0.005)


async def has_come(database: Database, note: str, expected: list[int], seconds: float = 10) -> None:
    """Waits until exactly these effects are there."""
    found: list[int] = []
    try:
        async with asyncio.timeout(seconds):
            while (found := await effects(database, note)) != expected:  # noqa: ASYNC110  the database does not call
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"{note}: {found} instead of {expected}") from None


@asynccontextmanager
async def process(
    url: str, handlers: Registry, resources: Mapping[str, object] | None = None
) -> AsyncIterator[tuple[Database, Events]]:
    """What one process has: a pool of its own and a running relay."""
    database = Database(url, pool_size=5)
    events = Events(database, handlers, resources=resources or {})
    async with events.running():
        yield database, events
    await database.close()
