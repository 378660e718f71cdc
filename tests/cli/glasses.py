"""A terminal for tests: its keys are pressed, and what stands on its screen is read."""

import asyncio
import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TextIO

import pyte
import pytest

from src.cli import chat_typed

PATIENCE = 30
COLUMNS, ROWS = 60, 12


@dataclass
class Glass:
    """The other side of the terminal: its keys, and what it draws."""

    side: int
    output: TextIO
    screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(COLUMNS, ROWS))
    # What stands at the right of the line.
    beside: str = ""
    # What stood in the line, each time that it was another.
    written: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self.screen)

    def press(self, keys: str) -> None:
        """Presses keys."""
        os.write(self.side, keys.encode())

    @contextmanager
    def opened(self) -> Iterator[chat_typed.Typed]:
        """Opens the terminal."""
        # Here, for a fixture's standard output is not that of its test.
        with (
            redirect_stdout(self.output),
            chat_typed.opened(lambda: "@grace> ", lambda: self.beside, self.written.append) as terminal,
        ):
            yield terminal

    @property
    def lines(self) -> list[str]:
        """What is to be read, from the top to the last line with something on it."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip().split("\n")

    def draw(self) -> None:
        """Draws what has come of what was written: the system hands it over in parts."""
        self._stream.feed(os.read(self.side, 65_536))

    def draw_until(self, condition: Callable[[], bool]) -> None:
        """Draws until that is so, while the loop stands still: nothing is written meanwhile."""
        while not condition():
            arrived, _, _ = select.select([self.side], [], [], PATIENCE)
            if not arrived:
                pytest.fail("\n".join(self.lines))
            self.draw()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns once that is so; draws meanwhile."""
        loop = asyncio.get_running_loop()
        drawn = asyncio.Event()

        def draw() -> None:
            self.draw()
            drawn.set()

        loop.add_reader(self.side, draw)
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    drawn.clear()
                    await drawn.wait()
        except TimeoutError:
            pytest.fail("\n".join(self.lines))
        finally:
            loop.remove_reader(self.side)
