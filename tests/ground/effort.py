"""Whether work grows with its input or with its square, told by processor time: others on the machine count less."""

import time
from collections.abc import Callable

_SIZE = 20_000
_FACTOR = 4
_ATTEMPTS = 5


def is_linear(work: Callable[[str], object], piece: str) -> bool:
    """Whether a text of this piece repeated takes about four times the work when it is four times as long.

    Quadratic work takes sixteen times as much. One attempt that is clearly below that is enough: nothing but luck
    could make quadratic work look linear, and many things make linear work look slow.
    """
    text = piece * (_SIZE // len(piece))
    return any(_seconds(work, text * _FACTOR) <= _FACTOR * 2 * _seconds(work, text) + 0.005 for _ in range(_ATTEMPTS))


def _seconds(work: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    work(text)
    return time.process_time() - start
