"""Who starts or stops the server, and who uses it: two files with locks that die with their process.

The kernel drops `flock` locks when the last copy of the descriptor closes, so a killed process counts for nothing
and no list of process ids can go stale.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.embedded.exceptions import EmbeddedError

if sys.platform != "win32":  # where there is no wheel either: `start` says so before any lock is taken
    import fcntl

_PATIENCE = 150.0
"""Seconds to wait for another process that starts or stops the server: longer than either may take it."""

_POLL = 0.01


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _taken(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusive(path: Path) -> Iterator[int]:
    """Holds the lock on `path` for the length of the block; of all processes and threads only one is inside.

    Gives the descriptor: a child that inherits it keeps the lock until it ends, also when we are killed.
    Raises EmbeddedError when nobody lets go for two and a half minutes.
    """
    descriptor = _open(path)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _taken(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                reason = f"Another process has been starting or stopping PostgreSQL for too long ({path} is locked)."
                raise EmbeddedError(f"{reason} End it and try again, or set DATABASE_URL.")
            time.sleep(_POLL)
        yield descriptor
    finally:
        os.close(descriptor)


def hold(path: Path) -> int:
    """Counts the caller among the users of the server; closing the descriptor takes the caller out again."""
    descriptor = _open(path)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # never waits: `is_held` is asked inside `exclusive` only
    return descriptor


def is_held(path: Path) -> bool:
    """Whether anybody uses the server."""
    descriptor = _open(path)
    try:
        return not _taken(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)
