"""Signals: whatever way a command is told to stop, it stops like by Ctrl-C and gives back what it holds."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

# SIGHUP: the terminal or the connection to it is gone.
STOPPING: Final = (signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))


@contextmanager
def installed() -> Iterator[None]:
    """For the length of the block SIGTERM and SIGHUP do what SIGINT does at that time."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with restored():
        # A shell starts what runs in its background with SIGINT ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in STOPPING:
            handle(number, _as_interrupt)
        yield


@contextmanager
def restored() -> Iterator[None]:
    """At the end of the block the signals are handled as at its beginning."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *STOPPING)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def handle(number: signal.Signals, handler: Callable[[int, FrameType | None], None]) -> None:
    """Sets a handler, but not for a signal that is ignored: who has started us so means it."""
    if signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, handler)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
