"""The apply rule: whatever the way does to entries, a client has exactly the log."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.client.applying import Log, Page
from src.client.constants import HOLD_SECONDS, MAX_HELD

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Entry:
    """What is numbered."""

    ev: int


def entries(*numbers: int) -> list[Entry]:
    return [Entry(number) for number in numbers]


def test_what_comes_in_order_comes_out_at_once_and_once() -> None:
    log = Log[Entry](4)
    assert [log.offer(Entry(ev), 0.0) for ev in (5, 6, 6, 4)] == [entries(5), entries(6), [], []]
    assert log.ev == 6
    assert log.ask_at is None


def test_a_gap_waits_for_a_moment_and_is_asked_for_then() -> None:
    log = Log[Entry](4)
    assert log.offer(Entry(7), 10.0) == []
    assert log.offer(Entry(6), 10.1) == []
    assert (log.ask_at, log.asked()) == (10.0 + HOLD_SECONDS, 4)
    assert log.ask_at is None
    due = log.answered(Page(entries(5, 6), upto=6), 10.5)
    assert (due.entries, due.is_reset, log.ask_at) == (entries(5, 6, 7), False, None)


def test_what_comes_late_is_not_asked_for() -> None:
    log = Log[Entry](4)
    log.offer(Entry(6), 10.0)
    assert log.offer(Entry(5), 10.2) == entries(5, 6)
    assert log.ask_at is None


def test_an_entry_that_comes_while_its_page_is_under_way_comes_out_once() -> None:
    log = Log[Entry](0)
    log.hint(2, 0.0, at_once=True)
    assert log.asked() == 0
    assert log.offer(Entry(1), 0.1) == entries(1)
    assert log.answered(Page(entries(1, 2), upto=2), 0.2).entries == entries(2)


def test_a_lost_question_is_asked_again_at_once() -> None:
    log = Log[Entry](0)
    log.hint(1, 5.0)
    log.asked()
    log.unanswered(6.0)
    assert log.ask_at is not None
    assert log.ask_at <= 6.0


def test_a_page_with_more_behind_it_is_followed_by_the_next() -> None:
    log = Log[Entry](0)
    log.hint(4, 0.0)
    log.asked()
    assert log.answered(Page(entries(1, 2), upto=2, more=True), 1.0).entries == entries(1, 2)
    assert log.ask_at is not None
    assert log.ask_at <= 1.0
    assert log.asked() == 2


def test_what_is_too_old_is_loaded_anew_and_what_was_held_beyond_it_holds() -> None:
    log = Log[Entry](3)
    for ev in (40, 51):
        log.offer(Entry(ev), 0.0)
    log.asked()
    due = log.answered(Page([], upto=50, reset=True), 1.0)
    assert (due.is_reset, due.entries, log.ev) == (True, entries(51), 51)


def test_a_server_that_knows_less_has_another_log() -> None:
    log = Log[Entry](30)
    log.offer(Entry(33), 0.0)
    log.asked()
    due = log.answered(Page([], upto=10, reset=True), 1.0)
    assert (due.is_reset, log.ev, log.ask_at) == (True, 10, None)
    assert log.offer(Entry(11), 2.0) == entries(11)


def test_nothing_is_loaded_anew_if_it_has_all_come_late() -> None:
    log = Log[Entry](3)
    log.offer(Entry(5), 0.0)
    log.asked()
    log.offer(Entry(4), 0.5)
    assert not log.answered(Page([], upto=5, reset=True), 1.0).is_reset


def test_a_head_that_turns_out_wrong_is_not_asked_for_again() -> None:
    log = Log[Entry](3)
    log.hint(9, 0.0)
    log.asked()
    log.answered(Page([], upto=3), 1.0)
    assert log.ask_at is None


def test_a_head_that_was_named_after_the_question_is_asked_for() -> None:
    log = Log[Entry](3)
    log.hint(4, 0.0)
    log.asked()
    log.hint(5, 0.1)
    log.answered(Page(entries(4), upto=4), 1.0)
    assert log.ask_at == 1.0 + HOLD_SECONDS


def test_what_was_left_out_is_asked_for_though_nobody_knows_its_number() -> None:
    log = Log[Entry](3)
    log.behind(7.0)
    assert log.ask_at is not None
    assert log.ask_at <= 7.0
    log.asked()
    assert log.answered(Page(entries(4), upto=4), 8.0).entries == entries(4)
    assert log.ask_at is None


def test_no_more_is_held_than_may_be() -> None:
    log = Log[Entry](0)
    for ev in range(2, 2 * MAX_HELD):
        log.offer(Entry(ev), 0.0)
    log.asked()
    due = log.answered(Page(entries(1), upto=1, more=True), 1.0)
    assert len(due.entries) == MAX_HELD + 1
    assert log.ask_at is not None


@dataclass
class Way:
    """A server with a log, and a way to the client on which anything may happen."""

    log: Log[Entry]
    start: int
    limit: int
    length: int = 0
    kept_from: int = 0
    got: list[int] = field(default_factory=list)
    question: Page[Entry] | None = None
    now: float = 0.0

    def step(self, what: str, number: int) -> None:
        """Something happens, if it can happen just now."""
        self.now += 0.01
        match what:
            case "write":
                self.length += number % 4
            case "push" if self.start < self.length:
                # Any entry, also one that was pushed before: drops, doubles and reorders are all in this.
                self.take(self.log.offer(Entry(self.start + 1 + number % (self.length - self.start)), self.now))
            case "hint":
                self.log.hint(self.length, self.now, at_once=bool(number % 2))
            case "lag":
                self.log.behind(self.now)
            case "expire":
                self.kept_from = min(self.length, self.kept_from + number)
            case "wait":
                self.now += HOLD_SECONDS
            case _:
                self.ask_or_answer(what)

    def ask_or_answer(self, what: str) -> None:
        """A question goes out, or its answer comes in or gets lost."""
        at = self.log.ask_at
        if what == "ask" and at is not None and at <= self.now:
            self.question = self.page(self.log.asked())
        elif what == "answer" and self.question is not None:
            self.answer(self.question)
        elif what == "lose" and self.question is not None:
            self.log.unanswered(self.now)
            self.question = None

    def page(self, since: int) -> Page[Entry]:
        """The server's answer."""
        if since + 1 < self.kept_from:
            return Page([], upto=self.length, reset=True)
        upto = min(self.length, since + self.limit)
        return Page(entries(*range(since + 1, upto + 1)), upto=upto, more=upto < self.length)

    def answer(self, page: Page[Entry]) -> None:
        """The client takes it."""
        self.question = None
        due = self.log.answered(page, self.now)
        if due.is_reset:
            # What is loaded anew holds all up to the page's end.
            self.got = [*range(self.start + 1, page.upto + 1)]
        self.take(due.entries)

    def take(self, entries: list[Entry]) -> None:
        """These come out."""
        self.got += [entry.ev for entry in entries]

    @property
    def whole(self) -> list[int]:
        """What should have come out."""
        return [*range(self.start + 1, self.log.ev + 1)]


@given(
    start=st.integers(0, 3),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["write", *["push"] * 3, "hint", "lag", "ask", "answer", "lose", "expire", "wait"]),
            st.integers(0, 30),
        ),
        max_size=80,
    ),
    limit=st.integers(1, 5),
)
def test_any_way_gives_exactly_the_log(start: int, steps: list[tuple[str, int]], limit: int) -> None:
    log = Log[Entry](start)
    way = Way(log, start, limit, length=start)
    for what, number in steps:
        way.step(what, number)
        assert way.got == way.whole
    if way.question is not None:
        way.answer(way.question)
    # Whatever was lost, the next ping names the head, and then nothing is missing after a bounded number of questions.
    log.hint(way.length, way.now)
    for _ in range(way.length + 2):
        if log.ask_at is None:
            break
        way.now = max(way.now, log.ask_at)
        way.answer(way.page(log.asked()))
    assert log.ask_at is None
    assert (way.got, log.ev) == (way.whole, way.length)
