"""What passes is told at once, then not too often, and the last of it always."""

from collections.abc import Callable

import pytest

from src.realtime.pace import REPEAT_SECONDS, Pace

pytestmark = pytest.mark.unit


class Clockwork:
    """A pace whose time is moved by hand, and what was told by it."""

    def __init__(self) -> None:
        self.pace = Pace(self._later)
        self.told: list[bytes] = []
        self._calls: list[Callable[[], None]] = []

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        assert seconds == REPEAT_SECONDS
        self._calls.append(call)

    def say(self, said: bytes, key: str = "ann") -> None:
        """Says it in the name of somebody."""
        self.pace.say(key, said, lambda: self.told.append(said))

    def rest(self) -> None:
        """Lets the time pass that is waited for."""
        calls, self._calls = self._calls, []
        for call in calls:
            call()


def test_the_same_is_told_once_until_the_rest_is_over() -> None:
    at = Clockwork()
    at.say(b"types")
    at.say(b"types")
    assert at.told == [b"types"]
    at.rest()
    assert at.told == [b"types"]
    at.say(b"types")
    assert at.told == [b"types", b"types"]


def test_the_last_of_what_came_meanwhile_is_told_when_the_rest_is_over() -> None:
    at = Clockwork()
    for said in (b"1", b"2", b"3"):
        at.say(said)
    assert at.told == [b"1"]
    at.rest()
    assert at.told == [b"1", b"3"]
    # That was a telling too: after it there is a rest again.
    at.say(b"4")
    assert at.told == [b"1", b"3"]
    at.rest()
    assert at.told == [b"1", b"3", b"4"]


def test_what_became_untrue_meanwhile_is_not_told() -> None:
    at = Clockwork()
    for said in (b"here", b"gone", b"here"):
        at.say(said)
    at.rest()
    assert at.told == [b"here"]


def test_nobody_waits_for_others() -> None:
    at = Clockwork()
    at.say(b"types")
    at.say(b"types", key="ben")
    assert at.told == [b"types", b"types"]
