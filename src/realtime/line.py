"""One stream as one process knows it: what has been delivered up to where, what is missing, and the newest entries.

Pure: it knows neither sockets nor the database. Whoever carries entries may lose, double and reorder them; what comes
out of a line is dense, in order, and each entry once.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from src.realtime.constants import RING_BYTES, RING_ENTRIES, WAITING_ENTRIES


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream, ready to be sent.

    Attributes:
        ev: its number, dense from 1.
        payload: the JSON object of its frame.
        joins: accounts that read the stream from this entry on, itself included.
        leaves: accounts that read it up to this entry, itself included.
    """

    ev: int
    payload: bytes
    joins: tuple[int, ...] = ()
    leaves: tuple[int, ...] = ()


class Line:
    """Puts the entries of a stream into their order.

    Attributes:
        ev: everything up to here has come out, or was before this line's time.
        known: there is something up to here.
    """

    __slots__ = ("_ring", "_waiting", "ev", "known", "ring_bytes")

    def __init__(self, ev: int) -> None:
        """Begins behind the entry of this number."""
        self.ev = ev
        self.known = ev
        # None while it is empty: most streams are still most of the time.
        self._ring: deque[bytes] | None = None
        self.ring_bytes = 0
        self._waiting: dict[int, Entry] = {}

    def offer(self, entry: Entry) -> list[Entry]:
        """Takes an entry, whichever comes; gives in order what is due with it: nothing if it is known or early."""
        self.known = max(self.known, entry.ev)
        if entry.ev != self.ev + 1:
            if entry.ev > self.ev and len(self._waiting) < WAITING_ENTRIES:
                self._waiting[entry.ev] = entry
            return []
        due = [entry]
        self._advance(entry)
        while self._waiting:
            following = self._waiting.pop(self.ev + 1, None)
            if following is None:
                break
            self._advance(following)
            due.append(following)
        return due

    def hint(self, ev: int) -> bool:
        """Notes that there is something up to here; whether anything is missing."""
        self.known = max(self.known, ev)
        return self.missing is not None

    @property
    def missing(self) -> tuple[int, int] | None:
        """The first gap: after which entry and up to which one it reaches. None if there is none."""
        if self.known <= self.ev:
            return None
        first = min(self._waiting, default=self.known + 1)
        return self.ev, first - 1

    def skip(self, ev: int) -> list[Entry]:
        """Gives up what lies between here and this entry's number, because it is nowhere to be had any more.

        Whoever reads the stream finds a gap, asks for what is missing, and is told to begin anew. Gives what was
        waiting behind the gap.
        """
        if ev <= self.ev:
            return []
        self.ev = ev
        self.known = max(self.known, ev)
        self.forget()
        self._waiting = {number: entry for number, entry in self._waiting.items() if number > ev}
        following = self._waiting.pop(ev + 1, None)
        return [] if following is None else self.offer(following)

    def settle(self) -> None:
        """Takes back what is known of entries that turned out not to be there."""
        self.known = max(self._waiting, default=self.ev)

    def between(self, since: int, *, limit: int, most_bytes: int) -> Sequence[bytes] | None:
        """Payloads right after `since` from memory, as many as both limits allow and at least one if there is any.

        None if memory does not reach back so far, or `since` lies ahead of the line.
        """
        ring: Sequence[bytes] = self._ring or ()
        start = since - self.ev + len(ring)
        if start < 0 or since > self.ev:
            return None
        found: list[bytes] = []
        size = 0
        for number in range(start, min(len(ring), start + limit)):
            payload = ring[number]
            size += len(payload)
            if found and size > most_bytes:
                break
            found.append(payload)
        return found

    def _advance(self, entry: Entry) -> None:
        self.ev = entry.ev
        if self._ring is None:
            self._ring = deque()
        self._ring.append(entry.payload)
        self.ring_bytes += len(entry.payload)
        while len(self._ring) > RING_ENTRIES or self.ring_bytes > RING_BYTES:
            self.ring_bytes -= len(self._ring.popleft())

    def forget(self) -> None:
        """Gives the memory of its newest entries free."""
        self._ring = None
        self.ring_bytes = 0
