"""The outermost layer: an id for every request, one line in the log, safe headers on every answer, and the last net.

What stands inside may put header fields for the answer into `scope["state"]["answer_headers"]`; an answer's own field
of the same name wins.
"""

import asyncio
import logging
import os
import re
import time
from collections.abc import Iterable
from typing import Final, cast

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from src import logs
from src.exceptions import HearthError, Unavailable
from src.problems import render

Header = tuple[bytes, bytes]

access_logger = logging.getLogger("hearth.access")
logger = logging.getLogger("hearth.server")

# What nginx writes for a client that left before its answer.
CLIENT_CLOSED_REQUEST: Final = 499
_SWITCHING_PROTOCOLS: Final = 101
_GIVEN_ID = re.compile(rb"[A-Za-z0-9-]{8,64}")
_LONGEST_PATH: Final = 512
# What follows these in a path opens a door to whoever knows it, also in a log, and also where no route has it.
_CODE_IN_PATH: Final = re.compile(r"^(/v1/(?:chat-hooks|group-invites)/).+", re.DOTALL)
_DEFAULTS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)


class Envelope:
    """See the module. `hsts_seconds` is sent over HTTPS only; 0 sends none."""

    def __init__(self, app: ASGIApp, *, hsts_seconds: int) -> None:
        hsts = (b"strict-transport-security", b"max-age=%d; includeSubDomains" % hsts_seconds)
        self._app = app
        self._plain = _DEFAULTS
        self._secure = (*_DEFAULTS, hsts) if hsts_seconds else _DEFAULTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        kind = scope["type"]
        if kind == "http":
            defaults = self._secure if scope.get("scheme") == "https" else self._plain
            await _Exchange(scope, send, defaults).run(self._app, receive)
        elif kind == "websocket":
            await _Socket(scope, send, ()).run(self._app, receive)
        else:
            await self._app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_began", "_defaults", "_path", "_request_id", "_scope", "_send", "status")

    def __init__(self, scope: Scope, send: Send, defaults: tuple[Header, ...]) -> None:
        self._began = time.perf_counter()
        self._scope = scope
        self._send = send
        self._defaults = defaults
        # As it was asked for: the layers inside may change it.
        self._path: str = scope["path"]
        self._request_id = _request_id(scope["headers"])
        self.status = 0
        state = scope.setdefault("state", {})
        state["request_id"] = self._request_id
        state["answer_headers"] = []
        # The task ends with the request, and its context with it.
        logs.request_id.set(self._request_id)

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        """Runs the app; nothing but a cancellation comes out of here."""
        try:
            await app(self._scope, receive, self.send)
        except asyncio.CancelledError:
            # The server is going down and has no time left for this request.
            await self._fail(Unavailable(), receive)
            raise
        except ClientDisconnect:
            # Before its body was complete: there is nobody to answer.
            pass
        except Exception as error:
            logger.exception("Unhandled %s", type(error).__name__)
            await self._fail(HearthError(), receive)
        finally:
            self._log()

    async def send(self, message: Message) -> None:
        """The ASGI `send` that the app gets."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            # A new message: the app may keep the old one and send it again.
            message = {**message, "headers": self._complete(message.get("headers", ()))}
        await self._send(message)

    def _complete(self, own: Iterable[Header]) -> list[Header]:
        headers = list(own)
        names = {name for name, _ in headers}
        given: list[Header] = self._scope["state"]["answer_headers"]
        headers += [header for header in (*self._defaults, *given) if header[0] not in names]
        headers.append((b"x-request-id", self._request_id.encode()))
        return headers

    async def _fail(self, error: HearthError, receive: Receive) -> None:
        if not self.status:
            await render(error, self._request_id)(self._scope, receive, self.send)

    def _log(self) -> None:
        if not access_logger.isEnabledFor(logging.INFO):
            return
        scope = self._scope
        method = scope.get("method", "WEBSOCKET")
        status = self.status or CLIENT_CLOSED_REQUEST
        path = _CODE_IN_PATH.sub(rf"\1{logs.REDACTED}", self._path)[:_LONGEST_PATH]
        milliseconds = round((time.perf_counter() - self._began) * 1000, 1)
        client = scope.get("client")
        # Made by hand: to look for the caller's file and line would cost more than everything else here.
        record = logging.LogRecord(
            access_logger.name, logging.INFO, __file__, 0, f"{method} {path} {status} {milliseconds} ms", None, None
        )
        vars(record).update(
            method=method,
            path=path,
            route=_route(scope),
            status=status,
            duration_ms=milliseconds,
            account_id=scope["state"].get("account_id"),
            client=client[0] if client else None,
        )
        access_logger.handle(record)


class _Socket(_Exchange):
    """One WebSocket, from its handshake to its end; logged once, when it ends."""

    __slots__ = ("_closed",)

    def __init__(self, scope: Scope, send: Send, defaults: tuple[Header, ...]) -> None:
        super().__init__(scope, send, defaults)
        self._closed = False

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        """Runs the app; a client that leaves is no error."""
        try:
            await app(self._scope, receive, self.send)
        except WebSocketDisconnect:
            self._closed = True
        except Exception as error:
            logger.exception("Unhandled %s", type(error).__name__)
            if not self._closed:
                await self.send({"type": "websocket.close", "code": 1011})
        finally:
            self._log()

    async def send(self, message: Message) -> None:
        """The ASGI `send` that the app gets."""
        kind = message["type"]
        if kind == "websocket.accept":
            self.status = _SWITCHING_PROTOCOLS
            message = {**message, "headers": self._complete(message.get("headers", ()))}
        elif kind == "websocket.http.response.start":
            self.status, self._closed = message["status"], True
        elif kind == "websocket.close":
            self.status, self._closed = self.status or 403, True
        await self._send(message)


def _request_id(headers: Iterable[Header]) -> str:
    """The id that a proxy or client has given, if it is one that fits a log; else a new one."""
    for name, value in headers:
        if name == b"x-request-id":
            if _GIVEN_ID.fullmatch(value):
                return value.decode()
            break
    return os.urandom(16).hex()


def _route(scope: Scope) -> str | None:
    """The template of the route that answered, such as `/v1/posts/{post_id}`; None when none did."""
    # FastAPI keeps a route that came by `include_router` without its prefix, and the whole path beside it.
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context, "path_format", None) or getattr(scope.get("route"), "path", None)
    return cast("str | None", path)
