"""Which requests of a socket wait for which. Pure: what a request does, and how, it does not know."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class Turn(NamedTuple):
    """What a request says of its place among those of the same key.

    One that is `alone` waits for all that came before it, and all that come after it wait for it; the others are under
    way together. All begin in the order in which they came.
    """

    key: str
    alone: bool = True


@dataclass(slots=True)
class _Line:
    under_way: int = 0
    # Whether the one that is under way is so alone.
    is_alone: bool = False
    waiting: deque[tuple[Turn, Callable[[], None]]] = field(default_factory=deque)

    def move_up(self) -> None:
        """Those at the head begin, as many as may."""
        while self.waiting:
            turn, begin = self.waiting[0]
            if self.under_way and (turn.alone or self.is_alone):
                return
            self.waiting.popleft()
            self.under_way += 1
            self.is_alone = turn.alone
            begin()


class Turns:
    """The requests of one socket that are under way or wait to be."""

    def __init__(self) -> None:
        """None is yet."""
        self._lines: dict[str, _Line] = {}

    def enter(self, turn: Turn, begin: Callable[[], None]) -> None:
        """Calls `begin` as soon as its turn has come, at once if it waits for nobody."""
        line = self._lines.setdefault(turn.key, _Line())
        line.waiting.append((turn, begin))
        line.move_up()

    def leave(self, turn: Turn) -> None:
        """One that had begun is over: nobody waits for it any more."""
        line = self._lines[turn.key]
        line.under_way -= 1
        line.move_up()
        if not line.under_way:
            del self._lines[turn.key]
