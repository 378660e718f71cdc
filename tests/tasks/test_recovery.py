"""Tasks survive their runners, have effect once, and stop when they are asked to."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from src import clock
from src.database import WriteSession
from src.tasks import archive, queries, service
from src.tasks import runner as runners
from src.tasks.constants import CANCEL_GRACE_SECONDS, MAX_ATTEMPTS, RETRY_SECONDS, ErrorCode, State
from src.tasks.exceptions import LeaseLost
from src.tasks.kinds import TaskContext
from src.tasks.models import Task
from tests.tasks.house import KIND, LEASE, House, Result, Steps, Work, die_at, for_ever, nothing, until_cancelled

pytestmark = pytest.mark.integration


async def test_a_task_of_a_runner_that_died_is_taken_again_where_it_was(house: House) -> None:
    task_id = await house.queue(10)
    await die_at(house, task_id, done=4)
    work = Work(nothing)
    runner = house.runner(work)
    await runner.drain()
    assert work.started == []
    with clock.shifted(LEASE):
        await runner.drain()
    assert [context.done for context in work.started] == [4]
    assert (await house.task(task_id)).state == State.DONE


async def test_a_task_that_kills_its_runners_is_given_up(house: House) -> None:
    task_id = await house.queue()
    for attempt in range(MAX_ATTEMPTS):
        with clock.shifted(LEASE * attempt):
            await die_at(house, task_id, done=0)
    work = Work(nothing)
    with clock.shifted(LEASE * MAX_ATTEMPTS):
        await house.runner(work).drain()
    task = await house.task(task_id)
    assert (task.state, task.error) == (State.FAILED, ErrorCode.TASK_CRASHED)
    assert work.started == []


async def test_a_runner_that_lost_its_task_changes_nothing_more(house: House) -> None:
    lost, gate = asyncio.Event(), asyncio.Event()

    async def write_late(context: TaskContext, _payload: Steps) -> Result:
        lost.set()
        await gate.wait()
        async with context.write() as session:
            await session.execute(text('UPDATE tasks SET result = \'{"by": "the late one"}\''))
        return {"by": "the late one"}

    late = Work(write_late)
    task_id = await house.queue()
    drained = asyncio.create_task(house.runner(late).drain())
    await lost.wait()
    with clock.shifted(LEASE):
        await house.runner(Work(nothing)).drain()
    gate.set()
    await drained
    task = await house.task(task_id)
    assert (task.state, task.result, task.error) == (State.DONE, None, None)


async def test_a_late_result_is_not_stored(house: House) -> None:
    lost, gate = asyncio.Event(), asyncio.Event()

    async def finish_late(_context: TaskContext, _payload: Steps) -> Result:
        lost.set()
        await gate.wait()
        return {"by": "the late one"}

    task_id = await house.queue()
    drained = asyncio.create_task(house.runner(Work(finish_late)).drain())
    await lost.wait()
    with clock.shifted(LEASE):
        await die_at(house, task_id, done=1)
    gate.set()
    await drained
    task = await house.task(task_id)
    assert (task.state, task.result, task.done) == (State.RUNNING, None, 1)


async def test_a_step_and_its_progress_are_stored_together_or_not_at_all(house: House) -> None:
    async def note(session: WriteSession, step: int) -> None:
        await service.enqueue(session, kind="tests.noted", payload=Steps(steps=step), owner_id=None, key=str(step))

    async def walk(context: TaskContext, payload: Steps) -> Result:
        for step in range(context.done, payload.steps):
            async with context.write() as session:
                await note(session, step)
                await context.progress(step + 1, session=session)
                if step == 2 and len(work.started) == 1:
                    raise LookupError
        return None

    work = Work(walk)
    runner = house.runner(work)
    task_id = await house.queue(4)
    await runner.drain()
    async with house.database.read() as session:
        noted = select(Task.key).where(Task.kind == "tests.noted").order_by(Task.id)
        assert (await session.execute(noted)).scalars().all() == ["0", "1"]
    assert (await house.task(task_id)).done == 2
    with clock.shifted(timedelta(seconds=RETRY_SECONDS + 1)):
        await runner.drain()
    async with house.database.read() as session:
        assert (await session.execute(noted)).scalars().all() == ["0", "1", "2", "3"]
    assert [context.done for context in work.started] == [2, 4]


async def test_a_task_that_runs_stops_when_it_is_asked_to(house: House) -> None:
    work = Work(until_cancelled)
    async with house.runner(work).running():
        task_id = await house.queue()
        await house.has_come_to(task_id, State.RUNNING)
        await house.cancel(task_id)
        task = await house.has_come_to(task_id, State.CANCELLED)
    assert task.finished_at is not None


async def test_a_task_that_does_not_listen_is_stopped(house: House) -> None:
    async with house.runner(Work(for_ever)).running():
        task_id = await house.queue()
        await house.has_come_to(task_id, State.RUNNING)
        with clock.shifted(-timedelta(seconds=CANCEL_GRACE_SECONDS + 1)):
            await house.cancel(task_id)
        await house.has_come_to(task_id, State.CANCELLED)


async def test_a_task_whose_owner_is_erased_stops_and_leaves_nothing(house: House) -> None:
    work = Work(for_ever)
    async with house.runner(work).running():
        task_id = await house.queue()
        await house.has_come_to(task_id, State.RUNNING)
        async with house.database.write() as session:
            await archive.erase(session, 7)
        async with asyncio.timeout(30):
            while not work.started[0].lost:  # noqa: ASYNC110  see above
                await asyncio.sleep(0.01)
    async with house.database.read() as session:
        assert (await session.execute(select(Task.id))).all() == []


async def test_a_runner_that_stops_gives_its_tasks_back(house: House) -> None:
    task_id = await house.queue()
    for _ in range(MAX_ATTEMPTS + 1):
        async with house.runner(Work(for_ever)).running():
            await house.has_come_to(task_id, State.RUNNING)
        task = await house.task(task_id)
        assert (task.state, task.attempts) == (State.QUEUED, 0)
    await house.runner(Work(nothing)).drain()
    assert (await house.task(task_id)).state == State.DONE


def answered_late(monkeypatch: pytest.MonkeyPatch, seconds: float) -> asyncio.Event:
    """From now on who commits hears of that so much later; set when somebody has committed."""
    committed, commit = asyncio.Event(), WriteSession.commit

    async def commit_and_wait(session: WriteSession) -> None:
        await commit(session)
        committed.set()
        await asyncio.sleep(seconds)

    monkeypatch.setattr(WriteSession, "commit", commit_and_wait)
    return committed


async def test_what_is_being_taken_when_a_runner_stops_is_given_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = await house.queue()
    committed = answered_late(monkeypatch, 0.1)
    async with house.runner(Work(for_ever)).running():
        await committed.wait()
    task = await house.task(task_id)
    assert (task.state, task.attempts) == (State.QUEUED, 0)


async def test_the_end_that_is_being_stored_when_a_runner_stops_is_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    storing, finish = asyncio.Event(), queries.finish

    async def finish_late(*args: Any, **fields: Any) -> None:
        storing.set()
        await asyncio.sleep(0.1)
        await finish(*args, **fields)

    monkeypatch.setattr(queries, "finish", finish_late)
    task_id = await house.queue()
    async with house.runner(Work(nothing)).running():
        await storing.wait()
    assert (await house.task(task_id)).state == State.DONE


async def test_a_runner_stops_although_the_database_does_not_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "WRITING_SECONDS", 0.05)
    await house.queue()
    committed = answered_late(monkeypatch, 600)
    async with asyncio.timeout(30):
        async with house.runner(Work(for_ever)).running():
            await committed.wait()


async def test_leases_are_kept_while_a_task_runs(house: House) -> None:
    async with house.runner(Work(until_cancelled)).running():
        task_id = await house.queue()
        first = (await house.has_come_to(task_id, State.RUNNING)).due_at
        async with asyncio.timeout(30):
            while (await house.task(task_id)).due_at <= first:  # noqa: ASYNC110  see above
                await asyncio.sleep(0.05)


async def test_the_runner_outlives_its_connections(house: House) -> None:
    async with house.runner(Work(nothing)).running():
        await house.has_come_to(await house.queue(), State.DONE)
        async with house.database.read() as session:
            others = "datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            await session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        async with asyncio.timeout(30):
            while True:
                try:
                    task_id = await house.queue()
                    break
                except Exception:  # noqa: BLE001, S112  the pool notices its dead connections one by one
                    continue
        await house.has_come_to(task_id, State.DONE)


async def test_a_lost_lease_ends_a_write(house: House) -> None:
    task_id = await house.queue()
    await die_at(house, task_id, done=0)
    now = clock.now() + LEASE
    async with house.database.write() as session:
        (second,) = await queries.claim(session, [KIND], now=now, lease_until=now + LEASE, count=1)
    first = TaskContext(house.database, house.cpu, {}, replace(second, turn=second.turn - 1))
    with pytest.raises(LeaseLost):
        async with first.write():
            raise AssertionError
    async with TaskContext(house.database, house.cpu, {}, second).write():
        pass
