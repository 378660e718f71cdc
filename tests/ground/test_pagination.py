"""Pages: walked forwards and backwards they are the list, whatever the list and the length of a page."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, insert, select, text
from starlette.requests import Request
from starlette.responses import Response

from src import config
from src.config import Settings
from src.database import Database, WriteSession
from src.pagination import Cursor, Direction, InvalidCursor, Key, Page, Paging, Slice, paginate
from src.schemas import MAX_ID

_KEYS = st.one_of(
    st.integers(0, MAX_ID), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100)
)
_LISTS = st.lists(st.integers(0, 60), unique=True).map(sorted)


def asked(limit: int, cursor: Cursor | None, query: bytes = b"") -> tuple[Paging, Response]:
    """What a request for a page gets."""
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "path": "/v1/things",
        "query_string": query,
        "headers": [(b"host", b"hearth.test")],
        "server": ("hearth.test", 443),
    }
    response = Response()
    return Paging(Request(scope), response, limit=limit, cursor=cursor), response


def read(keys: Sequence[int], limit: int, cursor: Cursor | None, *, ascending: bool) -> Slice[int]:
    """A page of a list in memory, read as a statement would: towards the cursor's side, one more than needed."""
    paging, _ = asked(limit, cursor)
    upwards = ascending != paging.back
    position = paging.number()
    rest = [key for key in keys if position is None or (key > position if upwards else key < position)]
    rows = sorted(rest, reverse=not upwards)[: limit + 1]
    return paging.cut(rows, rows)


@pytest.mark.unit
@given(_LISTS, st.integers(1, 7), st.booleans())
def test_a_walk_gives_each_row_once_and_in_order_and_back_the_same_pages(
    keys: list[int], limit: int, ascending: bool
) -> None:
    expected = keys if ascending else keys[::-1]
    pages = [read(keys, limit, None, ascending=ascending)]
    while (cursor := pages[-1].next) is not None:
        pages.append(read(keys, limit, cursor, ascending=ascending))
    assert [row for one in pages for row in one.rows] == expected
    assert all(len(one.rows) == limit for one in pages[:-1])
    assert pages[0].prev is None
    for number in range(len(pages) - 1, 0, -1):
        back = pages[number].prev
        assert back is not None
        assert read(keys, limit, back, ascending=ascending).rows == pages[number - 1].rows
    first_again = read(keys, limit, pages[1].prev, ascending=ascending) if len(pages) > 1 else pages[0]
    assert first_again.prev is None


@pytest.mark.unit
@given(_LISTS, st.sets(st.integers(0, 60)), st.integers(1, 7))
def test_what_comes_and_goes_meanwhile_neither_hides_nor_doubles_what_stays(
    keys: list[int], changed: set[int], limit: int
) -> None:
    later = sorted(set(keys) ^ changed)
    one = read(keys, limit, None, ascending=False)
    seen = [*one.rows]
    while one.next is not None:
        one = read(later, limit, one.next, ascending=False)
        seen += one.rows
    assert len(set(seen)) == len(seen)
    assert set(keys) & set(later) <= set(seen)


@pytest.mark.unit
@given(st.sampled_from(Direction), _KEYS)
def test_a_cursor_comes_back_as_it_was(direction: Direction, key: Key) -> None:
    cursor = Cursor(direction, key)
    text = cursor.encode()
    assert Cursor.decode(text) == cursor
    assert httpx.QueryParams({"cursor": text})["cursor"] == text


def _refused(text: str) -> bool:
    """Whether the text is no cursor, and the refusal says so."""
    try:
        Cursor.decode(text)
    except InvalidCursor as error:
        return [one.loc for one in error.errors] == [["query", "cursor"]]
    return False


