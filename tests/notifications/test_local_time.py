"""Times of day against the clock itself: quiet hours and digests, through every change of summer and winter time."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.notifications.local_time import QuietHours, instant, next_due, quiet_until, zone_of

pytestmark = pytest.mark.unit

# Half an hour of summer time, clocks that move at midnight, a day that never was, and far from UTC on both sides.
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia")
ZONES = st.sampled_from([*_ZONES, "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Kiritimati"]).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2010, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  naive bounds
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
HOURS = st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))
_MINUTE = timedelta(minutes=1)


def _wall_is_quiet(now: datetime, hours: QuietHours, zone: ZoneInfo) -> bool:
    shown = now.astimezone(zone).time()
    if hours.start < hours.end:
        return hours.start <= shown < hours.end
    return shown >= hours.start or shown < hours.end


def _clock_is_steady(now: datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's clock is not moved within three days."""
    offsets = {(now + timedelta(hours=6 * step)).astimezone(zone).utcoffset() for step in range(-12, 13)}
    return len(offsets) == 1


@given(INSTANTS, HOURS, ZONES)
def test_it_is_quiet_when_the_clock_says_so(now: datetime, hours: QuietHours, zone: ZoneInfo) -> None:
    if _clock_is_steady(now, zone):
        assert (quiet_until(now, hours, zone) is not None) == _wall_is_quiet(now, hours, zone)


@given(INSTANTS, HOURS, ZONES)
def test_quiet_ends_later_and_then_it_is_quiet_no_more(now: datetime, hours: QuietHours, zone: ZoneInfo) -> None:
    end = quiet_until(now, hours, zone)
    if end is not None:
        assert now < end <= now + timedelta(days=2)
        assert quiet_until(end, hours, zone) is None


@given(INSTANTS, HOURS, ZONES)
def test_all_of_a_quiet_stretch_ends_at_once(now: datetime, hours: QuietHours, zone: ZoneInfo) -> None:
    end = quiet_until(now, hours, zone)
    if end is not None:
        assert quiet_until(now + (end - now) / 2, hours, zone) == end
        assert quiet_until(end - _MINUTE / 2, hours, zone) == end


@given(INSTANTS, st.integers(0, 23), st.none() | st.integers(0, 6), ZONES)
def test_a_digest_falls_due_at_its_hour(after: datetime, hour: int, weekday: int | None, zone: ZoneInfo) -> None:
    due = next_due(after, hour, weekday, zone)
    assert after < due <= after + timedelta(days=9 if weekday is not None else 3)
    shown = due.astimezone(zone)
    # An hour that the clock skips is later by what it skips, or stands on the day after one that never was.
    skipped = shown.time() != time(hour)
    assert not skipped or shown.utcoffset() != (due - timedelta(days=1)).astimezone(zone).utcoffset()
    assert skipped or weekday in {None, shown.weekday()}


@given(st.dates(date(2010, 1, 1), date(2036, 1, 1)), st.integers(0, 23), ZONES)
def test_each_day_has_one_digest(first: date, hour: int, zone: ZoneInfo) -> None:
    due = [next_due(instant(first, time(hour), zone), hour, None, zone)]
    for _ in range(8):
        due.append(next_due(due[-1], hour, None, zone))
    # Two days apart where a day never was.
    assert all(timedelta(hours=22) <= later - earlier <= timedelta(hours=49) for earlier, later in pairwise(due))


def test_the_night_in_which_the_clock_is_set_back_is_quiet_to_its_second_end() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = QuietHours(time(22), time(2, 30))
    # 2:30 comes twice: at 0:30 and at 1:30 UTC.
    end = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    for now in (datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 0, 45, tzinfo=UTC)):
        assert quiet_until(now, hours, berlin) == end


def test_an_hour_that_is_skipped_comes_later() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert next_due(midnight, 2, None, berlin) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert quiet_until(midnight, QuietHours(time(22), time(2, 30)), berlin) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_zone_that_is_lost_counts_as_utc() -> None:
    assert [str(zone_of(name)) for name in ("Mars/Olympus", "", "/etc/passwd", "Europe/Berlin")] == [
        "UTC",
        "UTC",
        "UTC",
        "Europe/Berlin",
    ]
