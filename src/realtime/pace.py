"""How often something that passes is told. Pure: the clock is handed in."""

from collections.abc import Callable, Hashable
from functools import partial
from typing import Final

REPEAT_SECONDS: Final = 3.0
Tell = Callable[[], None]


class Pace:
    """Tells at once, then rests; when the rest is over, it tells the last of what has come meanwhile."""

    def __init__(self, later: Callable[[float, Callable[[], None]], object]) -> None:
        """A pace over `later(seconds, call)`, such as an event loop's `call_later`."""
        self._later = later
        self._told: dict[Hashable, bytes] = {}
        self._waiting: dict[Hashable, tuple[bytes, Tell]] = {}

    def say(self, key: Hashable, said: bytes, tell: Tell) -> None:
        """Has it told now, or later if it is still true then.

        Args:
            key: of what; each has a pace of its own.
            said: what is told; the same again within `REPEAT_SECONDS` is none.
            tell: tells it.
        """
        if key not in self._told:
            self._begin(key, said, tell)
        elif said == self._told[key]:
            self._waiting.pop(key, None)
        else:
            self._waiting[key] = (said, tell)

    def _begin(self, key: Hashable, said: bytes, tell: Tell) -> None:
        self._told[key] = said
        self._later(REPEAT_SECONDS, partial(self._end, key))
        tell()

    def _end(self, key: Hashable) -> None:
        del self._told[key]
        waiting = self._waiting.pop(key, None)
        if waiting is not None:
            self._begin(key, *waiting)
