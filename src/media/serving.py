"""Answers with files: conditions, ranges and headers by RFC 9110, the bytes out of whichever store has them."""

import logging
import re
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from src import conditions
from src.exceptions import HearthError
from src.media.constants import CACHE_SECONDS, LINK_SECONDS, SHARED_SECONDS
from src.media.exceptions import RangeNotSatisfiable
from src.media.models import MediaFile
from src.media.store import Store
from src.media.utils import extension_of

logger = logging.getLogger(__name__)

# Who has seen a file keeps it. What stands between keeps it for others, who must not get it long after its deletion.
_PUBLIC = f"public, s-maxage={SHARED_SECONDS}"
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


@dataclass(frozen=True)
class Span:
    """Which bytes of a file are meant."""

    start: int
    length: int


def span_of(header: str | None, size: int) -> Span | None:
    """What a `Range` header asks for; None for the whole file.

    Several ranges at once, and what is no range of bytes, are answered by the whole file, as the RFC allows.

    Raises:
        RangeNotSatisfiable: it begins behind the end.
    """
    found = None if header is None else _RANGE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        start, end = size - length, size
    else:
        start = int(found[1])
        end = min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= size or start == end:
        raise RangeNotSatisfiable(size)
    return Span(start, end - start)


def etag_of(file: MediaFile) -> str:
    """The strong validator of a file: its content's."""
    return f'"{file.sha256[:32]}"'


def disposition(name: str, content_type: str) -> str:
    """Shown where it is asked for, and saved under a name of ours."""
    return f'inline; filename="{name}.{extension_of(content_type)}"'


def answer(file: MediaFile, store: Store, *, name: str, public: bool, asked: Headers, whole: bool = False) -> Response:
    """The answer to a request for a file.

    Args:
        file: which one.
        store: where it is.
        name: under which it is saved.
        public: whether others than the caller may keep the answer.
        asked: the request's headers.
        whole: without a look at ranges, for HEAD.

    Raises:
        RangeNotSatisfiable: the file ends before the range.
    """
    saved = disposition(name, file.content_type)
    headers = _headers(file, saved, public=public)
    if conditions.is_known(asked.get("if-none-match"), headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    link = None if whole else store.link(file.key, file.content_type, saved)
    if link is not None:
        # Kept for half as long as the address is good.
        kept = {"Cache-Control": f"private, max-age={LINK_SECONDS // 2}"}
        return RedirectResponse(link, HTTPStatus.TEMPORARY_REDIRECT, kept)
    condition = asked.get("if-range")
    takes_range = not whole and (condition is None or condition == headers["ETag"])
    span = span_of(asked.get("range"), file.bytes) if takes_range else None
    return Streamed(file, store, span, headers)


def _headers(file: MediaFile, saved: str, *, public: bool) -> dict[str, str]:
    return {
        "ETag": etag_of(file),
        "Cache-Control": f"{_PUBLIC if public else 'private'}, max-age={CACHE_SECONDS}, immutable",
        "Vary": "Authorization, X-API-Key",
        "Accept-Ranges": "bytes",
        "Content-Disposition": saved,
        # What it would be as a page: without origin, scripts or anything loaded.
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        # Pages elsewhere may show what everybody may see: nothing here depends on cookies.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


class Streamed(Response):
    """A file, or a part of it. What cannot be read at all is told by an error; later, the connection breaks off."""

    def __init__(self, file: MediaFile, store: Store, span: Span | None, headers: dict[str, str]) -> None:
        self._file, self._store = file, store
        self._span = span or Span(0, file.bytes)
        status = HTTPStatus.OK
        headers = {**headers, "Content-Type": file.content_type, "Content-Length": str(self._span.length)}
        if span is not None:
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{file.bytes}"
        super().__init__(status_code=status, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        del receive
        if scope["method"] == "HEAD":
            await send(self._start())
            await send({"type": "http.response.body"})
            return
        pieces = self._store.read(self._file.key, self._span.start, self._span.length)
        first = await anext(pieces, b"")
        await send(self._start())
        await send({"type": "http.response.body", "body": first, "more_body": True})
        try:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except HearthError as error:
            # Too late for an error: the server closes the connection of an answer without an end.
            logger.warning("a file broke off: %s", error.code)
            return
        await send({"type": "http.response.body"})

    def _start(self) -> dict[str, object]:
        return {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
