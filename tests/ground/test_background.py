"""Tasks of the background end when they are told to, also those that miss it the first time."""

import asyncio

import pytest

from src import background

pytestmark = pytest.mark.unit


async def test_a_task_that_loses_its_cancellation_is_cancelled_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_AGAIN_SECONDS", 0.01)
    lost: list[BaseException] = []
    over = asyncio.Event()

    async def run() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError as error:
                if len(lost) == 2:
                    raise
                lost.append(error)

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    try:
        await asyncio.wait_for(background.end(task), 30)
    finally:
        # One that is not ended would hold up whoever closes the loop.
        over.set()
    assert task.cancelled()
    assert len(lost) == 2


async def test_however_they_end_nobody_else_is_troubled() -> None:
    async def fail() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise LookupError

    tasks = [asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0)
    await background.end(*tasks)
    await background.end()
    assert all(task.done() for task in tasks)