@pytest.mark.unit
@given(st.one_of(st.text(), st.binary().map(lambda value: base64.urlsafe_b64encode(value).decode())))
def test_garbage_is_no_cursor(text: str) -> None:
    if not _refused(text):
        assert Cursor.decode(Cursor.decode(text).encode()) == Cursor.decode(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


@pytest.mark.unit
@given(st.lists(st.one_of(st.sampled_from(["n", "p"]), _JSON), max_size=3))
def test_a_cursor_is_a_direction_and_a_key_and_nothing_else(parts: list[object]) -> None:
    try:
        content = orjson.dumps(parts)
    except orjson.JSONEncodeError:
        return
    match parts:
        case ["n" | "p", bool()]:
            good = False
        case ["n" | "p", int(key)]:
            good = 0 <= key <= MAX_ID
        case ["n" | "p", str(key)]:
            good = len(key) <= 100 and "\0" not in key
        case _:
            good = False
    assert _refused(base64.urlsafe_b64encode(content).decode()) is not good


@pytest.mark.unit
@pytest.mark.parametrize(("key", "other"), [(5, "text"), ("a", "number")])
def test_a_key_of_the_other_kind_is_refused(key: Key, other: str) -> None:
    paging, _ = asked(2, Cursor(Direction.ON, key))
    with pytest.raises(InvalidCursor):
        getattr(paging, other)()
    assert (asked(2, None)[0].number(), asked(2, None)[0].text()) == (None, None)


@pytest.mark.unit
def test_links_are_absolute_with_next_first_and_keep_what_was_asked() -> None:
    query = "limit=2&tag=a%26b&tag=%D1%8F&cursor=old&empty="
    paging, response = asked(2, Cursor(Direction.ON, 9), query.encode())
    page = paging.page(paging.cut([8, 7, 6], [8, 7, 6]), ["8", "7"])
    assert page == Page(items=["8", "7"], next=page.next, prev=page.prev)
    following, preceding = [part.strip() for part in response.headers["Link"].split(", ")]
    for link, rel, cursor in ((following, "next", page.next), (preceding, "prev", page.prev)):
        address, _, name = link.partition("; ")
        assert name == f'rel="{rel}"'
        url = httpx.URL(address.strip("<>"))
        assert str(url).startswith("https://hearth.test/v1/things?")
        given = [("limit", "2"), ("tag", "a&b"), ("tag", "я"), ("cursor", cursor)]
        assert url.params.multi_items() == given
    assert page.next is not None
    assert Cursor.decode(page.next) == Cursor(Direction.ON, 7)
    assert page.prev is not None
    assert Cursor.decode(page.prev) == Cursor(Direction.BACK, 8)


@pytest.mark.unit
def test_a_page_without_neighbours_has_no_link() -> None:
    paging, response = asked(3, None)
    assert paging.page(paging.cut([1], [1]), [1]) == Page(items=[1], next=None, prev=None)
    assert "Link" not in response.headers


@pytest.mark.unit
def test_links_lead_to_the_address_that_people_use() -> None:
    with config.override(Settings, hearth_url="https://our.example/"):
        paging, _ = asked(1, None)
        link = paging.link_header(paging.cut([2, 1], [2, 1]))
    assert link.startswith("<https://our.example/v1/things?cursor=")


@pytest.mark.unit
def test_the_back_of_an_emptied_list_ends() -> None:
    paging, _ = asked(2, Cursor(Direction.BACK, 5))
    assert paging.cut([], []) == Slice([], None, None)


THINGS = Table(
    "things", MetaData(), Column("id", BigInteger, primary_key=True), Column("name", Text), Column("shown", Text)
)


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[WriteSession]:
    """A transaction that sees a hundred things, every third of them hidden."""
    async with database.write() as session:
        await session.execute(text("CREATE TEMPORARY TABLE things (id bigint, name text, shown text) ON COMMIT DROP"))
        rows: list[dict[str, Any]] = [
            {"id": number, "name": f"{chr(0x41 + number % 26)}{number:03}", "shown": "no" if number % 3 == 0 else "yes"}
            for number in range(100)
        ]
        await session.execute(insert(THINGS), rows)
        yield session


@pytest.mark.integration
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("column", ["id", "name"])
async def test_filters_never_make_a_page_short(database: Database, column: str, ascending: bool) -> None:
    statement = select(THINGS.c.id, THINGS.c.name).where(THINGS.c.shown == "yes")
    key = THINGS.c[column]
    found: list[Any] = []
    sizes: list[int] = []
    cursor: Cursor | None = None
    async with reading(database) as session:
        while True:
            paging, _ = asked(7, cursor)
            one = await paginate(session, statement, key=key, paging=paging, ascending=ascending)
            found += [row.page_key for row in one.rows]
            sizes.append(len(one.rows))
            if (cursor := one.next) is None:
                break
        order = key.asc() if ascending else key.desc()
        expected = (await session.execute(select(key).where(THINGS.c.shown == "yes").order_by(order))).scalars().all()
    assert found == expected
    assert set(sizes[:-1]) == {7}


@pytest.mark.integration
async def test_a_cursor_of_another_kind_of_key_is_refused_before_the_database(database: Database) -> None:
    async with reading(database) as session:
        for key, wrong in ((THINGS.c.id, "a"), (THINGS.c.name, 5)):
            paging, _ = asked(2, Cursor(Direction.ON, wrong))
            with pytest.raises(InvalidCursor):
                await paginate(session, select(THINGS.c.id), key=key, paging=paging)
