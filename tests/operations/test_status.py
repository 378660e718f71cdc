"""What operators see of a running house: sizes, and whether the work keeps up."""

from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import text

from src import clock
from src.database import Database, WriteSession
from src.events.bus import Events
from src.events.constants import Moment
from src.events.event import Event, publish
from src.events.handlers import Handler
from src.feature import Feature, Registry
from src.operations import queries, readiness, status
from tests.hearth import Hearth

pytestmark = pytest.mark.integration


async def look(hearth: Hearth) -> status.Status:
    async with hearth.database.read() as session:
        return await status.read(session, hearth.runtime.registry)


@pytest.mark.usefixtures("pristine")
async def test_a_fresh_house(hearth: Hearth) -> None:
    found = await look(hearth)
    assert found.postgresql.startswith("18")
    assert found.database_bytes > 1_000_000
    assert found.revision == readiness.history().head
    assert (found.accounts, found.posts, found.dead_letters, found.tasks) == (0, 0, 0, {})
    assert found.lag is None


@pytest.mark.usefixtures("pristine")
async def test_sizes_are_those_that_postgresql_keeps(hearth: Hearth) -> None:
    for _ in range(3):
        await hearth.account()
    person = await hearth.account()
    for number in range(5):
        await person.client.post("/v1/posts", json={"text": f"Post {number}"})
    async with hearth.database.write() as session:
        # Flushed by the session itself at its end, at the latest.
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
    async with hearth.database.read() as session:
        assert await queries.estimate(session, ("accounts", "posts")) == {"accounts": 4, "posts": 5}


class Rang(Event):
    """Somebody rang."""

    type: ClassVar[str] = "bells.rang"


class Knocked(Event):
    """Somebody knocked, and nobody listens."""

    type: ClassVar[str] = "doors.knocked"


async def hear(_session: WriteSession, _event: Rang) -> None:
    """Needs no more than to be called."""


async def test_an_event_that_waits_shows_its_age_until_it_is_handled(database: Database) -> None:
    registry = Registry([Feature("test", (Handler(Rang, hear, Moment.AFTER),))], consumed=[Handler])
    events = Events(database, registry)
    await events.settle()

    async def lag_after(event: Event | None = None) -> timedelta | None:
        if event is not None:
            async with database.write() as session:
                publish(session, event)
        with clock.shifted(timedelta(minutes=5)):
            async with database.read() as session:
                return (await status.read(session, registry)).lag

    assert await lag_after(Knocked(actor_id=0)) is None
    waiting = await lag_after(Rang(actor_id=0))
    assert waiting is not None
    assert timedelta(minutes=5) <= waiting < timedelta(minutes=6)
    await events.settle()
    assert await lag_after() is None


async def test_tasks_and_dead_letters_are_counted(hearth: Hearth) -> None:
    async with hearth.database.write() as session:
        for state in ("done", "failed", "done"):
            await session.execute(
                text(
                    "INSERT INTO tasks (kind, payload, state, done, attempts, turn, due_at, created_at)"
                    " VALUES ('test', '{}', :state, 0, 0, 0, now(), now())"
                ),
                {"state": state},
            )
        await session.execute(
            text(
                "INSERT INTO dead_letters (subscription, gid, actor_id, type, payload, at, error, attempts, died_at)"
                " VALUES ('test', 1, 0, 'a.b', '{}', now(), 'e', 8, now())"
            )
        )
    found = await look(hearth)
    assert found.tasks == {"done": 2, "failed": 1}
    assert found.dead_letters == 1
