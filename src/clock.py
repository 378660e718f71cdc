"""The one clock: every instant in code and statements comes from here, so that a test can move time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_shift = timedelta()


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) + _shift


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Moves this process's clock by `by` for the length of the block; blocks nest and add up."""
    global _shift  # noqa: PLW0603  a process has one clock
    _shift += by
    try:
        yield
    finally:
        _shift -= by
