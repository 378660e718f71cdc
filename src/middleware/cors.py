"""Which other sites' pages may read our answers: an allow-list, by Starlette's middleware with our form of errors."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from src import logs
from src.problems import BadRequest, render

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_REQUEST_HEADERS: Final = ("Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "X-Api-Key", "X-Request-Id")
_ANSWER_HEADERS: Final = (
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)


class CrossOrigin(CORSMiddleware):
    """CORS for the listed origins. Tokens travel in a header, so cookies (credentials) are never allowed."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        """Takes origins such as `https://page.example`.

        Raises:
            ValueError: `*` or `null`, which mean everybody.
        """
        for origin in origins:
            if "*" in origin or origin == "null":
                message = f"CORS origin {origin!r}: name each site that may read answers"
                raise ValueError(message)
        super().__init__(
            app,
            allow_origins=frozenset(origins),
            allow_methods=_METHODS,
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_ANSWER_HEADERS,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to the browser's question before the request; a problem document if it is no."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        refusal = render(BadRequest(), logs.request_id.get())
        refusal.headers["Vary"] = answer.headers["Vary"]
        return refusal
