"""The words and numbers of the CPU pool."""

from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    CPU_LIMIT_EXCEEDED = "cpu_limit_exceeded"
    CPU_FAILED = "cpu_failed"


MEBIBYTE: Final = 1024 * 1024
MEMORY_BYTES: Final = 768 * MEBIBYTE
CPU_SECONDS: Final = 30
WALL_SECONDS: Final = 60.0
# What can wait makes way for requests (nice(2); 19 would starve it on a busy machine).
NICENESS: Final = 10
# An idle child gives its memory back after so long.
IDLE_SECONDS: Final = 30.0
# Libraries in C leak: a child is replaced after so many calls.
CALLS_OF_A_CHILD: Final = 100
