"""Runs tasks in this process: takes what is due, keeps its leases alive, ends what is cancelled."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from src import background, clock
from src.cpu import pool
from src.database import Database
from src.events import errors
from src.exceptions import HearthError
from src.feature import Registry
from src.tasks import dispatch, queries
from src.tasks.constants import (
    AT_ONCE,
    CANCEL_GRACE_SECONDS,
    HEARTBEAT_SECONDS,
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    POLL_SECONDS,
    RETRY_SECONDS,
    WRITING_SECONDS,
    ErrorCode,
    State,
)
from src.tasks.exceptions import LeaseLost
from src.tasks.kinds import TaskContext, TaskKind

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Ending:
    """What is to be stored when a run is over; `retry_in` seconds from now it is tried again."""

    state: State
    result: dict[str, object] | None = None
    error: str | None = None
    attempts: int = 0
    retry_in: float = 0


@dataclass
class _Run:
    context: TaskContext
    work: asyncio.Task[None]
    # Whether it is over and only its end has still to be stored.
    is_over: bool = False


class Runner:
    """Runs up to `at_once` tasks of the registered kinds; any number of processes may have one."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        cpu: pool.CpuPool,
        *,
        resources: Mapping[str, object] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        """Takes the kinds from the registry and becomes the database's dispatcher. Made after `Events`."""
        self._database = database
        self._kinds = {kind.name: kind for kind in registry.all(TaskKind)}
        self._cpu = cpu
        self._resources = resources or {}
        self._at_once = at_once
        self._awake = asyncio.Event()
        self._runs: dict[int, _Run] = {}
        self._taking: asyncio.Task[bool] | None = None
        self._stopping = False
        dispatch.attach(database, self)

    def dispatch(self, task_id: int) -> None:
        """A task has been queued: look at once."""
        logger.debug("task %s is queued", task_id)
        self._awake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs tasks for the length of the block; at its end those that run are given back, for others to take up."""
        serving = asyncio.create_task(self._serve(), name="tasks runner")
        try:
            yield
        finally:
            self._stopping = True
            await background.end(serving)
            await self._end_all()
            self._stopping = False

    async def drain(self) -> None:
        """Runs tasks until none is due; for tests and commands."""
        while await self._take() or self._runs:
            works = [run.work for run in self._runs.values()]
            await asyncio.wait(works, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            await self._beat()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        next_beat = loop.time()
        while True:
            self._awake.clear()
            try:
                if loop.time() >= next_beat:
                    next_beat = loop.time() + HEARTBEAT_SECONDS
                    await self._beat()
                # A task of its own: cut off while it commits, nobody would know that these tasks are ours.
                self._taking = asyncio.create_task(self._take(), name="tasks taking")
                await asyncio.shield(self._taking)
            except Exception as error:  # noqa: BLE001  whatever it was, the rows are still there
                logger.warning("no tasks can be taken: %s", errors.described(error))
                await asyncio.sleep(POLL_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._awake.wait()

    async def _take(self) -> bool:
        """Starts what is due, as far as there is room; whether there was anything."""
        room = self._at_once - len(self._runs)
        if room <= 0 or not self._kinds:
            return False
        now = clock.now()
        async with self._database.write() as session:
            taken = await queries.claim(
                session,
                self._kinds.keys(),
                now=now,
                lease_until=now + timedelta(seconds=LEASE_SECONDS),
                count=room,
            )
        for claimed in taken:
            context = TaskContext(self._database, self._cpu, self._resources, claimed)
            work = asyncio.create_task(self._perform(claimed, context), name=f"task {claimed.id}")
            self._runs[claimed.id] = _Run(context, work)
            work.add_done_callback(partial(self._forget, claimed.id))
        return bool(taken)

    def _forget(self, task_id: int, _work: asyncio.Task[None]) -> None:
        del self._runs[task_id]
        self._awake.set()

    async def _beat(self) -> None:
        """Keeps the leases; learns which tasks are to stop and which are no longer ours."""
        if not self._runs:
            return
        now = clock.now()
        held = [(task_id, run.context.turn) for task_id, run in self._runs.items()]
        async with self._database.write() as session:
            kept = await queries.extend(session, held, now + timedelta(seconds=LEASE_SECONDS))
        for task_id, turn in held:
            run = self._runs.get(task_id)
            if run is None or run.context.turn != turn:
                continue
            if task_id not in kept:
                run.context.lost = True
                run.work.cancel()
            elif (asked_at := kept[task_id]) is not None:
                run.context.request_cancel()
                if now - asked_at > timedelta(seconds=CANCEL_GRACE_SECONDS):
                    run.work.cancel()

    async def _end_all(self) -> None:
        if self._taking is not None:
            await _written(self._taking)
        runs = list(self._runs.values())
        await background.end(*(run.work for run in runs if not run.is_over))
        await _written(*(run.work for run in runs if run.is_over))

    async def _perform(self, claimed: queries.Claimed, context: TaskContext) -> None:
        try:
            ending = await self._ending(claimed, context)
            self._runs[claimed.id].is_over = True
            if ending is not None:
                await self._store(claimed, context, ending)
        except Exception as error:  # noqa: BLE001  the lease runs out and the task is taken again
            logger.warning("the end of task %s could not be stored: %s", claimed.id, errors.described(error))

    async def _ending(self, claimed: queries.Claimed, context: TaskContext) -> _Ending | None:
        """Runs the task; None when it is no longer ours."""
        if claimed.attempts >= MAX_ATTEMPTS:
            return _Ending(State.FAILED, error=ErrorCode.TASK_CRASHED)
        if context.cancelled():
            return _Ending(State.CANCELLED)
        try:
            result = await self._kinds[claimed.kind].run_raw(context, claimed.payload)
        except asyncio.CancelledError:
            return self._after_stop(claimed, context)
        except Exception as error:  # noqa: BLE001  it is told apart below
            return _after_failure(claimed, error)
        return _Ending(State.CANCELLED if context.saw_cancel else State.DONE, result=result)

    def _after_stop(self, claimed: queries.Claimed, context: TaskContext) -> _Ending | None:
        if context.lost:
            return None
        return _Ending(State.QUEUED, attempts=claimed.attempts) if self._stopping else _Ending(State.CANCELLED)

    async def _store(self, claimed: queries.Claimed, context: TaskContext, ending: _Ending) -> None:
        now = clock.now()
        async with self._database.write() as session:
            await queries.report(session, claimed.id, claimed.turn, *context.reached)
            if ending.state is State.QUEUED:
                due_at = now + timedelta(seconds=ending.retry_in)
                await queries.requeue(session, claimed, attempts=ending.attempts, due_at=due_at)
            else:
                await queries.finish(
                    session, claimed, state=ending.state, result=ending.result, error=ending.error, now=now
                )


async def _written(*writing: "asyncio.Task[Any]") -> None:
    """Returns when these have ended; those that take too long are cut off."""
    if writing:
        await asyncio.wait(writing, timeout=WRITING_SECONDS)
    await background.end(*writing)


def _after_failure(claimed: queries.Claimed, error: Exception) -> _Ending | None:
    if isinstance(error, LeaseLost):
        return None
    if isinstance(error, HearthError):
        return _Ending(State.FAILED, error=error.code)
    attempts = claimed.attempts + 1
    logger.warning("task %s (%s) failed, attempt %s: %s", claimed.id, claimed.kind, attempts, errors.described(error))
    if attempts >= MAX_ATTEMPTS:
        return _Ending(State.FAILED, error=ErrorCode.TASK_FAILED)
    return _Ending(State.QUEUED, attempts=attempts, retry_in=RETRY_SECONDS**attempts)
