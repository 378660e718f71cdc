"""The terminal of `hearth chat` as it is seen: what stands on the screen when keys are pressed and news comes in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from src.cli import chat_typed
from tests.cli.glasses import COLUMNS, PATIENCE, ROWS, Glass

pytestmark = pytest.mark.unit


@asynccontextmanager
async def sitting(glass: Glass) -> AsyncIterator[tuple[chat_typed.Typed, list[str]]]:
    """Somebody sits there: what shows lines, and the lines that were typed."""
    typed: list[str] = []

    async def take() -> None:
        async for line in terminal.lines():
            typed.append(line)
            terminal.show(f"12:00 #1 @ada: {line}")

    with glass.opened() as terminal:
        taking = asyncio.create_task(take())
        await glass.until(lambda: glass.lines == ["@grace>"])
        yield terminal, typed
        glass.press("\x15\x04")
        async with asyncio.timeout(PATIENCE):
            await taking


async def test_what_comes_in_stands_above_the_line_that_is_written(glass: Glass) -> None:
    long = "12:01 #2 @grace: " + "With cake! " * 5
    async with sitting(glass) as (terminal, typed):
        glass.press("Tea at")
        await glass.until(lambda: glass.lines == ["@grace> Tea at"])
        assert glass.written[-1] == "Tea at"
        terminal.show(long.rstrip())
        terminal.show("12:02 #3 @grace: b\x1b[A\u202e")
        above = [long[:COLUMNS].rstrip(), long[COLUMNS:].rstrip(), "12:02 #3 @grace: b?[A?"]
        await glass.until(lambda: glass.lines == [*above, "@grace> Tea at"])
        glass.press(" four?\r")
        await glass.until(lambda: glass.lines == [*above, "12:00 #1 @ada: Tea at four?", "@grace>"])
        for number in range(30):
            terminal.show(f"-- {number}")
        last = [f"-- {number}" for number in range(30)][1 - ROWS :]
        await glass.until(lambda: glass.lines == [*last, "@grace>"])
    assert typed == ["Tea at four?"]


async def test_what_stands_beside_the_line_goes_when_it_is_over(glass: Glass) -> None:
    async with sitting(glass):
        # It is drawn with a key, and over before anybody looks whether something has changed.
        glass.beside = "1 on the way "
        glass.press("T")
        await glass.until(lambda: glass.lines[-1].endswith("1 on the way"))
        glass.beside = ""
        await glass.until(lambda: glass.lines == ["@grace> T"])


async def test_an_interrupt_ends_it_as_the_end_of_the_input_does(glass: Glass) -> None:
    async with sitting(glass) as (_, typed):
        glass.press("Tea\x03")
    assert not typed


async def test_what_is_shown_when_nobody_writes_any_more_is_printed(glass: Glass) -> None:
    with glass.opened() as terminal:
        terminal.show("!! One message may not have arrived.")
    # At once: the loop may have ended.
    glass.draw_until(lambda: glass.lines == ["!! One message may not have arrived."])
