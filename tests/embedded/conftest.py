"""A data directory that is made once, copies for the tests that spoil it, and processes that share it."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from src import embedded
from tests.embedded import holder

FAST = {"fsync": "off", "shared_buffers": "16MB"}


class Holder:
    """A process that holds a share (tests/embedded/holder.py); `told` is what it said at its start."""

    def __init__(self, data_directory: Path, user: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, holder.__file__, str(data_directory), *([user] if user else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def told(self) -> dict[str, object]:
        """The next thing that it says; waits for it."""
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def end(self) -> None:
        """Lets it give its share back, if it still lives, and waits for its end."""
        self.process.communicate(timeout=60)


@pytest.fixture
def hold() -> Iterator[Callable[..., Holder]]:
    """Starts processes that hold a share; all have ended when the test has."""
    holders: list[Holder] = []

    def make(data_directory: Path, user: str = "") -> Holder:
        holders.append(Holder(data_directory, user))
        return holders[-1]

    yield make
    for one in holders:
        one.end()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a row in it, its server stopped; a test leaves it so."""
    data_directory = tmp_path_factory.mktemp("made") / "data"
    with embedded.start(data_directory, FAST) as server:
        ask(
            server.owner_url, "CREATE TABLE notes (id bigserial, text text)", "INSERT INTO notes (text) VALUES ('kept')"
        )
    return data_directory


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil (half a second)."""
    return Path(shutil.copytree(made, tmp_path / "data"))


def ask(url: str, *statements: str) -> list[object]:
    """The first value of each statement's answer, over one connection."""
    return asyncio.run(holder.ask(url, *statements))


def runs(pid: int) -> bool:
    """Whether a process with this number is at work."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def ends(pid: int) -> bool:
    """Waits up to a minute for a process to end."""
    deadline = time.monotonic() + 60
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not runs(pid)
