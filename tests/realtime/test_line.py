"""A stream's entries come out dense, in order and once each, to exactly those who read them, whatever carries them."""

from collections.abc import Callable, Sequence

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from src.realtime import encoding
from src.realtime.channel import Channel, Member
from src.realtime.constants import JOINED_BYTES, RING_BYTES, RING_ENTRIES, WAITING_ENTRIES
from src.realtime.line import Entry, Line

pytestmark = pytest.mark.unit

PEOPLE = (1, 2, 3)


def entry(ev: int, joins: Sequence[int] = (), leaves: Sequence[int] = ()) -> Entry:
    return Entry(ev, encoding.event("chat:7", ev, "msg.new", b"{}"), tuple(joins), tuple(leaves))


class Reader(Member):
    """A socket that keeps what is written to it."""

    def __init__(self, *, is_ready: bool = True) -> None:
        self.is_ready: bool = is_ready
        self.write: Callable[[bytes], None] = self._keep
        self.evs: list[int] = []
        self.streams: list[str] = []

    def _keep(self, data: bytes) -> None:
        self.evs += [orjson.loads(line)["ev"] for line in payloads(data)]

    def crowded(self, stream: str, data: bytes) -> None:
        del stream, data

    def may_join(self, stream: str) -> bool:
        return bool(stream)

    def joined(self, stream: str) -> None:
        self.streams.append(stream)

    def left(self, stream: str, ev: int) -> None:
        del ev
        self.streams.remove(stream)


def payloads(data: bytes) -> list[bytes]:
    """What text frames hold, object by object."""
    found: list[bytes] = []
    while data:
        assert data[0] == 0x81
        size, start = data[1], 2
        # A length is said in as few bytes as it can be (RFC 6455, 5.2).
        if size == 126:
            size, start = int.from_bytes(data[2:4]), 4
            assert size >= 126
        elif size == 127:
            size, start = int.from_bytes(data[2:10]), 10
            assert size > 0xFFFF
        found += data[start : start + size].split(b"\n")
        data = data[start + size :]
    return found


@st.composite
def carried(draw: st.DrawFn) -> tuple[list[Entry], list[int]]:
    """A log in which people come and go, and the numbers that a bus makes of it: some lost, doubled, out of order."""
    count = draw(st.integers(1, 30))
    inside: set[int] = set()
    log = []
    for ev in range(1, count + 1):
        who = draw(st.sampled_from((0, *PEOPLE)))
        joins = [who] if who and who not in inside else []
        leaves = [who] if who in inside else []
        inside = (inside | set(joins)) - set(leaves)
        log.append(entry(ev, joins, leaves))
    brought = draw(st.lists(st.integers(1, count), max_size=2 * count))
    return log, brought


def expected(log: Sequence[Entry]) -> dict[int, list[int]]:
    """Which entries each account reads."""
    seen: dict[int, list[int]] = {who: [] for who in PEOPLE}
    inside: set[int] = set()
    for one in log:
        inside |= set(one.joins)
        for who in inside:
            seen[who].append(one.ev)
        inside -= set(one.leaves)
    return seen


@given(carried(), st.lists(st.booleans(), min_size=60, max_size=60))
def test_a_bus_that_drops_doubles_and_reorders_never_makes_a_log_wrong(
    drawn: tuple[list[Entry], list[int]], flushes: list[bool]
) -> None:
    log, brought = drawn
    readers = {who: [Reader(), Reader()] for who in PEOPLE}
    channel: Channel[Reader] = Channel("chat:7", 0, readers.__getitem__)
    wanted = expected(log)

    def all_right_so_far() -> None:
        for who, those in readers.items():
            for reader in those:
                assert reader.evs == wanted[who][: len(reader.evs)]

    for ev, flush in zip(brought, flushes, strict=False):
        channel.take(log[ev - 1])
        if flush:
            channel.flush()
        all_right_so_far()
    # What was lost is read from the log, first gap after first gap, once somebody knows how far it goes.
    channel.line.hint(len(log))
    for _ in log:
        after, up_to = channel.line.missing or (0, 0)
        for ev in range(after + 1, up_to + 1):
            channel.take(log[ev - 1])
    assert channel.line.missing is None
    channel.flush()
    assert {who: [reader.evs for reader in those] for who, those in readers.items()} == {
        who: [evs, evs] for who, evs in wanted.items()
    }


@given(st.lists(st.integers(1, 40), max_size=80))
def test_what_comes_out_is_dense_and_what_is_missing_is_named(brought: list[int]) -> None:
    line = Line(0)
    out: list[int] = []
    for ev in brought:
        out += [one.ev for one in line.offer(entry(ev))]
        assert out == list(range(1, line.ev + 1))
        unseen = set(range(line.ev + 1, max(brought) + 1)) - set(brought[: brought.index(ev) + 1])
        if line.missing:
            after, up_to = line.missing
            assert after == line.ev
            assert up_to >= min(unseen)
    assert line.known == max(brought, default=0)


