"""A database, what runs tasks on it, and tasks that do what a test tells them to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy import select

from src import clock
from src.cpu.pool import CpuPool
from src.database import Database
from src.feature import Feature, Registry
from src.tasks import queries, service
from src.tasks.constants import LEASE_SECONDS, State
from src.tasks.kinds import TaskContext, TaskKind
from src.tasks.models import Task
from src.tasks.runner import Runner

KIND = "tests.count"
LEASE = timedelta(seconds=LEASE_SECONDS + 1)
Result = dict[str, object] | None


class Steps(BaseModel):
    """How much a task has to do."""

    steps: int = 0


@dataclass
class Work:
    """A task that does what a test tells it to, and what came of it."""

    do: Callable[[TaskContext, Steps], Awaitable[Result]]
    started: list[TaskContext] = field(default_factory=list)

    async def run(self, context: TaskContext, payload: Steps) -> Result:
        """One run."""
        self.started.append(context)
        return await self.do(context, payload)


@dataclass
class House:
    """A database and what runs tasks on it."""

    database: Database
    cpu: CpuPool

    def runner(self, work: Work, *, at_once: int = 2, kind: str = KIND) -> Runner:
        """A runner of this work, as one process has it."""
        feature = Feature("tests", (TaskKind(kind, work.run, Steps),))
        return Runner(self.database, Registry([feature], consumed=[TaskKind]), self.cpu, at_once=at_once)

    async def queue(self, steps: int = 0, key: str | None = None, owner_id: int | None = 7) -> int:
        """A queued task."""
        async with self.database.write() as session:
            return await service.enqueue(session, kind=KIND, payload=Steps(steps=steps), owner_id=owner_id, key=key)

    async def task(self, task_id: int) -> Task:
        """The row as it stands."""
        async with self.database.read() as session:
            return (await session.execute(select(Task).where(Task.id == task_id))).scalar_one()

    async def has_come_to(self, task_id: int, state: State, seconds: float = 30) -> Task:
        """Waits until the task stands there."""
        async with asyncio.timeout(seconds):
            while (found := await self.task(task_id)).state != state:  # noqa: ASYNC110  the database does not call
                await asyncio.sleep(0.01)
        return found

    async def cancel(self, task_id: int) -> None:
        """The owner asks it to stop."""
        async with self.database.write() as session:
            await service.cancel(session, task=await session.get_one(Task, task_id))


async def nothing(_context: TaskContext, _payload: Steps) -> Result:
    """Is done at once."""
    return None


async def until_cancelled(context: TaskContext, _payload: Steps) -> Result:
    """Looks whether it is to stop, and does."""
    while not context.cancelled():  # noqa: ASYNC110  as tasks do between steps
        await asyncio.sleep(0.01)
    return None


async def for_ever(_context: TaskContext, _payload: Steps) -> Result:
    """Never looks up."""
    await asyncio.Event().wait()
    return None


async def die_at(house: House, task_id: int, done: int) -> None:
    """A runner takes the task, comes so far, and is never heard of again."""
    now = clock.now()
    async with house.database.write() as session:
        lease_until = now + timedelta(seconds=LEASE_SECONDS)
        (claimed,) = await queries.claim(session, [KIND], now=now, lease_until=lease_until, count=1)
        await queries.report(session, task_id, claimed.turn, done, None)
