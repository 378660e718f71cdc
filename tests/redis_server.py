"""A real Redis for a test, on a socket of its own, stopped as often as a test likes."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 60.0


class RedisServer:
    """A server process that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Starts it, with nothing in it; returns once it listens."""
        self._process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no"],
            cwd=self._socket.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while self._ask("PING") != "PONG":
            assert self._process.poll() is None, "redis-server does not start"
            assert time.monotonic() < deadline, "redis-server does not answer"

    def stop(self) -> None:
        """It is gone at once, and with it all that was in it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """It takes connections and requests, and does not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """Everything is gone."""
        assert self._ask("FLUSHALL") == "OK"

    def names(self) -> list[str]:
        """What is in it."""
        return self._ask("KEYS", "*").split()

    def _ask(self, *command: str) -> str:
        called = ["redis-cli", "-s", str(self._socket), *command]
        return subprocess.run(called, capture_output=True, text=True, check=False).stdout.strip()


@contextmanager
def serving() -> Iterator[RedisServer]:
    """A server that runs; without the program the test is skipped on a laptop, and fails where CI says so."""
    if shutil.which("redis-server") is None:
        reason = "needs redis-server: apt-get install redis-server"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # A socket's path is short, which a test's own folder is not.
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Returns once it holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  nothing tells when another process has counted
            # Asking a Redis holds up the loop, and with it those who are waited for.
            await asyncio.sleep(0.1)
