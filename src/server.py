"""uvicorn with the limits that it lacks, so that Hearth may face the network without a proxy in front.

httptools bounds neither a header nor the time that it takes to come. The subclass here adds both without touching
single bytes: a whole, ordinary request costs it a dozen comparisons and no timer.
"""

import asyncio
import errno
import functools
import logging
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar, Final, cast
from uuid import uuid4

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from src.exceptions import HearthError
from src.problems import BadRequest, HeadersTooLarge, RequestTimeout, UriTooLong, render
from src.sockets import HearthSocketProtocol

MAX_WEBSOCKET_MESSAGE: Final = 64 * 1024
STOPPING: Final = "hearth.stopping"
_BACKLOG: Final = 2048
# How long cancelled requests may take to give back what they hold, before the database is closed under them.
_CANCELLED_SECONDS: Final = 1.0

access_logger = logging.getLogger("hearth.access")
server_logger = logging.getLogger("hearth.server")


@dataclass(frozen=True)
class ConnectionLimits:
    """What one connection may send before there is a request; sizes in bytes, times in seconds."""

    header_bytes: int = 32 * 1024
    header_count: int = 100
    url_bytes: int = 8 * 1024
    # From a request's first byte to the end of its headers.
    header_seconds: float = 10.0
    # Without a byte between two requests.
    idle_seconds: int = 15
    # For a client to read a refusal while it is still sending.
    linger_seconds: float = 2.0


