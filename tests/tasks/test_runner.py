"""Tasks run once, no more at a time than there is room for, and tell how far they are and how they ended."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from src import clock
from src.database import Database
from src.exceptions import Conflict
from src.tasks import archive, jobs, service
from src.tasks import runner as runners
from src.tasks.constants import KEPT_DAYS, MAX_ATTEMPTS, RETRY_SECONDS, ErrorCode, State
from src.tasks.kinds import TaskContext
from src.tasks.models import Task
from tests.cpu import functions
from tests.exported import exported
from tests.tasks.house import KIND, House, Result, Steps, Work, nothing

pytestmark = pytest.mark.integration


class NotToday(Conflict):
    """A refusal of the task's own."""


async def test_a_task_runs_and_its_result_stays(house: House) -> None:
    async def add(context: TaskContext, payload: Steps) -> Result:
        return {"sum": payload.steps + 1, "owner": context.owner_id}

    runner = house.runner(Work(add))
    task_id = await house.queue(41)
    await runner.drain()
    task = await house.task(task_id)
    assert (task.state, task.result, task.error) == (State.DONE, {"sum": 42, "owner": 7}, None)
    assert task.started_at is not None
    assert task.finished_at is not None


async def test_a_queued_task_is_started_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by looking for it.
    monkeypatch.setattr(runners, "POLL_SECONDS", 600)
    work = Work(nothing)
    async with house.runner(work).running():
        for _ in range(3):
            task_id = await house.queue()
            await house.has_come_to(task_id, State.DONE)


async def test_a_task_of_a_transaction_that_fails_is_not_there(house: House) -> None:
    work = Work(nothing)
    runner = house.runner(work)
    with pytest.raises(ZeroDivisionError):
        await queue_and_fail(house.database)
    await runner.drain()
    assert work.started == []


async def queue_and_fail(database: Database) -> None:
    """Queues a task and fails afterwards."""
    async with database.write() as session:
        await service.enqueue(session, kind=KIND, payload=Steps(), owner_id=None)
        raise ZeroDivisionError


async def test_the_same_key_is_the_same_task(house: House) -> None:
    work = Work(nothing)
    runner = house.runner(work)
    first = await house.queue(key="event:1")
    assert await house.queue(key="event:1") == first
    await runner.drain()
    assert await house.queue(key="event:1") == first
    assert await house.queue(key="event:2") != first
    await runner.drain()
    assert len(work.started) == 2


async def test_many_at_once_queue_one_key_once(house: House) -> None:
    assert len(set(await asyncio.gather(*(house.queue(key="event:1") for _ in range(8))))) == 1


async def test_no_more_run_at_once_than_there_is_room_for(house: House) -> None:
    now = most = 0

    async def count(_context: TaskContext, _payload: Steps) -> Result:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        return None

    runner = house.runner(Work(count), at_once=3)
    for _ in range(9):
        await house.queue()
    await runner.drain()
    assert most == 3


async def test_two_runners_share_the_work_and_take_nothing_twice(house: House, database_url: str) -> None:
    async def rest(_context: TaskContext, _payload: Steps) -> Result:
        # However long one of them stands still: the other one has room for two tasks, and does not get to the rest.
        async with asyncio.timeout(30):
            while not (one.started and two.started):  # noqa: ASYNC110  no event is set by both
                await asyncio.sleep(0.01)
        return None

    one, two = Work(rest), Work(rest)
    other = House(Database(database_url), house.cpu)
    runners = house.runner(one), other.runner(two)
    # By way of both, so that neither has still to connect when the work is shared.
    queued = {await (house, other)[number % 2].queue() for number in range(20)}
    await asyncio.gather(*(runner.drain() for runner in runners))
    assert one.started
    assert two.started
    assert sorted(context.task_id for context in one.started + two.started) == sorted(queued)
    await other.database.close()


async def test_a_task_that_another_takes_right_now_is_not_waited_for(house: House) -> None:
    first, second = await house.queue(), await house.queue()
    async with house.database.write() as session:
        await session.execute(select(Task.id).where(Task.id == first).with_for_update())
        await house.runner(Work(nothing)).drain()
        assert (await house.task(second)).state == State.DONE
    assert (await house.task(first)).state == State.QUEUED


async def test_a_kind_that_this_process_does_not_know_is_left_to_others(house: House) -> None:
    task_id = await house.queue()
    await house.runner(Work(nothing), kind="tests.other").drain()
    assert (await house.task(task_id)).state == State.QUEUED


async def test_progress_is_seen_while_it_runs(house: House) -> None:
    gate = asyncio.Event()

    async def step(context: TaskContext, payload: Steps) -> Result:
        await context.progress(1, payload.steps)
        await gate.wait()
        await context.progress(2)
        return None

    runner = house.runner(Work(step))
    task_id = await house.queue(3)
    async with runner.running():
        async with asyncio.timeout(30):
            while (await house.task(task_id)).done != 1:  # noqa: ASYNC110  the database does not call
                await asyncio.sleep(0.01)
        assert (await house.task(task_id)).total == 3
        gate.set()
        task = await house.has_come_to(task_id, State.DONE)
    assert (task.done, task.total) == (2, 3)


async def test_a_refusal_fails_the_task_with_its_code(house: House) -> None:
    async def refuse(_context: TaskContext, _payload: Steps) -> Result:
        raise NotToday

    work = Work(refuse)
    runner = house.runner(work)
    task_id = await house.queue()
    await runner.drain()
    task = await house.task(task_id)
    assert (task.state, task.error) == (State.FAILED, NotToday.code)
    assert len(work.started) == 1


async def test_a_failure_is_tried_again_then_given_up(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def break_down(_context: TaskContext, _payload: Steps) -> Result:
        message = "the private words of somebody"
        raise LookupError(message)

    work = Work(break_down)
    runner = house.runner(work)
    task_id = await house.queue()
    passed = timedelta()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with clock.shifted(passed):
            await runner.drain()
            await runner.drain()
        assert len(work.started) == attempt
        passed += timedelta(seconds=RETRY_SECONDS**attempt + 1)
    task = await house.task(task_id)
    assert (task.state, task.error) == (State.FAILED, ErrorCode.TASK_FAILED)
    assert "LookupError" in caplog.text
    assert "private" not in caplog.text


async def test_pure_functions_run_in_child_processes(house: House) -> None:
    async def compute(context: TaskContext, payload: Steps) -> Result:
        return {"doubled": await context.cpu(functions.double, payload.steps)}

    task_id = await house.queue(21)
    await house.runner(Work(compute)).drain()
    assert (await house.task(task_id)).result == {"doubled": 42}


async def test_tasks_that_are_long_over_are_forgotten(house: House) -> None:
    with clock.shifted(-timedelta(days=KEPT_DAYS + 1)):
        old = await house.queue()
        await house.runner(Work(nothing)).drain()
        waiting = await house.queue()
    await jobs.purge_tasks(house.database)
    async with house.database.read() as session:
        assert (await session.execute(select(Task.id))).scalars().all() == [waiting]
    assert old != waiting


async def test_an_account_takes_its_tasks_along(house: House) -> None:
    task_id = await house.queue(3)
    await house.queue(owner_id=8)
    await house.queue(owner_id=None)
    async with house.database.read() as session:
        taken = await exported(session, archive.export(7))
    assert [(row["id"], row["payload"]) for row in taken["tasks"]] == [(task_id, {"steps": 3})]
