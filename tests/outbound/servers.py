"""Other servers, as nice or as nasty as a test wants them: real sockets on this machine."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from src.outbound.client import Outbound
from src.outbound.guard import Guard
from tests.listening import listening

LOOPBACK = (IPv4Network("127.0.0.1/32"),)
Reply = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A server that noted whole request heads."""

    port: int
    heads: list[str] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """An address of it."""
        return f"{scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(reply: Reply, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server that answers each request by `reply(head, writer)` and hangs up."""
    server = Server(0)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            server.heads.append(head)
            await reply(head, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with listening(connected, host=host, tls=tls) as server.port:
        yield server


def plain(body: bytes = b"hello", *, status: int = 200, headers: str = "") -> bytes:
    """A whole answer."""
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode("latin-1") + body


def always(answer: bytes) -> Reply:
    """The same to everybody."""

    async def reply(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return reply


def in_turn(*answers: bytes) -> Reply:
    """One after the other, the last one for ever."""
    rest = list(answers)

    async def reply(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(rest.pop(0) if len(rest) > 1 else rest[0])

    return reply


@dataclass
class Names:
    """A resolver that a test controls: each name's answers, one a look-up, the last one for ever."""

    known: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, name: str) -> list[str]:
        """The next answer."""
        self.asked.append(name)
        answers = self.known.get(name)
        if answers is None:
            raise OSError(name)
        return answers.pop(0) if len(answers) > 1 else answers[0]


@asynccontextmanager
async def outbound(
    *servers: Server,
    names: dict[str, list[list[str]]] | None = None,
    allowed: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[tuple[Outbound, Names]]:
    """A way out that may call loopback at the ports of these servers, and its resolver."""
    resolver = Names(names or {})
    guard = Guard(ports=frozenset(server.port for server in servers), allowed=allowed, resolver=resolver)
    found = Outbound(guard, tls=tls, first_wait=0)
    try:
        yield found, resolver
    finally:
        await found.close()
