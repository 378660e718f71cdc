"""The last door before the app: what is malformed, too much, too big or too slow is answered here.

Refusals are raised as errors and rendered in one place. Only a request with a body costs more than a few look-ups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from src.exceptions import HearthError
from src.middleware.bodies import BodyTimes, Disconnected, StreamedBody, read_json
from src.middleware.hygiene import HostCheck, clean_target, refuse_doubles
from src.middleware.throttle import Throttle
from src.problems import BadRequest, BodyTooLarge, UnsupportedMediaType, render

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# More digits than any length that could be meant.
_LONGEST_LENGTH: Final = 19


@dataclass(frozen=True)
class BodyRules:
    """Which bodies are taken: bytes by path prefix (the longest one counts) and how slowly they may come."""

    default_bytes: int
    by_prefix: Mapping[str, int]
    # Path prefixes that take bodies of any type; elsewhere it is JSON or multipart.
    any_type: tuple[str, ...]
    times: BodyTimes

    def limit(self, path: str) -> int:
        """The greatest number of bytes of a body at this path, of JSON excepted: that is held in memory."""
        prefixes = [prefix for prefix in self.by_prefix if path.startswith(prefix)]
        return self.by_prefix[max(prefixes, key=len)] if prefixes else self.default_bytes


class Gate:
    """Checks Host, target and doubled headers, counts the request, and keeps the rules for bodies."""

    def __init__(self, app: ASGIApp, *, host: HostCheck, throttle: Throttle | None, bodies: BodyRules) -> None:
        self._app = app
        self._host = host
        self._throttle = throttle
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        body: Receive | StreamedBody = receive
        try:
            headers = self._admit(scope)
            if kind == "http" and (b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"):
                body = await self._take_body(scope, receive, send, headers)
        except HearthError as refusal:
            await _refuse(refusal, scope, receive, send)
        except Disconnected:
            return
        else:
            if isinstance(body, StreamedBody):
                await self._stream(body, scope, receive, send)
            else:
                await self._app(scope, body, send)

    def _admit(self, scope: Scope) -> dict[bytes, bytes]:
        listed = scope["headers"]
        headers: dict[bytes, bytes] = dict(listed)
        if len(headers) != len(listed):
            refuse_doubles(listed)
        self._host(headers.get(b"host"), scope.get("http_version", "1.1"), scope["path"])
        clean_target(scope)
        if self._throttle is not None:
            scope["state"]["answer_headers"] += self._throttle(scope, headers)
        return headers

    async def _take_body(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> Receive | StreamedBody:
        media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if media_type == b"application/json" or (
            media_type.startswith(b"application/") and media_type.endswith(b"+json")
        ):
            _refuse_length(headers.get(b"content-length"), self._bodies.default_bytes)
            return await read_json(receive, self._bodies.default_bytes, self._bodies.times)
        limit = self._bodies.limit(scope["path"])
        _refuse_length(headers.get(b"content-length"), limit)
        if not self._takes(scope, media_type):
            raise UnsupportedMediaType
        return StreamedBody(receive, send, limit, self._bodies.times)

    async def _stream(self, body: StreamedBody, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            # Behind a refusal it is only what the app made of it.
            if body.refusal is None:
                raise
        if body.refusal is not None and not body.answered:
            await _refuse(body.refusal, scope, receive, send)

    def _takes(self, scope: Scope, media_type: bytes) -> bool:
        return (
            media_type == b"multipart/form-data"
            or scope["method"] in _SAFE
            or scope["path"].startswith(self._bodies.any_type)
        )


def _refuse_length(declared: bytes | None, limit: int) -> None:
    if declared is None:
        return
    if not declared.isdigit():
        raise BadRequest
    if len(declared) > _LONGEST_LENGTH or int(declared) > limit:
        raise BodyTooLarge


async def _refuse(refusal: HearthError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        # A server that cannot answer a handshake otherwise makes a plain 403 of it.
        await send({"type": "websocket.close", "code": 1008})
    else:
        await render(refusal, scope["state"]["request_id"])(scope, receive, send)
