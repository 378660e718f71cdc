"""One `hearth serve` for one data directory: a lock that the kernel drops with its holder, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.cli.failures import Failure

_NAME = "serve.lock"


@contextmanager
def held(data_directory: Path) -> Iterator[None]:
    """Makes the data directory if need be and holds its lock for the length of the block.

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
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, data_directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode(errors="replace").strip()
        raise Failure(
            f"Another `hearth serve` (process {holder}) uses {data_directory}: stop it, or choose another folder by "
            "HEARTH_DATA."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
