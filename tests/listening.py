"""Servers in a test's own process: what they have accepted ends with them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from src import background

Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
# What comes of clients that go as they please.
_BROKEN = (OSError, asyncio.IncompleteReadError)


@asynccontextmanager
async def listening(
    connected: Connected, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Runs `connected(reader, writer)` for each connection, at the port that it gives.

    At the end those that still stand are cut: a server of asyncio leaves them to themselves, and a later test would
    be told that nobody has closed them.
    """
    tasks: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(connected(reader, writer)))
        writers.append(writer)

    server = await asyncio.start_server(accept, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await background.end(*tasks)
        for writer in writers:
            writer.transport.abort()
        # From Python 3.12 on it waits for all of them.
        await server.wait_closed()
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, _BROKEN):
            raise error
