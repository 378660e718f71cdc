"""Keyset pagination, the one way in which a list is paged: an opaque cursor, `limit`, a `Link` header, `Page[T]`.

A list is ordered by one unique key, newest (largest) first unless its route says otherwise. A cursor is a key and a
direction: `next` leads on in the list's order, `prev` back. Filters stand in the statement, so a page is short only
where the list ends. There is no OFFSET and no count.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from fastapi import Depends, Query, Request, Response
from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.orm import InstrumentedAttribute

from src import addresses
from src.database import ReadSession
from src.exceptions import ErrorCode, FieldError, InvalidInput
from src.schemas import MAX_ID, Output

DEFAULT_LIMIT = 20
MAX_LIMIT = 80
_MAX_CURSOR = 200
_MAX_KEY = 100

T = TypeVar("T")
Key = int | str


class InvalidCursor(InvalidInput):
    """The cursor was not made by this server, or for another list."""

    code = ErrorCode.INVALID_INPUT
    detail = "The cursor is not valid."

    def __init__(self) -> None:
        super().__init__(
            errors=[FieldError(loc=["query", "cursor"], code="cursor", message="Take the cursor of a page.")]
        )


class Direction(StrEnum):
    """Which way from its key a cursor leads, in the order of the list."""

    ON = "n"
    BACK = "p"


@dataclass(frozen=True)
class Cursor:
    """A place in a list: everything strictly after (or before) `key`."""

    direction: Direction
    key: Key

    def encode(self) -> str:
        """The text that clients carry."""
        return base64.urlsafe_b64encode(orjson.dumps([self.direction, self.key])).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Reads what `encode` gave.

        Raises:
            InvalidCursor: anything else.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            direction, key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            cursor = cls(Direction(direction), key)
        except (ValueError, TypeError, binascii.Error):
            raise InvalidCursor from None
        good_number = isinstance(key, int) and not isinstance(key, bool) and 0 <= key <= MAX_ID
        good_text = isinstance(key, str) and len(key) <= _MAX_KEY and "\0" not in key
        if not (good_number or good_text):
            raise InvalidCursor
        return cursor


class Page(Output, Generic[T]):
    """A stretch of a list; `next` and `prev` are cursors, null where the list ends."""

    items: list[T]
    next: str | None
    prev: str | None


@dataclass(frozen=True)
class Slice(Generic[T]):
    """Rows of one page with the cursors around them, before they become an answer."""

    rows: Sequence[T]
    next: Cursor | None
    prev: Cursor | None


class Paging:
    """What a request says about the page that it wants; also writes the answer's `Link` header."""

    def __init__(self, request: Request, response: Response, *, limit: int, cursor: Cursor | None) -> None:
        """Takes the parsed parameters."""
        self._request = request
        self._response = response
        self.limit = limit
        self.cursor = cursor

    @property
    def back(self) -> bool:
        """Whether the page lies before the cursor."""
        return self.cursor is not None and self.cursor.direction is Direction.BACK

    def number(self) -> int | None:
        """The cursor's key in a list that is ordered by numbers; None at the head of the list.

        Raises:
            InvalidCursor: the key is no number.
        """
        if self.cursor is None:
            return None
        if not isinstance(self.cursor.key, int):
            raise InvalidCursor
        return self.cursor.key

    def text(self) -> str | None:
        """The cursor's key in a list that is ordered by texts; None at the head of the list.

        Raises:
            InvalidCursor: the key is no text.
        """
        if self.cursor is None:
            return None
        if not isinstance(self.cursor.key, str):
            raise InvalidCursor
        return self.cursor.key

    def cut(self, rows: Sequence[T], keys: Sequence[Key]) -> Slice[T]:
        """A page of up to `limit` rows out of rows that were read in the cursor's direction, one more than needed."""
        more = len(rows) > self.limit
        rows, keys = rows[: self.limit], keys[: self.limit]
        if self.back:
            rows, keys = rows[::-1], keys[::-1]
        if not rows:
            return Slice(rows, None, None)
        has_next = self.back or more
        has_prev = more if self.back else self.cursor is not None
        return Slice(
            rows,
            Cursor(Direction.ON, keys[-1]) if has_next else None,
            Cursor(Direction.BACK, keys[0]) if has_prev else None,
        )

    def page(self, slice_: Slice[Any], items: Sequence[T]) -> Page[T]:
        """The answer for these items; sets the `Link` header."""
        self.link(slice_)
        return Page(
            items=list(items),
            next=slice_.next and slice_.next.encode(),
            prev=slice_.prev and slice_.prev.encode(),
        )

    def link(self, slice_: Slice[Any]) -> None:
        """Sets the `Link` header (RFC 8288): absolute addresses, `next` first; none on a page without neighbours."""
        header = self.link_header(slice_)
        if header:
            self._response.headers["Link"] = header

    def link_header(self, slice_: Slice[Any]) -> str:
        """The text of the `Link` header, empty without neighbours."""
        scope = self._request.scope
        given = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "cursor"]
        path = addresses.own_address(self._request) + quote(scope["path"], safe="/@:")
        links = [
            f'<{path}?{urlencode([*given, ("cursor", cursor.encode())])}>; rel="{rel}"'
            for rel, cursor in (("next", slice_.next), ("prev", slice_.prev))
            if cursor is not None
        ]
        return ", ".join(links)


async def paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on a page.")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=_MAX_CURSOR, description="`next` or `prev` of another page of this list.")
    ] = None,
) -> Paging:
    """The dependency behind `PagingDep`."""
    return Paging(request, response, limit=limit, cursor=None if cursor is None else Cursor.decode(cursor))


PagingDep = Annotated[Paging, Depends(paging)]


async def paginate(
    session: ReadSession,
    statement: Select[*tuple[Any, ...]],
    *,
    key: ColumnElement[Any] | InstrumentedAttribute[Any],
    paging: Paging,
    ascending: bool = False,
) -> Slice[Row[*tuple[Any, ...]]]:
    """One page of `statement`, which comes with all its filters and without ORDER BY and LIMIT.

    Args:
        session: where to read.
        statement: what to read.
        key: the unique column that orders the list.
        paging: what the request asked for.
        ascending: smallest key first.

    Raises:
        InvalidCursor: the cursor belongs to a list with another kind of key.
    """
    position = paging.text() if key.type.python_type is str else paging.number()
    upwards = ascending != paging.back
    if position is not None:
        statement = statement.where(key > position if upwards else key < position)
    statement = statement.add_columns(key.label("page_key")).order_by(key.asc() if upwards else key.desc())
    rows = (await session.execute(statement.limit(paging.limit + 1))).all()
    return paging.cut(rows, [row.page_key for row in rows])
