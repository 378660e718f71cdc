"""Where lines come from and go to: a terminal with a line to write on, or pipes and files.

At a terminal what comes in appears above the line that is being written. Otherwise lines are read by a thread of its
own, which knows every kind of file, and printed as they come.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, run_in_terminal

from src import visible
from src.cli import chat_keys

_CHUNK = 65_536
# Lines of a file that are read ahead.
_AHEAD = 100
# How soon one sees that something beside the line has changed.
_LOOK_SECONDS = 0.3


class Typed(Protocol):
    """What one types, and what one is shown.

    Attributes:
        is_terminal: somebody sits there.
    """

    is_terminal: bool

    def lines(self) -> AsyncGenerator[str, None]:
        """What is typed, line by line, until there is no more."""
        ...

    def show(self, text: str) -> None:
        """Prints what can be seen of it as lines of their own.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        ...


class Terminal:
    """A terminal."""

    is_terminal = True

    def __init__(self, prompt: Callable[[], str], beside: Callable[[], str], writing: Callable[[str], None]) -> None:
        """Takes what stands before the line and at the right of it, and who is told what stands in it so far."""
        self._beside = beside
        self._drawn = ""
        self._session: PromptSession[str] = PromptSession(
            prompt,
            # At the right, not below: that is not drawn on terminals that do not tell where their cursor is.
            rprompt=self._draw_beside,
            # What was typed is shown when it is there for all.
            erase_when_done=True,
        )
        self._session.default_buffer.on_text_changed += lambda buffer: writing(buffer.text)
        self._unprinted: list[str] = []
        self._printing: Awaitable[None] | None = None

    async def lines(self) -> AsyncGenerator[str, None]:
        """See `Typed`."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                # Otherwise it waits for Enter after an error, deaf to all that would end it.
                yield await self._session.prompt_async(set_exception_handler=False)
        except (EOFError, KeyboardInterrupt):
            return
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        """Draws the line anew whenever something else shall stand beside it."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            # Not what was found at the last look: keys and lines that come in have it drawn in between.
            if self._beside() != self._drawn:
                self._session.app.invalidate()

    def _draw_beside(self) -> str:
        self._drawn = self._beside()
        return self._drawn

    def show(self, text: str) -> None:
        """See `Typed`."""
        if not self._unprinted:
            # Lines that come at once are printed at once: the line that is being written is drawn anew for all of them.
            self._printing = run_in_terminal(self.print_now)
        self._unprinted.append(visible.clean(text))

    def print_now(self) -> None:
        """Prints what was shown and is not printed yet, wherever the cursor stands."""
        screen = self._session.output
        screen.enable_autowrap()
        screen.write("".join(f"{line}\n" for line in self._unprinted))
        screen.flush()
        self._unprinted.clear()


class Plain:
    """Standard input and output."""

    is_terminal = False

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)

    async def lines(self) -> AsyncGenerator[str, None]:
        """See `Typed`."""
        # A descriptor of its own: the thread may outlive whoever has opened standard input.
        threading.Thread(target=self._read, args=(os.dup(sys.stdin.fileno()),), daemon=True).start()
        while (line := await self._queue.get()) is not None:
            self._room.release()
            yield line

    def show(self, text: str) -> None:
        """See `Typed`."""
        print(visible.clean(text), flush=True)  # noqa: T201  the command's output

    def _read(self, source: int) -> None:
        # Not by way of `sys.stdin`: a thread that holds its lock keeps the process from ending.
        rest = b""
        try:
            while chunk := os.read(source, _CHUNK):
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    self._put(line)
            if rest:
                self._put(rest)
            self._loop.call_soon_threadsafe(self._queue.put_nowait, None)
        except RuntimeError:
            # The loop has ended before the input.
            return
        finally:
            os.close(source)

    def _put(self, line: bytes) -> None:
        self._room.acquire()
        text = line.removesuffix(b"\r").decode(errors="replace")
        self._loop.call_soon_threadsafe(self._queue.put_nowait, text)


@contextmanager
def opened(prompt: Callable[[], str], beside: Callable[[], str], writing: Callable[[str], None]) -> Iterator[Typed]:
    """The terminal if there is one at both ends, else the plain way."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        keyboard, screen = chat_keys.Keyboard(sys.stdin), chat_keys.Screen.of(sys.stdout)
        # Whose context it is knows which line is being written: so who shows something runs in it, or was begun in it.
        with create_app_session(input=keyboard, output=screen):
            terminal = Terminal(prompt, beside, writing)
            try:
                yield terminal
            finally:
                terminal.print_now()
                keyboard.forget()
    else:
        yield Plain()
