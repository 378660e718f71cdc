"""Files of an archive in pieces: collections item by item, whatever the size of the pieces, and lists."""

import json
import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.containers.documents import Collection, read_first_column, read_object
from src.containers.exceptions import ArchiveMalformedFile

pytestmark = pytest.mark.unit


class Pieces:
    """A file that gives at most so many bytes at once."""

    def __init__(self, content: bytes, size: int = 2**30) -> None:
        self._content = content
        self._size = size
        self._position = 0

    def read(self, size: int, /) -> bytes:
        """The next piece."""
        end = self._position + min(size, self._size)
        piece, self._position = self._content[self._position : end], min(end, len(self._content))
        return piece


def items(content: bytes, size: int = 2**30) -> list[object]:
    return list(Collection(Pieces(content, size)))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(values, max_size=5), values, st.integers(1, 40), st.sampled_from([None, 1]), st.booleans())
def test_items_are_read_in_pieces_of_any_size(
    expected: list[object], extra: object, size: int, indent: int | None, escaped: bool
) -> None:
    document = {"@context": extra, "totalItems": len(expected), "orderedItems": expected, "after": extra}
    content = json.dumps(document, indent=indent, ensure_ascii=escaped).encode("utf-8", "replace")
    collection = Collection(Pieces(content, size))
    assert collection.total == len(expected)
    assert list(collection) == json.loads(content)["orderedItems"]


def test_a_number_of_very_many_digits_stops_no_other_item() -> None:
    digits = b"9" * 5_000
    assert items(b'{"totalItems":%b,"orderedItems":[1,-%b,2]}' % (digits, digits)) == [1, -math.inf, 2]
    assert read_object(Pieces(b'{"a":%b}' % digits)) == {"a": math.inf}


def test_the_total_is_unknown_if_it_comes_late_or_is_no_count() -> None:
    assert Collection(Pieces(b'{"orderedItems":[],"totalItems":1}')).total is None
    assert Collection(Pieces(b'{"totalItems":true,"orderedItems":[]}')).total is None
    assert Collection(Pieces(b'{"totalItems":-1,"orderedItems":[]}')).total is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"a":1}',
        b'{"orderedItems":null}',
        b'{"orderedItems":{}}',
        b'{"orderedItems":[',
        b'{"orderedItems":[1',
        b'{"orderedItems":[1]',
        b'{"orderedItems":[1,]}',
        b'{"orderedItems":[1 2]}',
        b'{"orderedItems":[nul]}',
        b'{"orderedItems":[NaN]}',
        b'{"orderedItems":["a]}',
        b'{"orderedItems":["\xff"]}',
        b'{"orderedItems":[1],"orderedItems":[2]}',
        b'{"orderedItems" [1]}',
        b"{orderedItems:[1]}",
        b'{"orderedItems":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"orderedItems":["' + b"x" * 3_000_000 + b'"]}',
    ],
)  # fmt: skip
def test_a_broken_collection_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveMalformedFile):
        items(content)


def test_items_before_the_broken_place_are_given_out() -> None:
    collection = iter(Collection(Pieces(b'{"orderedItems":[1,2,')))
    assert [next(collection), next(collection)] == [1, 2]
    with pytest.raises(ArchiveMalformedFile):
        next(collection)


def test_a_byte_order_mark_and_much_space_are_no_matter() -> None:
    assert items(b'\xef\xbb\xbf  {\n"orderedItems"' + b" " * 1_000_000 + b': [ 1 , "\\u00e9" ] }') == [1, "\u00e9"]


def test_memory_holds_a_piece_and_not_the_file() -> None:
    item = json.dumps({"content": "x" * 3_000, "to": ["y"] * 20}).encode()

    class Endless:
        left = 20_000

        def read(self, _size: int, /) -> bytes:
            if self.left == 20_000:
                self.left -= 1
                return b'{"orderedItems":[' + item
            if not self.left:
                return b""
            self.left -= 1
            return b"," + item if self.left else b"]}"

    tracemalloc.start()
    try:
        assert sum(1 for _ in Collection(Endless())) == 19_999
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_an_object_is_read_whole_or_refused() -> None:
    assert read_object(Pieces(b'{"a": [1]}', 3)) == {"a": [1]}
    for content in (b"", b"{", b'{"a":Infinity}', b"\xff", b"[" * 100_000):
        with pytest.raises(ArchiveMalformedFile):
            read_object(Pieces(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (
            b"Account address,Show boosts\nbob@a.example,true\ncarl@b.example,false\n",
            ["bob@a.example", "carl@b.example"],
        ),
        (b"bob@a.example\r\n\r\nbob@a.example\r\n", ["bob@a.example"]),
        (b'\xef\xbb\xbf"bob@a.example"\n  \n' + b"x" * 3_000 + b"\n\x01\n", ["bob@a.example"]),
    ],
)
def test_the_first_column_is_read_with_or_without_a_header(content: bytes, expected: list[str]) -> None:
    assert list(read_first_column(Pieces(content))) == expected


@pytest.mark.parametrize("content", [b"\xff", b"x" * 200_000])
def test_a_list_that_is_no_csv_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveMalformedFile):
        read_first_column(Pieces(content))
