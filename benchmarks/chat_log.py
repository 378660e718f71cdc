"""What the sockets of a load have read, taken apart and proven: each client id at one place, each place with one.

What comes to many sockets alike is taken apart once.
"""

from dataclasses import dataclass, field

Span = tuple[bytes, int, int]

_ENTRY = b'{"op":"ev","stream":"'
_CID = b'"cid":"'
_CID_LENGTH = 36
_TEXT = 0x81
_CLOSE = 0x88


class Broken(Exception):
    """The server did what it must not: a gap, a message twice, a refusal, a socket that it closed."""


@dataclass(slots=True)
class Taken:
    """What stood in a piece of data: entries (stream, first, last), other objects, and the beginning of more."""

    spans: list[Span]
    others: list[bytes]
    rest: bytes


@dataclass
class Log:
    """What all sockets together have read: the place of each client id."""

    places: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)
    cids: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    _data: bytes = b""
    _taken: Taken = field(default_factory=lambda: Taken([], [], b""))

    def take(self, data: bytes) -> Taken:
        """Takes data apart; the same again, as it comes to the next reader, costs a comparison."""
        if data != self._data:
            self._taken = self._apart(data)
            self._data = data
        return self._taken

    def _apart(self, data: bytes) -> Taken:
        taken = Taken([], [], b"")
        start = 0
        while (size := _frame(data, start)) is not None:
            head, end = size
            kind = data[start]
            if kind == _TEXT:
                for line in data[head:end].split(b"\n"):
                    self._line(line, taken)
            elif kind == _CLOSE:
                raise Broken(data[head:end])
            else:
                taken.others.append(data[start:end])
            start = end
        taken.rest = data[start:]
        return taken

    def _line(self, line: bytes, taken: Taken) -> None:
        if not line.startswith(_ENTRY):
            taken.others.append(line)
            return
        quote = line.index(b'"', len(_ENTRY))
        stream = line[len(_ENTRY) : quote]
        ev = int(line[quote + 7 : line.index(b",", quote + 7)])
        if taken.spans and taken.spans[-1][0] == stream and taken.spans[-1][2] == ev - 1:
            taken.spans[-1] = (stream, taken.spans[-1][1], ev)
        else:
            taken.spans.append((stream, ev, ev))
        at = line.find(_CID)
        if at >= 0:
            self._note(line[at + len(_CID) : at + len(_CID) + _CID_LENGTH], (stream, ev))

    def _note(self, cid: bytes, place: tuple[bytes, int]) -> None:
        if self.places.setdefault(cid, place) != place:
            raise Broken(f"{cid!r} stands twice: {self.places[cid]}, {place}")
        if self.cids.setdefault(place, cid) != cid:
            raise Broken(f"two messages at {place}")


def _frame(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame begins and where it ends; None if it is not all there."""
    if len(data) < start + 2:
        return None
    size, head = data[start + 1], start + 2
    if size >= 126:
        more = 2 if size == 126 else 8
        if len(data) < head + more:
            return None
        size, head = int.from_bytes(data[head : head + more]), head + more
    return (head, head + size) if len(data) >= head + size else None
