"""The outbox is kept for a month and for whoever has not come so far."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from src import clock
from src.database import Database
from src.events import feature, jobs
from src.events.bus import Events
from src.events.constants import ABANDONED_DAYS, RETENTION_DAYS, Moment
from src.events.handlers import Handler
from src.feature import Job
from tests.events.parts import Knocked, after, knock, recorder, registry, ring, rows_in

pytestmark = pytest.mark.integration

MONTH = timedelta(days=RETENTION_DAYS, hours=1)


async def test_old_events_go_and_young_ones_stay(database: Database) -> None:
    events = Events(database, registry(bells=(after("bells"),)))
    with clock.shifted(-MONTH):
        await ring(database, *range(7))
    await ring(database, 7)
    await events.settle()
    await jobs.purge_outbox(database)
    assert await rows_in(database, "outbox") == 1


async def test_what_somebody_has_not_handled_stays(database: Database) -> None:
    ill = {3}
    events = Events(database, registry(bells=(after("bells", poison=lambda number: number in ill),)))
    with clock.shifted(-MONTH):
        await ring(database, 1, 2, 3, 4)
        await events.settle()
    await jobs.purge_outbox(database)
    assert await rows_in(database, "outbox") == 2
    ill.clear()
    await events.settle()
    await jobs.purge_outbox(database)
    assert await rows_in(database, "outbox") == 0


async def test_a_package_that_is_gone_is_not_waited_for(database: Database, another: Callable[[], Database]) -> None:
    doors = Handler(Knocked, recorder("knocks"), when=Moment.AFTER)
    with clock.shifted(timedelta(hours=1) - timedelta(days=ABANDONED_DAYS) - MONTH):
        both = Events(another(), registry(bells=(after("bells"),), doors=(doors,)))
        await both.settle()
    bells = Events(database, registry(bells=(after("bells"),)))
    # An hour before the other package is given up.
    with clock.shifted(-MONTH):
        await knock(database, 1)
        await ring(database, 2)
        await bells.settle()
    await jobs.purge_outbox(database)
    assert await rows_in(database, "outbox") == 2
    await ring(database, 3)
    await bells.settle()
    await jobs.purge_outbox(database)
    async with database.read() as session:
        assert (await session.execute(text("SELECT payload->>'number' FROM outbox"))).scalars().all() == ["3"]


async def test_an_outbox_that_nobody_reads_is_purged_too(database: Database) -> None:
    Events(database, registry())
    with clock.shifted(-MONTH):
        await ring(database, 1)
    await jobs.purge_outbox(database)
    assert await rows_in(database, "outbox") == 0


def test_the_job_is_in_the_table_of_contents() -> None:
    assert [part.run for part in feature.FEATURE.parts if isinstance(part, Job)] == [jobs.purge_outbox]
