"""This server's own address, as whoever asks sees it."""

from functools import lru_cache

from starlette.requests import Request

from src.config import Settings, of


def own_address(request: Request) -> str:
    """Scheme and host without a slash at the end: `HEARTH_URL`, or else what the request was addressed to."""
    given = of(Settings).hearth_url
    if given:
        return given.rstrip("/")
    scope = request.scope
    host = next((value for name, value in scope["headers"] if name == b"host"), None)
    server = scope.get("server")
    return _addressed(scope["scheme"], host, server and tuple(server))


# Most requests of a server are addressed alike, and the framework takes its time to check a host's name.
@lru_cache(maxsize=256)
def _addressed(scheme: str, host: bytes | None, server: tuple[str, int | None] | None) -> str:
    headers = [] if host is None else [(b"host", host)]
    root = Request({"type": "http", "scheme": scheme, "path": "/", "headers": headers, "server": server})
    return str(root.base_url).rstrip("/")
