"""The apply rule of a stream: whatever is lost, doubled or reordered on the way, what comes out is exactly its log.

Pure: it knows no socket and no clock; instants are seconds of any steady clock. Entries are numbered densely from 1.
One that is known is dropped, the next one is due, and one from further on is held until the gap before it is filled: by
what comes late, or after `HOLD_SECONDS` by asking the server for everything after the last entry that is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from src.client.constants import HOLD_SECONDS, MAX_HELD


class Numbered(Protocol):
    """What stands in a stream."""

    @property
    def ev(self) -> int:
        """Its number."""
        ...


E = TypeVar("E", bound=Numbered)


@dataclass(frozen=True)
class Page(Generic[E]):
    """The server's answer to a question.

    Attributes:
        events: the entries after the one that was asked about.
        upto: up to this entry nothing is missing now.
        more: there are more.
        reset: what was asked for is too old to be had; what hangs on the stream is loaded anew, and the stream goes on
            behind `upto`.
    """

    events: Sequence[E]
    upto: int
    more: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Due(Generic[E]):
    """What an answer brings: to load anew first if `is_reset`, then these entries in their order."""

    entries: list[E]
    is_reset: bool = False


class Log(Generic[E]):
    """One stream as far as this client has read it.

    Attributes:
        ev: everything up to this entry has come out, or was before this log's time.
    """

    def __init__(self, ev: int) -> None:
        """Begins behind the entry of this number."""
        self.ev = ev
        self._known = ev
        self._held: dict[int, E] = {}
        # Since when something is missing, moved into the past where there is no reason to hope for it to come late.
        self._missing_since: float | None = None
        # While a question is under way: after which entry it asks, and what was known at the time.
        self._asked: tuple[int, int] | None = None
        # Something was left out, nobody knows up to where.
        self._is_behind = False

    @property
    def ask_at(self) -> float | None:
        """When to ask for what is missing. None: nothing is, or a question is under way."""
        if self._asked is not None or self._missing_since is None:
            return None
        return self._missing_since + HOLD_SECONDS

    def offer(self, entry: E, now: float) -> list[E]:
        """Takes an entry, whichever comes; gives what is due with it, in order."""
        self._known = max(self._known, entry.ev)
        if entry.ev == self.ev + 1 or (entry.ev > self.ev and len(self._held) < MAX_HELD):
            self._held[entry.ev] = entry
        due = self._drained()
        self._look(now)
        return due

    def hint(self, ev: int, now: float, *, at_once: bool = False) -> None:
        """There is something up to this entry; with `at_once` it will not come by itself."""
        self._known = max(self._known, ev)
        self._look(now)
        if at_once and self._missing_since is not None:
            self._missing_since = now - HOLD_SECONDS

    def behind(self, now: float) -> None:
        """The server or this client has left something out: it is asked for at once."""
        self._is_behind = True
        self._missing_since = now - HOLD_SECONDS

    def asked(self) -> int:
        """Notes that a question goes out; after which entry to ask."""
        self._asked = (self.ev, self._known)
        self._is_behind = False
        return self.ev

    def unanswered(self, now: float) -> None:
        """The question was lost, or the server could not answer it: it is asked again."""
        if self._asked is not None:
            self._asked = None
            self.behind(now)

    def answered(self, page: Page[E], now: float) -> Due[E]:
        """Takes the answer; what may come out with it."""
        since, known = self._asked or (self.ev, self._known)
        self._asked = None
        # Where everything has come late after all, nothing needs to be loaded anew.
        is_reset = page.reset and not since < page.upto <= self.ev
        if is_reset:
            self._restart(page.upto)
        entries = self._taken(page)
        if not page.more and self._known <= known:
            # Whoever spoke of more was wrong: nothing else than this is there.
            self._known = max((self.ev, *self._held))
        self._missing_since = None
        self._look(now)
        if page.more:
            self.behind(now)
        return Due(entries, is_reset=is_reset)

    def _restart(self, ev: int) -> None:
        if ev < self.ev:
            # The server knows less than it did: it is another log.
            self._held.clear()
            self._known = ev
        self._held = {number: entry for number, entry in self._held.items() if number > ev}
        self.ev = ev

    def _taken(self, page: Page[E]) -> list[E]:
        """The entries of a page that are new, and those that were held for them."""
        for entry in page.events:
            if entry.ev > self.ev:
                self._held[entry.ev] = entry
        # The server's word: numbers up to here that are not in the page do not exist.
        due = [self._held[ev] for ev in sorted(self._held) if ev <= page.upto]
        self.ev = max(self.ev, page.upto)
        self._known = max(self._known, self.ev)
        self._held = {ev: entry for ev, entry in self._held.items() if ev > self.ev}
        return [*due, *self._drained()]

    def _drained(self) -> list[E]:
        due: list[E] = []
        while (entry := self._held.pop(self.ev + 1, None)) is not None:
            self.ev += 1
            due.append(entry)
        return due

    def _look(self, now: float) -> None:
        if self._known <= self.ev and not self._is_behind:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
