"""A call has its limits; whatever it does costs its own child and nobody else."""

import asyncio
import os
import pickle
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from src.cpu.exceptions import CpuFailed, CpuLimitExceeded
from src.cpu.pool import CpuPool
from tests.cpu import functions

pytestmark = pytest.mark.unit


def children() -> set[int]:
    """The processes that this one has started and that still stand in the system's table, dead or alive."""
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture
async def pool() -> AsyncIterator[CpuPool]:
    """Two children of small means; none is left behind."""
    before = children()
    found = CpuPool(2, memory_bytes=256 * 1024 * 1024, cpu_seconds=2)
    yield found
    await found.close()
    assert children() <= before


async def test_it_gives_the_functions_result(pool: CpuPool) -> None:
    assert await pool.run(functions.double, 21) == 42
    measured = await pool.run(functions.measure, 100_000)
    assert measured == functions.measure(100_000)


async def test_children_make_way_for_the_server(pool: CpuPool) -> None:
    assert await pool.run(functions.niceness) > os.nice(0)


async def test_nothing_is_started_before_it_is_needed(pool: CpuPool) -> None:
    before = children()
    await asyncio.sleep(0)
    assert children() == before
    first = await pool.run(functions.process)
    assert first != os.getpid()
    assert await pool.run(functions.process) == first


async def test_errors_come_through_with_their_place(pool: CpuPool) -> None:
    with pytest.raises(functions.Unreadable, match="blot") as found:
        await pool.run(functions.refuse, "blot")
    assert "functions.py:" in found.value.__notes__[0]
    with pytest.raises(ZeroDivisionError):
        await pool.run(functions.divide, 0)
    assert await pool.run(functions.divide, 1) == 1


async def test_a_call_that_takes_too_much_memory_is_ended(pool: CpuPool) -> None:
    with pytest.raises(CpuLimitExceeded):
        await pool.run(functions.hoard, 1024)
    assert await pool.run(functions.hoard, 10) == 10 * 1024 * 1024


async def test_a_call_that_takes_too_much_cpu_is_ended(pool: CpuPool) -> None:
    # Nothing else ends it while a test may last.
    with pytest.raises(CpuLimitExceeded):
        await pool.run(functions.spin, timeout=3600)
    assert await pool.run(functions.double, 2) == 4


async def test_cpu_time_is_counted_for_each_call(pool: CpuPool) -> None:
    """A child that has worked for long starts each call with its full allowance."""
    # The system counts by its ticks, so on a busy machine a call may be charged more than it has used.
    workers = {await pool.run(functions.work, 0.9) for _ in range(4)}
    assert len(workers) == 1


async def test_a_call_that_takes_too_long_is_ended(pool: CpuPool) -> None:
    with pytest.raises(CpuLimitExceeded):
        await pool.run(functions.sleep, 60.0, timeout=0.3)
    assert await pool.run(functions.double, 2) == 4


async def test_waiting_for_a_free_child_does_not_count_as_time(pool: CpuPool) -> None:
    await asyncio.gather(*(pool.run(functions.double, number) for number in range(2)))
    # The last one waits longer than it may last, and then is done at once.
    calls = [*(pool.run(functions.sleep, 3.5) for _ in range(2)), pool.run(functions.sleep, 0.0, timeout=3)]
    assert await asyncio.gather(*calls) == [3.5, 3.5, 0.0]


async def test_a_child_that_dies_fails_its_own_call_only(pool: CpuPool) -> None:
    slow = asyncio.create_task(pool.run(functions.sleep, 0.5))
    with pytest.raises(CpuFailed):
        await pool.run(functions.crash)
    assert await pool.run(functions.double, 2) == 4
    assert await slow == 0.5


async def test_an_idle_child_that_was_killed_is_replaced(pool: CpuPool) -> None:
    first = await pool.run(functions.process)
    os.kill(first, signal.SIGKILL)
    [child] = pool._idle
    # The loop hears of it in one of its next turns.
    async with asyncio.timeout(30):
        while child.is_alive:  # noqa: ASYNC110  the system does not call
            await asyncio.sleep(0.01)
    assert await pool.run(functions.process) != first


async def test_so_many_run_at_once_and_no_more(pool: CpuPool) -> None:
    before = children()
    calls = [asyncio.create_task(pool.run(functions.sleep, 0.2)) for _ in range(6)]
    most = 0
    while not all(call.done() for call in calls):
        most = max(most, len(children() - before))
        await asyncio.sleep(0.01)
    assert most == 2


async def test_cancelling_ends_the_child(pool: CpuPool) -> None:
    before = children()
    call = asyncio.create_task(pool.run(functions.sleep, 60.0))
    async with asyncio.timeout(30):
        while not children() - before:  # noqa: ASYNC110  see above
            await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert children() <= before
    assert await pool.run(functions.double, 2) == 4


async def test_what_a_function_prints_does_not_get_between(pool: CpuPool) -> None:
    assert await pool.run(functions.chatter) == "done"
    assert await pool.run(functions.double, 2) == 4


async def test_a_child_cannot_make_its_parent_run_anything(pool: CpuPool, tmp_path: Path) -> None:
    target = tmp_path / "trapped"
    with pytest.raises(CpuFailed):
        await pool.run(functions.trap, str(target))
    assert not target.exists()
    with pytest.raises(CpuFailed):
        await pool.run(functions.colour)
    with pytest.raises(CpuFailed):
        await pool.run(os.getenv, "HOME", Path)


async def test_a_child_knows_neither_the_servers_secrets_nor_its_libraries(
    pool: CpuPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    assert "DATABASE_URL" not in await pool.run(functions.environment)
    heavy = {"sqlalchemy", "fastapi", "pydantic", "asyncio", "src.config"}
    assert heavy.isdisjoint(await pool.run(functions.loaded))


async def test_idle_children_give_their_memory_back() -> None:
    before = children()
    pool = CpuPool(2, idle_seconds=0.1)
    await pool.run(functions.double, 1)
    assert children() > before
    async with asyncio.timeout(30):
        while children() > before:  # noqa: ASYNC110  see above
            await asyncio.sleep(0.01)
    assert await pool.run(functions.double, 1) == 2
    await pool.close()


async def test_closing_ends_the_calls_that_run() -> None:
    before = children()
    pool = CpuPool(1)
    call = asyncio.create_task(pool.run(functions.sleep, 60.0))
    async with asyncio.timeout(30):
        while not children() - before:  # noqa: ASYNC110  see above
            await asyncio.sleep(0.01)
    await pool.close()
    with pytest.raises(CpuFailed):
        await call
    with pytest.raises(CpuFailed):
        await pool.run(functions.double, 1)
    assert children() <= before


async def test_only_functions_with_a_name_can_be_sent(pool: CpuPool) -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        await pool.run(lambda: 1)


async def test_what_a_function_has_started_ends_with_its_child(pool: CpuPool) -> None:
    with pytest.raises(CpuLimitExceeded):
        await pool.run(functions.start_another, 61.5, timeout=1)
    # It is nobody's child any more: when it ends is not told.
    async with asyncio.timeout(30):
        while _sleeps("61.5"):  # noqa: ASYNC110  see above
            await asyncio.sleep(0.01)


def _sleeps(seconds: str) -> bool:
    """Whether a process sleeps for so long."""
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] == ["sleep", seconds]:
            with suppress(psutil.NoSuchProcess):
                return process.status() != psutil.STATUS_ZOMBIE
    return False
