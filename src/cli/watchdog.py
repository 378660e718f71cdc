"""Keeps the embedded PostgreSQL running beside the server: a database that was killed is back within seconds."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from src.embedded import EmbeddedError

logger = logging.getLogger("hearth.watchdog")

EVERY_SECONDS = 1.0


class Mortal(Protocol):
    """What is watched: the handle of the embedded server."""

    @property
    def pid(self) -> int:
        """The process that runs."""
        ...

    def ensure_running(self) -> bool:
        """Starts it again if it has died; whether it had to."""
        ...


@contextmanager
def watching(server: Mortal) -> Iterator[None]:
    """Looks after the database server every second for the length of the block, in a thread: a start may take long."""
    stopping = threading.Event()
    thread = threading.Thread(target=_watch, args=(server, stopping), name="database watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _watch(server: Mortal, stopping: threading.Event) -> None:
    while not stopping.wait(EVERY_SECONDS):
        try:
            if server.ensure_running():
                logger.warning("PostgreSQL had stopped and runs again, as process %d", server.pid)
        except EmbeddedError as error:
            logger.error("PostgreSQL has stopped and cannot be started: %s", error)  # noqa: TRY400  one line
