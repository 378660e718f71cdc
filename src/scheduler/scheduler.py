"""Runs every registered `Job` at its pace, one process at a time.

APScheduler keeps the time; an advisory lock of PostgreSQL on a line of our own makes sure that a job runs once at a
time however many schedulers there are, without a transaction that would stay open as long as the job takes. If the line
is lost in a job, another scheduler may start the same: jobs claim their work row by row, so that does no harm.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from src import background, clock
from src.database import Database
from src.events import errors
from src.feature import Job, Registry
from src.scheduler.locks import Locks

logger = logging.getLogger(__name__)

_JITTER_SHARE = 0.1
_MAX_JITTER_SECONDS = 30.0
# Jobs that come seldom run soon after a start, too: a server that is restarted daily must not miss them for ever.
_FIRST_RUN_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.02


class Scheduler:
    """The jobs of one process."""

    def __init__(self, database: Database, registry: Registry) -> None:
        """Takes all jobs of the registry; starts nothing yet."""
        self._database = database
        self._jobs = {job.name: job for job in registry.all(Job)}
        self._locks = Locks(database)
        self._runs: set[asyncio.Task[object]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs jobs for the length of the block; those that run at its end are cancelled."""
        clockwork = AsyncIOScheduler(timezone=UTC)
        for job in self._jobs.values():
            clockwork.add_job(
                self._run,
                IntervalTrigger(seconds=job.every, jitter=min(job.every * _JITTER_SHARE, _MAX_JITTER_SECONDS)),
                args=[job],
                id=job.name,
                next_run_time=clock.now() + _first_delay(job),
                # After a pause of the machine: once, however many runs were missed, and however late.
                coalesce=True,
                misfire_grace_time=None,
                max_instances=1,
            )
        clockwork.start()
        try:
            yield
        finally:
            clockwork.remove_all_jobs()
            await background.end(*self._runs)
            clockwork.shutdown(wait=False)
            # It shuts down in the loop's next turn.
            await asyncio.sleep(0)
            await self._locks.close()

    async def run_job(self, name: str) -> None:
        """Runs a job now, after the run of it that may be under way; for tests and commands.

        Raises:
            KeyError: there is no such job.
            Exception: what the job raises.
        """
        job = self._jobs[name]
        locks = Locks(self._database)
        try:
            while not await locks.take(name):  # noqa: ASYNC110  the holder may be another process
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            await job.run(self._database)
        finally:
            await locks.close()

    async def _run(self, job: Job) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._runs.add(task)
        try:
            if await self._locks.take(job.name):
                try:
                    await job.run(self._database)
                finally:
                    await self._locks.give_back(job.name)
        except asyncio.CancelledError:
            logger.info("job %s was stopped", job.name)
        except Exception as error:  # noqa: BLE001  a job's failure is its own; it runs again at its time
            logger.warning("job %s failed: %s", job.name, errors.described(error))
        finally:
            self._runs.discard(task)


def _first_delay(job: Job) -> timedelta:
    spread = min(job.every, _FIRST_RUN_SECONDS)
    return timedelta(seconds=random.uniform(0, spread))  # noqa: S311  it spreads load and hides nothing
