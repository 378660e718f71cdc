"""Jobs run at their pace, one process at a time, and a failure stays its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from src import background
from src.database import Database
from src.feature import Feature, Job, Registry
from src.scheduler.locks import Locks
from src.scheduler.scheduler import Scheduler

pytestmark = pytest.mark.integration

_ENDING_SECONDS = 0.2

Run = Callable[[Database], Awaitable[None]]


class Counting:
    """A job that counts how often it has run, how many at once, and waits where it is told to."""

    def __init__(self, seconds: float = 0) -> None:
        self.runs = 0
        self.most = 0
        self.stopped = 0
        self._now = 0
        self._seconds = seconds

    async def run(self, _database: Database) -> None:
        """One run."""
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await asyncio.sleep(self._seconds)
            self.runs += 1
        except asyncio.CancelledError:
            # To give back what it holds takes a job a moment.
            await asyncio.sleep(_ENDING_SECONDS)
            self.stopped += 1
            raise
        finally:
            self._now -= 1


def registry(every: float, **jobs: Run) -> Registry:
    """A registry of these jobs."""
    parts = tuple(Job(f"tests.{name}", run, every=every) for name, run in jobs.items())
    return Registry([Feature("tests", parts)], consumed=[Job])


async def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Waits until a condition holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  any condition will do
            await asyncio.sleep(0.005)


async def lines(database: Database) -> int:
    """How many connections schedulers have."""
    async with database.read() as session:
        statement = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'hearth scheduler' AND datname = current_database()"
        )
        return int((await session.execute(text(statement))).scalar_one())


async def break_down(_database: Database) -> None:
    """A job with a mistake in it."""
    message = "the private words of somebody"
    raise LookupError(message)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test has opened."""
    async with AsyncExitStack() as found:
        yield found


async def test_jobs_run_again_and_again(database: Database) -> None:
    one, two = Counting(), Counting()
    async with Scheduler(database, registry(0.05, one=one.run, two=two.run)).running():
        await eventually(lambda: one.runs >= 3 and two.runs >= 3)
    after = one.runs
    await asyncio.sleep(0.15)
    assert one.runs == after


async def test_any_number_of_schedulers_run_a_job_one_at_a_time(
    database: Database, database_url: str, stack: AsyncExitStack
) -> None:
    job = Counting(seconds=0.05)
    jobs = registry(0.02, one=job.run)
    other = Database(database_url, pool_size=2)
    stack.push_async_callback(other.close)
    await stack.enter_async_context(Scheduler(database, jobs).running())
    await stack.enter_async_context(Scheduler(other, jobs).running())
    await eventually(lambda: job.runs >= 10)
    assert job.most == 1


async def test_a_slow_job_is_not_started_twice_and_holds_up_no_other(database: Database) -> None:
    slow, quick = Counting(seconds=60), Counting()
    async with Scheduler(database, registry(0.02, slow=slow.run, quick=quick.run)).running():
        await eventually(lambda: slow.most == 1 and quick.runs > 10)
        assert (slow.most, slow.runs) == (1, 0)


async def test_a_failing_job_runs_again_and_harms_nobody(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    job = Counting()
    async with Scheduler(database, registry(0.02, bad=break_down, good=job.run)).running():
        await eventually(lambda: job.runs >= 3)
        await eventually(lambda: sum("tests.bad" in record.getMessage() for record in caplog.records) >= 2)
    assert "LookupError" in caplog.text
    assert "private" not in caplog.text


@pytest.mark.usefixtures("pristine")
async def test_no_transaction_and_no_pooled_connection_is_held_while_a_job_runs(database: Database) -> None:
    gate, inside = asyncio.Event(), asyncio.Event()

    async def wait(_database: Database) -> None:
        inside.set()
        await gate.wait()

    async with Scheduler(database, registry(0.02, one=wait)).running():
        await inside.wait()
        async with database.read() as session:
            rows = await session.execute(
                text(
                    "SELECT state FROM pg_stat_activity"
                    " WHERE application_name LIKE 'hearth%' AND datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                )
            )
            assert rows.scalars().all() == ["idle"]
        gate.set()


async def test_stopping_ends_the_jobs_that_run_and_begins_no_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that stands still meanwhile interrupts nobody who gives back what it holds.
    monkeypatch.setattr(background, "_AGAIN_SECONDS", 60)
    slow, quick = Counting(seconds=60), Counting()
    scheduler = Scheduler(database, registry(0.02, slow=slow.run, quick=quick.run))
    async with scheduler.running():
        await eventually(lambda: slow.most == 1 and quick.runs >= 1)
        assert await lines(database) == 1
        before = quick.runs
    assert (slow.stopped, slow.runs) == (1, 0)
    # But for one that had begun.
    assert quick.runs <= before + 1
    async with asyncio.timeout(30):
        while await lines(database):  # noqa: ASYNC110  PostgreSQL notices it in its own time
            await asyncio.sleep(0.01)


async def test_a_lost_line_is_opened_again(database: Database) -> None:
    job = Counting()
    async with Scheduler(database, registry(0.02, one=job.run)).running():
        for _ in range(2):
            before = job.runs
            await eventually(lambda before=before: job.runs > before + 1)  # type: ignore[misc]
            async with database.read() as session:
                await session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name = 'hearth scheduler' AND datname = current_database()"
                    )
                )
        before = job.runs
        await eventually(lambda: job.runs > before + 1)


async def test_a_lock_has_one_holder(database: Database) -> None:
    one, two = Locks(database), Locks(database)
    assert await one.take("a")
    assert not await one.take("a")
    assert not await two.take("a")
    assert await two.take("b")
    await one.give_back("a")
    assert await two.take("a")
    await two.close()
    assert await one.take("b")
    await one.close()


async def test_one_job_can_be_run_by_hand(database: Database) -> None:
    job = Counting()
    scheduler = Scheduler(database, registry(3600, one=job.run, bad=break_down))
    await scheduler.run_job("tests.one")
    await scheduler.run_job("tests.one")
    assert job.runs == 2
    with pytest.raises(LookupError) as caught:
        await scheduler.run_job("tests.bad")
    # Whoever keeps the error does not keep the job from running.
    async with asyncio.timeout(30):
        with pytest.raises(LookupError):
            await scheduler.run_job("tests.bad")
    assert caught.type is LookupError
    with pytest.raises(KeyError):
        await scheduler.run_job("tests.other")


async def test_a_run_by_hand_waits_for_the_one_under_way(database: Database) -> None:
    job = Counting(seconds=0.1)
    scheduler = Scheduler(database, registry(3600, one=job.run))
    await asyncio.gather(*(scheduler.run_job("tests.one") for _ in range(3)))
    assert (job.runs, job.most) == (3, 1)
