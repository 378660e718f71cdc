"""One sitting at a chat's terminal: what is typed goes out, what comes is shown, until one of the two ends."""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Final

import typer

from src import visible
from src.cli import chat_commands, chat_typed
from src.cli.chat_desk import Desk
from src.cli.chat_news import Follower
from src.cli.chat_words import Mistake, Quit
from src.client import api as client_api
from src.client import calls as client_calls
from src.client import connection
from src.client import exceptions as client_exceptions

_LEAVING_SECONDS: Final = 5.0
# Somebody who writes on says so again only after this.
_TYPING_SECONDS: Final = 3.0
_EXCERPT: Final = 40


async def talk(url: str, calls: client_calls.Calls, tokens: connection.Tokens, *, name: str) -> bool:
    """Talks until the input ends; whether all that was typed could be done.

    Raises:
        Ended: the server has ended it, or the session is over.
        Refused, Unreachable: it could not begin.
        BrokenPipeError: nobody reads the output any more.
    """
    api = client_api.Api(calls)
    me = await api.me()
    async with connection.Client(url, tokens, name=name) as client:
        with _Sitting.opened(client, Desk(api, me, show=print)) as sitting:
            return await sitting.run()


class _Sitting:
    def __init__(self, client: connection.Client, desk: Desk) -> None:
        self._client = client
        self._desk = desk
        self._turn = asyncio.Lock()
        self._follower = Follower(client, desk, self._turn)
        self._typed: chat_typed.Typed
        self._under_way: set[asyncio.Task[None]] = set()
        self._has_failed = False
        self._said_at = 0.0

    @classmethod
    @contextmanager
    def opened(cls, client: connection.Client, desk: Desk) -> "Iterator[_Sitting]":
        """A sitting at the terminal, or at the pipes, that this process has."""
        sitting = cls(client, desk)
        with chat_typed.opened(lambda: desk.prompt, sitting._beside, sitting._writes) as sitting._typed:
            desk.show, desk.is_attended = sitting._typed.show, sitting._typed.is_terminal
            yield sitting

    async def run(self) -> bool:
        """Whether all that was typed could be done."""
        lines = asyncio.create_task(self._take_lines())
        others = [asyncio.create_task(self._follower.run()), asyncio.create_task(self._desk.mark())]
        try:
            done, _ = await asyncio.wait([lines, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            await self._leave()
        finally:
            for task in (lines, *others, *self._under_way):
                task.cancel()
            await asyncio.gather(lines, *others, *self._under_way, return_exceptions=True)
        return not self._has_failed

    async def _take_lines(self) -> None:
        await self._follower.has_begun.wait()
        if self._typed.is_terminal:
            self._desk.list_chats()
            self._desk.show("-- /open N opens one, /open @NAME begins one; /help tells the rest")
        with suppress(Quit):
            async with aclosing(self._typed.lines()) as lines:
                async for line in lines:
                    await self._take(line)

    async def _take(self, line: str) -> None:
        if line.startswith("/") and not line.startswith("//"):
            await self._command(line[1:])
        elif line.strip():
            text = line[1:] if line.startswith("//") else line
            if self._desk.open_id is None:
                self._fail(f"No chat is open, so nobody gets this: {text[:_EXCERPT]}")
            else:
                # It is on its way in this order, whenever it arrives.
                self._begin(self._send(self._desk.open_id, text))
                await asyncio.sleep(0)

    async def _command(self, line: str) -> None:
        if not self._typed.is_terminal and self._under_way:
            # A script may mean what it has just sent.
            await asyncio.wait(self._under_way)
        try:
            async with self._turn:
                await chat_commands.run(self._desk, line)
        except (client_exceptions.ClientError, Mistake) as error:
            self._fail(str(error))

    async def _send(self, chat_id: int, text: str) -> None:
        try:
            await self._client.send(chat_id, text)
        except client_exceptions.ClientError as error:
            self._fail(f"Not sent: {text[:_EXCERPT]}: {error}")

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _fail(self, text: str) -> None:
        self._has_failed = True
        if self._typed.is_terminal:
            self._desk.show(f"!! {visible.line(text)}")
        else:
            typer.echo(f"hearth: {visible.line(text)}", err=True)

    def _beside(self) -> str:
        """What stands beside the line that is being written."""
        writers = self._desk.writers
        parts = [f"{', '.join(writers)} {'is' if len(writers) == 1 else 'are'} writing"] if writers else []
        if not self._client.is_online:
            parts.append("not connected")
        if self._client.unsent:
            parts.append(f"{self._client.unsent} on the way")
        # The last column of a terminal is written apart from the rest.
        return f"{'; '.join(parts)} " if parts else ""

    def _writes(self, text: str) -> None:
        """Something stands in the line that is no command."""
        now = time.monotonic()
        chat_id = self._desk.open_id
        if chat_id is not None and text and not text.startswith("/") and now - self._said_at > _TYPING_SECONDS:
            self._said_at = now
            self._begin(self._client.typing(chat_id))

    async def _leave(self) -> None:
        """Waits for what is on its way: as long as it takes, but not with somebody sitting there."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_LEAVING_SECONDS if self._typed.is_terminal else None)
        if self._client.unsent:
            some = "One message" if self._client.unsent == 1 else f"{self._client.unsent} messages"
            self._fail(f"{some} may not have arrived.")
        with suppress(TimeoutError, client_exceptions.ClientError):
            async with asyncio.timeout(_LEAVING_SECONDS):
                await self._desk.mark_now()
