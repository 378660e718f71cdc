"""The one clock."""

from datetime import UTC, datetime, timedelta

import pytest

from src import clock

pytestmark = pytest.mark.unit
_NEAR = timedelta(seconds=10)


def _is_shifted(by: timedelta) -> bool:
    return abs(clock.now() - datetime.now(UTC) - by) < _NEAR


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert _is_shifted(timedelta())


def test_shifts_nest_and_add_up() -> None:
    with clock.shifted(timedelta(days=1)):
        assert _is_shifted(timedelta(days=1))
        with clock.shifted(timedelta(days=-3)):
            assert _is_shifted(timedelta(days=-2))
        assert _is_shifted(timedelta(days=1))
    assert _is_shifted(timedelta())


def test_a_failing_block_gives_the_time_back() -> None:
    with pytest.raises(LookupError), clock.shifted(timedelta(days=1)):
        raise LookupError
    assert _is_shifted(timedelta())
