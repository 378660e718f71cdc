"""Times of day as people live them: when it is quiet where somebody is, and when their next digest is due.

Pure. Instants go in and come out in UTC; a time of day means a wall clock in a time zone, with the days on which it
is moved. A time that the clock skips is as much later as it skips; one that it shows twice is the first one, where a
quiet stretch ends the second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class QuietHours:
    """From one time of day until another, over midnight if the second is the earlier one; never the same twice."""

    start: time
    end: time


def zone_of(name: str) -> tzinfo:
    """The time zone of this name; UTC for one that the database of zones has lost."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def instant(day: date, at: time, zone: tzinfo) -> datetime:
    """When a clock in the zone first shows this time on this day."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def quiet_until(now: datetime, hours: QuietHours, zone: tzinfo) -> datetime | None:
    """When the quiet stretch around `now` ends; None if there is none."""
    end = None
    # One stretch may end where the next one begins, if the clock skips what lies between.
    for begins, ends in _stretches(now, hours, zone):
        if begins <= (end or now) < ends:
            end = ends
    return end


def next_due(after: datetime, hour: int, weekday: int | None, zone: tzinfo) -> datetime:
    """The first instant after `after` at which it is this hour on a day of the zone, or on this weekday (0: Monday)."""
    day = after.astimezone(zone).date() - _DAY
    while True:
        due = instant(day, time(hour), zone)
        if due > after and weekday in {None, day.weekday()}:
            return due
        day += _DAY


def _stretches(now: datetime, hours: QuietHours, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The quiet stretches around an instant, in their order."""
    today = now.astimezone(zone).date()
    over_midnight = hours.end < hours.start
    for offset in (-2, -1, 0, 1, 2):
        day = today + offset * _DAY
        last = datetime.combine(day + over_midnight * _DAY, hours.end, zone)
        ends = max(last.astimezone(UTC), last.replace(fold=1).astimezone(UTC))
        yield instant(day, hours.start, zone), ends
