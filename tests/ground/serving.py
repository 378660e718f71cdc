"""A real server on a free port of this machine, in a thread with its own event loop, and raw connections to it."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn import Server

from src.server import ConnectionLimits, bind, make_server

PATIENCE = 30.0

# A request line and a Host; the empty line is missing.
GET = b"GET / HTTP/1.1\r\nHost: hearth.example\r\n"

# `/wait` and `/half` tell that they have begun and wait for leave to end.
started = threading.Event()
released = threading.Event()


async def _root(request: Request) -> Response:
    client = request.client
    return PlainTextResponse(f"{request.method} {client.host if client else ''} {request.url.scheme}")


async def _read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _wait(_request: Request) -> Response:
    started.set()
    await asyncio.to_thread(released.wait, PATIENCE)
    return PlainTextResponse("waited")


async def _half(_request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        started.set()
        await asyncio.to_thread(released.wait, PATIENCE)

    return StreamingResponse(pieces())


app = Starlette(
    routes=[
        Route("/", _root, methods=["GET", "POST"]),
        Route("/read", _read, methods=["POST"]),
        Route("/wait", _wait, methods=["GET", "POST"]),
        Route("/half", _half, methods=["POST"]),
    ]
)


@contextmanager
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A test with fresh events, behind which nothing may have been logged as an error."""
    started.clear()
    released.clear()
    yield
    released.set()
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


def until(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@dataclass
class RawAnswer:
    """An HTTP answer as it stood on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> tuple[int, str]:
        """Status and code of a problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        document = orjson.loads(self.body)
        assert document["status"] == self.status
        return self.status, document["code"]


@dataclass
class Connection:
    """A connection that sends what it likes."""

    sock: socket.socket
    buffer: bytes = b""
    began: float = field(default_factory=time.monotonic)

    def send(self, data: bytes) -> None:
        """Sends everything, as far as the server takes it."""
        # It may have answered and closed meanwhile.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendall(data)

    def answer(self) -> RawAnswer:
        """The next answer."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        status, *fields = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in fields)}
        length = int(headers.get("content-length", "0"))
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return RawAnswer(int(status.split(" ")[1]), headers, body)

    def rest(self) -> bytes:
        """What comes until the server closes."""
        try:
            while True:
                self._more()
        except EOFError:
            return self.buffer

    def _more(self) -> None:
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise EOFError
        self.buffer += data

    @property
    def age(self) -> float:
        """Seconds since it was opened."""
        return time.monotonic() - self.began


@dataclass
class Serving:
    """A running server."""

    server: Server
    port: int

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A fresh connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as sock:
            yield Connection(sock)

    def ask(self, request: bytes) -> RawAnswer:
        """The answer to these bytes on a connection of their own."""
        with self.connection() as connection:
            connection.send(request)
            return connection.answer()


@contextmanager
def serving(
    app: ASGIApp,
    limits: ConnectionLimits = ConnectionLimits(),  # noqa: B008
    *,
    graceful_timeout: float = 5,
    forwarded_allow_ips: str = "",
    tls: tuple[Path, Path] | tuple[None, None] = (None, None),
) -> Iterator[Serving]:
    """Serves the app for the length of the block."""
    sock = bind("127.0.0.1", 0)
    server = make_server(
        app,
        sockets=[sock],
        limits=limits,
        graceful_timeout=graceful_timeout,
        forwarded_allow_ips=forwarded_allow_ips,
        tls_cert=tls[0],
        tls_key=tls[1],
    )
    running = Serving(server, sock.getsockname()[1])
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield running
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server does not stop"
