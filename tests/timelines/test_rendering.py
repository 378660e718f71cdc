"""The memory of rendered fragments: bounded by bytes, the least recently used goes first."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.timelines.rendering import Rendered, page

pytestmark = pytest.mark.unit
_OVERHEAD = 200
_KEYS = st.tuples(st.integers(0, 12), st.integers(1, 3))


def test_what_was_used_last_stays() -> None:
    memory = Rendered(limit=3 * (_OVERHEAD + 1))
    for number in range(3):
        memory.remember((number,), b"x")
    assert memory.find((0,)) == b"x"
    memory.remember((3,), b"y")
    assert [memory.find((number,)) for number in range(4)] == [b"x", None, b"x", b"y"]


def test_what_is_remembered_never_changes_under_its_name() -> None:
    memory = Rendered()
    memory.remember((1, 1), b"first")
    memory.remember((1, 1), b"second")
    assert memory.find((1, 1)) == b"first"


def test_a_fragment_that_is_too_big_for_the_memory_is_not_kept() -> None:
    memory = Rendered(limit=1000)
    memory.remember((1,), b"x" * 2000)
    assert memory.find((1,)) is None
    memory.remember((2,), b"x")
    assert memory.find((2,)) == b"x"


@given(st.integers(1, 3000), st.lists(st.tuples(st.booleans(), _KEYS, st.integers(0, 400))))
def test_it_stays_within_its_bound_and_never_tells_anything_else(
    limit: int, steps: list[tuple[bool, tuple[int, int], int]]
) -> None:
    memory, truth = Rendered(limit), dict[tuple[int, int], bytes]()
    for writes, key, size in steps:
        if writes:
            truth.setdefault(key, b"x" * size)
            memory.remember(key, truth[key])
        assert memory.find(key) in {None, truth.get(key)}
        kept = [fragment for one in truth if (fragment := memory.find(one)) is not None]
        assert sum(len(fragment) + _OVERHEAD for fragment in kept) <= limit


@given(st.lists(st.text(max_size=5), max_size=4), st.none() | st.text(), st.none() | st.text())
def test_a_page_is_the_json_of_its_items(texts: list[str], following: str | None, preceding: str | None) -> None:
    body = page([orjson.dumps(text) for text in texts], following=following, preceding=preceding)
    assert orjson.loads(body) == {"items": texts, "next": following, "prev": preceding}
