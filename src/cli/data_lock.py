"""One `hearth serve` for one data directory: a lock that the kernel drops with its holder, however that ends.

The file that is locked says who holds it and, once that is known, where this machine reaches the server.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from src.cli.endings import Failure

_NAME = "serve.lock"
# Whoever looks whether it is held has it for a moment.
_TRIES = 20
_PAUSE_SECONDS = 0.01


@contextmanager
def held(data_directory: Path) -> Iterator[Callable[[str], None]]:
    """Makes the data directory if need be and holds its lock for the length of the block.

    What it gives tells others where the server is.

    Raises:
        Failure: another process holds it, or the folder cannot be used.
    """
    try:
        data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_directory / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Failure(
            f"The data directory {data_directory} cannot be used ({error.strerror}): choose another by HEARTH_DATA."
        ) from None
    try:
        _take(descriptor, data_directory)
        yield lambda address: _tell(descriptor, address)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _take(descriptor: int, data_directory: Path) -> None:
    for _ in range(_TRIES):
        if _gets(descriptor, fcntl.LOCK_EX):
            break
        time.sleep(_PAUSE_SECONDS)
    else:
        holder = os.read(descriptor, 20).decode(errors="replace").partition("\n")[0]
        raise Failure(
            f"Another `hearth serve` (process {holder}) uses {data_directory}: stop it, or choose another folder by "
            "HEARTH_DATA."
        )
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())


def _gets(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tell(descriptor: int, address: str) -> None:
    os.pwrite(descriptor, f"{os.getpid()}\n{address}\n".encode(), 0)


def address(data_directory: Path) -> str | None:
    """Where the server of this data directory is reached; None if none runs, or it cannot be known."""
    try:
        with (data_directory / _NAME).open(errors="replace") as file:
            # What a killed server has left is nobody's: its port may be another's now, and so may its process id.
            if _gets(file.fileno(), fcntl.LOCK_SH):
                return None
            _, _, told = file.read().partition("\n")
    except OSError:
        return None
    return told.strip() or None
