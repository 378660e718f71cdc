"""Signals: whatever way a command is told to stop, it stops like by Ctrl-C and gives back what it holds."""

import signal
import threading
from collections.abc import Iterator
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
    # A shell starts what runs in its background with SIGINT ignored; who starts us with SIGHUP ignored means it.
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler)}
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, _as_interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
