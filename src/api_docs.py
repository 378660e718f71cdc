"""The API's documentation page and a word of welcome, all of it served from here: no other host is asked for anything.

The files in `src/static/vendor/` are as their makers publish them; the version in their address lets browsers keep
them for ever.
"""

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from src import conditions

SWAGGER_UI: Final = "5.35.0"

_STATIC: Final = Path(__file__).parent / "static"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    # Swagger UI sets styles on its elements.
    "style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_FIRST: Final = "no-cache"

_Endpoint = Callable[[Request], Awaitable[Response]]


def mount(app: FastAPI) -> None:
    """Adds `/`, `/docs` and what they load to the app; open to everybody and no part of the API."""
    assets = _Vendored(directory=_STATIC / "vendor" / f"swagger-ui-{SWAGGER_UI}")
    app.mount(f"/docs/assets/{SWAGGER_UI}", assets, name="docs_assets")
    for path, name, media_type in (
        ("/", "welcome.html", "text/html"),
        ("/docs", "docs.html", "text/html"),
        ("/docs/start.js", "start.js", "text/javascript"),
    ):
        content = (_STATIC / "api_docs" / name).read_bytes()
        app.add_route(path, page(content, media_type), include_in_schema=False)


class _Vendored(StaticFiles):
    """Files that never change under their address."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or that the browser has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = _FOR_EVER
        return response


def page(content: bytes, media_type: str) -> _Endpoint:
    """An endpoint for a small file, which browsers keep but ask about each time."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": _ASK_FIRST, "content-security-policy": _POLICY}

    async def endpoint(request: Request) -> Response:
        if conditions.is_known(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=media_type)

    return endpoint
