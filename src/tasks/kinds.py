"""The part that a package hands over to have long work done, and what that work gets in hand."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Generic, TypeVar, TypeVarTuple

from pydantic import BaseModel

from src import clock, restoring
from src.cpu import pool
from src.cpu.constants import WALL_SECONDS
from src.database import Database, WriteSession
from src.feature import Part, Registry
from src.tasks import queries
from src.tasks.constants import PROGRESS_SECONDS
from src.tasks.exceptions import LeaseLost

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
M = TypeVar("M", bound=BaseModel)


class TaskContext:
    """One run of a task.

    Attributes:
        task_id: the task.
        owner_id: the account that it works for, None for the server itself.
        done: how far an earlier run has come, as it last told by `progress`: where to go on.
        db: the database; open short transactions, and none while waiting for the network.
        resources: what the process keeps in memory, by the names of the features' `Resource` parts.
    """

    def __init__(
        self, db: Database, cpu: pool.CpuPool, resources: Mapping[str, object], claimed: queries.Claimed
    ) -> None:
        """Takes what the runner has claimed."""
        self.task_id = claimed.id
        self.owner_id = claimed.owner_id
        self.done = claimed.done
        self.db = db
        self.resources = resources
        self.turn = claimed.turn
        self.saw_cancel = False
        self.lost = False
        self._cpu = cpu
        self._cancel_requested = claimed.is_cancel_requested
        self._total = claimed.total
        self._next_report = clock.now()

    def resource(self, name: str, kind: type[T]) -> T:
        """One of the resources, by its name.

        Raises:
            TypeError: it is of another kind.
        """
        return restoring.resource(self.resources, name, kind)

    def cancelled(self) -> bool:
        """Whether the owner has asked to stop: clean up and return. Look often; after ten seconds it is stopped."""
        self.saw_cancel = self.saw_cancel or self._cancel_requested
        return self._cancel_requested

    def request_cancel(self) -> None:
        """The runner has learnt that the owner wants it to stop."""
        self._cancel_requested = True

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A unit of work that only the task's present runner can commit: what a crash repeats has effect once.

        Raises:
            LeaseLost: the task has been given to another runner, or is gone.
        """
        async with self.db.write() as session:
            if not await queries.hold(session, self.task_id, self.turn):
                raise LeaseLost
            yield session

    async def progress(self, done: int, total: int | None = None, *, session: WriteSession | None = None) -> None:
        """Tells how far the work is.

        Args:
            done: steps done.
            total: steps in all, if known; once told, it stays.
            session: of `write()`, to store it together with the step: then a later run goes on exactly there.
                Without, it is stored from time to time.
        """
        total = self._total if total is None else total
        if session is not None:
            await queries.report(session, self.task_id, self.turn, done, total)
            session.after_commit(partial(self._reach, done, total))
            return
        self._reach(done, total)
        if clock.now() >= self._next_report:
            self._next_report = clock.now() + timedelta(seconds=PROGRESS_SECONDS)
            async with self.db.write() as own:
                await queries.report(own, self.task_id, self.turn, done, total)

    def _reach(self, done: int, total: int | None) -> None:
        self.done, self._total = done, total

    @property
    def reached(self) -> tuple[int, int | None]:
        """What was last told, and not undone."""
        return self.done, self._total

    async def cpu(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        timeout: float = WALL_SECONDS,  # noqa: ASYNC109  it ends the child process
    ) -> T:
        """Runs a pure function of the package's `tasks.py` in a child process; see `CpuPool.run`."""
        return await self._cpu.run(function, *args, timeout=timeout)


@dataclass(frozen=True)
class TaskKind(Part, Generic[M]):
    """A kind of task: `run` does the work, and gives a JSON object to show or nothing.

    It may be started again after a crash, so it goes on from `context.done` or finds out what is done already. An error
    of `src/exceptions.py` fails the task with its code; others are tried again twice.
    """

    name: str
    run: Callable[[TaskContext, M], Awaitable[dict[str, object] | None]]
    payload: type[M]

    @property
    def key(self) -> str:
        """The kind's name."""
        return self.name

    async def run_raw(self, context: TaskContext, payload: dict[str, object]) -> dict[str, object] | None:
        """Runs it on a stored payload."""
        return await self.run(context, self.payload.model_validate(payload))


@dataclass(frozen=True)
class HouseTaskKind(Part, Generic[M]):
    """A `TaskKind` that concerns all features: `run` gets the registry, too."""

    name: str
    run: Callable[[TaskContext, Registry, M], Awaitable[dict[str, object] | None]]
    payload: type[M]

    def within(self, registry: Registry) -> TaskKind[M]:
        """The kind for this registry's features."""

        async def run(context: TaskContext, payload: M) -> dict[str, object] | None:
            return await self.run(context, registry, payload)

        return TaskKind(self.name, run, self.payload)