@given(st.integers(0, 300), st.integers(0, 320), st.integers(1, 50))
def test_memory_answers_with_all_that_follows_or_not_at_all(count: int, since: int, limit: int) -> None:
    line = Line(0)
    for ev in range(1, count + 1):
        line.offer(entry(ev))
    found = line.between(since, limit=limit, most_bytes=10**6)
    first_kept = max(0, count - RING_ENTRIES)
    if first_kept <= since <= count:
        assert found is not None
        assert [orjson.loads(one)["ev"] for one in found] == list(range(since + 1, count + 1))[:limit]
    else:
        assert found is None


def test_memory_is_bounded_by_bytes() -> None:
    line = Line(0)
    third = RING_BYTES // 3
    for ev in range(1, 9):
        line.offer(Entry(ev, b"x" * third))
        assert line.ring_bytes == min(ev, 3) * third
    assert [line.between(since, limit=9, most_bytes=RING_BYTES) is None for since in (4, 5)] == [True, False]


def test_a_page_from_memory_is_bounded_by_bytes_but_never_empty() -> None:
    line = Line(0)
    for ev in range(1, 6):
        line.offer(Entry(ev, b"x" * 100))
    assert [len(line.between(0, limit=9, most_bytes=size) or ()) for size in (50, 100, 250, 10_000)] == [1, 1, 2, 5]


def test_too_many_early_entries_are_read_again_instead_of_kept() -> None:
    line = Line(0)
    last = WAITING_ENTRIES + 50
    for ev in range(2, last + 1):
        line.offer(entry(ev))
    assert line.missing == (0, 1)
    line.offer(entry(1))
    assert line.missing == (WAITING_ENTRIES + 1, last)


def test_a_gap_that_cannot_be_filled_is_stepped_over_and_memory_begins_anew() -> None:
    line = Line(3)
    for ev in (4, 6, 9):
        line.offer(entry(ev))
    assert [one.ev for one in line.skip(8)] == [9]
    assert (line.ev, line.missing) == (9, None)
    for since in range(3, 8):
        assert line.between(since, limit=10, most_bytes=1000) is None
    assert line.between(8, limit=10, most_bytes=1000) == [entry(9).payload]
    # What is behind the line already is no gap, and what waited in one is waited for no more.
    assert (line.skip(5), line.ev) == ([], 9)
    line.hint(11)
    assert line.missing == (9, 11)


def test_a_false_hint_is_taken_back() -> None:
    line = Line(3)
    assert line.hint(7)
    # One that is late says nothing against it.
    assert line.hint(5)
    assert (line.ev, line.missing) == (3, (3, 7))
    line.settle()
    assert (line.ev, line.missing) == (3, None)
    assert not line.hint(3)
    # What has come itself is no hint.
    line.offer(entry(6))
    line.hint(9)
    line.settle()
    assert (line.missing, line.known) == ((3, 5), 6)


def test_entries_of_one_moment_are_one_frame_of_several_objects_up_to_a_size() -> None:
    small, big = b'{"a":1}', b'"%b"' % (b"x" * (JOINED_BYTES - 20))
    assert encoding.text_frames([small, small]) == encoding.text_frame(small + b"\n" + small)
    assert payloads(encoding.text_frames([big, small, big, small])) == [big, small, big, small]
    assert encoding.text_frames([big, big]) == encoding.text_frame(big) * 2
    # The count begins anew with each frame: the small ones behind a second big one are in its frame.
    assert len(encoding.text_frames([big, big, small])) == len(encoding.text_frames([big, big])) + len(b"\n" + small)


@given(st.binary(min_size=1, max_size=70_000))
@example(b"x" * 125)
@example(b"x" * 126)
@example(b"x" * 0xFFFF)
@example(b"x" * 0x10000)
def test_a_frame_is_what_the_protocol_says(payload: bytes) -> None:
    payload = payload.replace(b"\n", b" ")
    assert payloads(encoding.text_frame(payload)) == [payload]


def test_who_is_not_ready_gets_the_bytes_another_way() -> None:
    slow: list[tuple[str, bytes]] = []

    class Slow(Reader):
        def crowded(self, stream: str, data: bytes) -> None:
            slow.append((stream, data))

    reader = Slow(is_ready=False)
    channel: Channel[Reader] = Channel("chat:7", 0, lambda _who: [])
    channel.add(reader)
    channel.take(entry(1))
    channel.flush()
    assert reader.evs == []
    assert [(name, [orjson.loads(one)["ev"] for one in payloads(data)]) for name, data in slow] == [("chat:7", [1])]