class HearthHttpProtocol(HttpToolsProtocol):
    """One HTTP connection. What it refuses never becomes a request; the answer is a problem document and the end."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    url: bytes = b""
    # What to answer when a callback of the parser raises.
    _refusal: HearthError | None = None
    # Once a refusal is on its way everything that still comes is thrown away; a WebSocket has its own protocol.
    _done = False
    _in_headers = False
    # The headers are complete, the body is not.
    _in_body = False
    _deadline: asyncio.TimerHandle | None = None
    # uvicorn knows the latest request; with pipelining the one that is being answered is an earlier one.
    _answering: RequestResponseCycle | None = None
    # Bytes of the piece of data that the parser is at, and of the one in which the message began.
    _piece = 0
    _first_piece = 0
    # Bytes after that one, or after the last piece of body: headers, or what hides in chunk extensions and trailers.
    _unframed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A new connection has as long for its first request's headers as any later one."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.limits.header_seconds, self._on_deadline)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; whoever answers on it is told, so that they do not write to it."""
        self._disarm()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The next bytes from the client."""
        if self._done:
            return
        self._piece = len(data)
        self._unframed += self._piece
        super().data_received(data)
        self._watch()

    def _watch(self) -> None:
        """Bounds what the parser keeps to itself, and the time that a request takes to begin."""
        if self._done:
            return
        if self._unframed > self.limits.header_bytes + self.limits.url_bytes:
            self._refuse(UriTooLong() if len(self.url) > self.limits.url_bytes else HeadersTooLarge())
        elif self._deadline is None and not self._is_busy() and not self.transport.is_closing():
            # Half a request, the rest of an answered one, or bytes that belong to none: they have cancelled the timer
            # of the idle connection.
            self._deadline = self.loop.call_later(self.limits.header_seconds, self._on_deadline)

    def on_message_begin(self) -> None:
        """The parser has seen the first byte of a request."""
        self._unframed = 0
        self._first_piece = self._piece
        self._in_headers = True
        self._disarm()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser has seen the empty line behind the headers."""
        if len(self.url) > self.limits.url_bytes:
            self._stop(UriTooLong())
        self._check_headers()
        # It may refuse the request line.
        super().on_headers_complete()
        self._in_headers = False
        self._in_body = True
        self._disarm()

    def on_body(self, body: bytes) -> None:
        """The parser has a piece of the body."""
        self._unframed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The parser has seen the end of the request."""
        if len(self.headers) > self.limits.header_count:
            # Trailers have come on top.
            self._stop(HeadersTooLarge())
        self._in_body = False
        super().on_message_complete()

    def shutdown(self) -> None:
        """The server goes down: an answer that would go on for ever is told to end."""
        super().shutdown()
        if self._is_busy():
            for call in self.cycle.scope.get("extensions", {}).get(STOPPING, {}).values():
                cast("Callable[[], None]", call)()

    def handle_websocket_upgrade(self) -> None:
        """The handshake goes to another protocol, and the connection with it."""
        self._done = True
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn for whatever the parser refuses, also what a callback above has stopped."""
        del msg
        self._refuse(self._refusal or BadRequest())

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, functools.partial(self._run_quietly, cycle, app))  # type: ignore[arg-type]

    async def _run_quietly(
        self, cycle: RequestResponseCycle, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Keeps a cancelled request, by the shutdown or by itself, from being logged as a failure of the app."""
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            cycle.disconnected = True
            # Closed in peace, it would stay for as long as the client does not read what has been written.
            self.transport.abort()

    def _stop(self, refusal: HearthError) -> None:
        self._refusal = refusal
        # Out of the parser, which then reports an error of its own.
        raise refusal

    def _check_headers(self) -> None:
        if len(self.headers) > self.limits.header_count:
            self._stop(HeadersTooLarge())
        # More cannot have come; the exact sum is only for a request whose body may be among it.
        if self._first_piece + self._unframed > self.limits.header_bytes:
            size = sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)
            if size > self.limits.header_bytes:
                self._stop(HeadersTooLarge())

    def _is_busy(self) -> bool:
        """Whether a request is being answered."""
        # None before the first request, whatever uvicorn's annotation says.
        return self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self) -> None:
        self._deadline = None
        if self._in_headers:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def _refuse(self, refusal: HearthError) -> None:
        """Answers once and ends the connection; a request that is being answered keeps its answer."""
        self._done = True
        self._disarm()
        if self.pipeline or (self._in_body and self.cycle.response_started):
            # Other answers have to go first, or this request has its own.
            self.transport.close()
            return
        if self._is_busy():
            if not self._in_body:
                # It was a later request that has been refused: the one before it is still answered.
                self.cycle.keep_alive = False
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.flow.resume_reading()
        identifier = uuid4().hex
        self.transport.write(_wire(refusal, identifier, self.server_state.default_headers))
        access_logger.info(
            "%d before there was a request",
            refusal.status,
            extra={"status": int(refusal.status), "client": self.client[0] if self.client else None},
        )
        # Closed at once with unread data, the connection would be reset and the answer lost.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(self.limits.linger_seconds, self.transport.close)


def _wire(refusal: HearthError, identifier: str, defaults: Sequence[tuple[bytes, bytes]]) -> bytes:
    response = render(refusal, identifier)
    headers = [
        *defaults,
        *response.raw_headers,
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"x-request-id", identifier.encode()),
        (b"connection", b"close"),
    ]
    phrase = HTTPStatus(refusal.status).phrase.encode()
    head = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (refusal.status, phrase, head, bytes(response.body))


def when_stopping(scope: Scope, call: Callable[[], None]) -> None:
    """Has `call` called when the server goes down while this request is being answered, for answers without an end."""
    scope.setdefault("extensions", {}).setdefault(STOPPING, {})["call"] = call


class CannotListen(Exception):
    """The server cannot be reached under the address or certificate that it was given; its text is one line."""


def bind(host: str, port: int) -> socket.socket:
    """A socket that already listens, so that a second server on the same port fails before it opens anything.

    `::` also takes IPv4; port 0 takes any free one.

    Raises:
        CannotListen: with one line for the person who started the server.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        message = f"{host} is neither an address nor the name of a machine."
        raise CannotListen(message) from None
    # `localhost` means 127.0.0.1 for most who type it.
    family, *_, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    dualstack = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(address, family=family, backlog=_BACKLOG, dualstack_ipv6=dualstack)
    except OSError as error:
        raise CannotListen(_why(error, host, port)) from None


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken: stop the other server or choose another port."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: choose one above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine."
    return f"Cannot listen on {host}, port {port}: {error.strerror}"


class HearthServer(uvicorn.Server):
    """uvicorn's server on sockets that are already bound; at its end no request outlives the app."""

    def __init__(self, config: uvicorn.Config, *, sockets: Sequence[socket.socket], graceful_seconds: float) -> None:
        super().__init__(config)
        self._sockets = list(sockets)
        self._graceful_seconds = graceful_seconds

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until told to stop (`should_exit`, SIGINT or SIGTERM)."""
        await super().serve(sockets or self._sockets)

    async def _wait_tasks_to_complete(self) -> None:
        """Gives requests their time, then cancels the rest and waits until they have let go of the database."""
        try:
            async with asyncio.timeout(self._graceful_seconds):
                await super()._wait_tasks_to_complete()
        except TimeoutError:
            rest = list(self.server_state.tasks)
            server_logger.warning("The time to stop is over: %d requests are cancelled", len(rest))
            for task in rest:
                task.cancel()
            if rest:
                await asyncio.wait(rest, timeout=_CANCELLED_SECONDS)


def make_server(
    app: ASGIApp,
    *,
    sockets: Sequence[socket.socket],
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    forwarded_allow_ips: str = "",
    graceful_timeout: float = 25.0,
    limits: ConnectionLimits = ConnectionLimits(),
) -> uvicorn.Server:
    """The server for this app; run it with `server.run()` or `await server.serve()`.

    Args:
        app: the ASGI app with everything around it.
        sockets: from `bind`; the server closes them when it stops.
        tls_cert: PEM file with the certificate and its chain; with `tls_key` the server speaks HTTPS only.
        tls_key: PEM file with the private key.
        forwarded_allow_ips: addresses and networks of proxies whose X-Forwarded-* are believed, by commas; "": none.
        graceful_timeout: seconds that running requests get at the end.
        limits: what a connection may send.

    Raises:
        CannotListen: certificate or key cannot be used.
    """
    protocol = type("LimitedHttpProtocol", (HearthHttpProtocol,), {"limits": limits})
    config = uvicorn.Config(
        cast("ASGI3Application", app),
        interface="asgi3",
        loop="auto" if sys.platform == "win32" else "uvloop",
        http=protocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(forwarded_allow_ips),
        forwarded_allow_ips=forwarded_allow_ips,
        ws=HearthSocketProtocol,
        ws_max_size=MAX_WEBSOCKET_MESSAGE,
        # Who holds a socket pings it with something to say; compressed, each would cost 64 KiB and its own encoding.
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        timeout_keep_alive=limits.idle_seconds,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        message = f"The certificate {tls_cert} with the key {tls_key} cannot be used: {error.strerror or error}"
        raise CannotListen(message) from None
    return HearthServer(config, sockets=sockets, graceful_seconds=graceful_timeout)
