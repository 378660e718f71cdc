"""Is this a request that an honest client would send? Pure checks of the target, the Host and doubled headers."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from src.problems import BadRequest

# A name, an IPv4 address or a bracketed IPv6 address, and perhaps a port.
_HOST = re.compile(rb"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
# Two of these are read by one layer as the first and by another as the last: the start of many tricks.
_SINGLE: Final = frozenset({b"host", b"authorization", b"x-api-key", b"content-type", b"content-length", b"origin"})
_BY_ANY_NAME: Final = "/health/"


def refuse_doubles(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Refuses a request that sends a header twice which may come once.

    Raises:
        BadRequest: it does.
    """
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in seen and name in _SINGLE:
            raise BadRequest
        seen.add(name)


def clean_target(scope: Scope) -> None:
    """Refuses a path or query that is no text, and takes one trailing slash off the path, so that none redirects.

    Raises:
        BadRequest: NUL, or bytes that are not UTF-8.
    """
    raw_path = scope.get("raw_path") or b""
    query = scope.get("query_string") or b""
    if b"%" in raw_path or not raw_path.isascii():
        _refuse_binary(raw_path)
    if b"%" in query or not query.isascii():
        _refuse_binary(query)
    path = scope["path"]
    if path[-1:] == "/" and len(path) > 1:
        scope["path"] = path[:-1]
        scope["raw_path"] = raw_path.removesuffix(b"/")


def _refuse_binary(quoted: bytes) -> None:
    plain = unquote_to_bytes(quoted)
    try:
        plain.decode()
    except UnicodeDecodeError:
        raise BadRequest from None
    if b"\0" in plain:
        raise BadRequest


class HostCheck:
    """Knows which Host headers are sane and, when `trusted` is not empty, which belong to this server.

    `trusted` holds names such as `hearth.example` or `*.example`, without ports; with it, an attacker's page cannot
    reach a server at home by pointing a name of their own to its address. Without it, any name in the right form
    passes, and links in answers repeat it unless `HEARTH_URL` is set. Health checks pass by any name always: who asks
    knows an address alone.
    """

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._names = frozenset(name.lower().encode() for name in trusted if not name.startswith("*."))
        self._suffixes = tuple(name[1:].lower().encode() for name in trusted if name.startswith("*."))

    def __call__(self, host: bytes | None, http_version: str, path: str) -> None:
        """Lets a good Host pass.

        Raises:
            BadRequest: it is missing (HTTP/1.0 may leave it out), malformed or somebody else's.
        """
        choosy = bool(self._names or self._suffixes) and not path.startswith(_BY_ANY_NAME)
        if host is None:
            if http_version == "1.0" and not choosy:
                return
            raise BadRequest
        if not _HOST.fullmatch(host):
            raise BadRequest
        if choosy:
            name = (host if host[-1:] == b"]" else host.rpartition(b":")[0] or host).lower()
            if name not in self._names and not name.endswith(self._suffixes or (b"\0",)):
                raise BadRequest
