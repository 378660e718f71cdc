"""Servers in a test's own process: what they have accepted ends with them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(
    connected: Connected, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Runs `connected(reader, writer)` for each connection, at the port that it gives.

    At the end those that still stand are cut: a server of asyncio leaves them to themselves, and a later test would
    be told that nobody has closed them.
    """
    accepted: list[tuple[asyncio.Future[None], asyncio.StreamWriter]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append((asyncio.ensure_future(connected(reader, writer)), writer))

    server = await asyncio.start_server(accept, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        for task, _ in accepted:
            task.cancel()
        await asyncio.gather(*(task for task, _ in accepted), return_exceptions=True)
        for _, writer in accepted:
            writer.transport.abort()
