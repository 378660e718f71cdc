"""What the tests have computed in child processes; imported by the children, so it imports little."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, NoReturn


@dataclass(frozen=True)
class Measured:
    """A result of this package's own."""

    width: int
    pixels: bytes


class Place(NamedTuple):
    """Another."""

    x: int
    y: int


class Colour(Enum):
    """Not taken from a child."""

    RED = 1


class Unreadable(Exception):
    """An error of this package's own."""


class Trap:
    """Runs a command where it is unpickled: what a decoder that was taken over would send."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Makes a folder."""
        return os.mkdir, (self.path,)


def double(number: int) -> int:
    """Twice."""
    return number * 2


def measure(size: int) -> tuple[Measured, Place, dict[str, set[int]]]:
    """Values of many kinds."""
    return Measured(size, b"\0" * size), Place(1, 2), {"a": {1, 2}}


def colour() -> Colour:
    """An enumeration."""
    return Colour.RED


def trap(path: str) -> Trap:
    """A trap for the parent."""
    return Trap(path)


def refuse(text: str) -> NoReturn:
    """Fails with an error of its own."""
    raise Unreadable(text)


def divide(number: int) -> float:
    """Fails with a built-in error on zero."""
    return 1 / number


def hoard(mebibytes: int) -> int:
    """Takes memory."""
    return len(bytearray(mebibytes * 1024 * 1024))


def spin() -> NoReturn:
    """Never ends."""
    while True:
        pass


def work(seconds: float) -> int:
    """Uses the processor for this long and tells which process did."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


def sleep(seconds: float) -> float:
    """Takes time without using any."""
    time.sleep(seconds)
    return seconds


def crash() -> NoReturn:
    """Goes without a word."""
    os._exit(3)


def chatter() -> str:
    """Prints where the answers go."""
    print("noise")  # noqa: T201
    sys.stdout.flush()
    os.write(1, b"noise")
    return "done"


def process() -> int:
    """Which process it is."""
    return os.getpid()


def environment() -> list[str]:
    """The names of what the child knows of its surroundings."""
    return sorted(os.environ)


def loaded() -> list[str]:
    """What the child has imported."""
    return sorted(sys.modules)


def start_another(seconds: float) -> int:
    """Starts a program of its own and waits for it."""
    with subprocess.Popen(["sleep", str(seconds)]) as process:
        return process.wait()


def niceness() -> int:
    """How far the child stands back."""
    return os.nice(0)
