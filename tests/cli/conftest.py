"""A database for commands that run in this process, a terminal, and `hearth serve` as a process of its own."""

import asyncio
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from src.config import ROOT, Environment, Settings, override
from tests.cli.glasses import COLUMNS, ROWS, Glass
from tests.cli.pipes import Pipe
from tests.client.places import Place, placed
from tests.cluster import Cluster
from tests.hearth import Hearth

PATIENCE = 100.0

Serve = Callable[..., "Served"]


@pytest.fixture
def fresh_url(cluster: Cluster) -> Iterator[str]:
    """The owner's address of a database without a single table."""
    name = asyncio.run(cluster.create("template1"))
    yield cluster.server.url_of(name, owner=True)
    asyncio.run(cluster.drop(name))


@pytest.fixture
def migrated_url(cluster: Cluster) -> Iterator[str]:
    """The owner's address of a fresh, migrated database."""
    name = asyncio.run(cluster.create())
    yield cluster.server.url_of(name, owner=True)
    asyncio.run(cluster.drop(name))


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    """A data directory that is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def on_migrated(migrated_url: str, data_directory: Path) -> Iterator[Settings]:
    """The settings of commands in this process: a migrated database and a folder of their own."""
    yield from _settings(migrated_url, data_directory)


@pytest.fixture
def on_fresh(fresh_url: str, data_directory: Path) -> Iterator[Settings]:
    """The same on a database without a table."""
    yield from _settings(fresh_url, data_directory)


def _settings(url: str, data_directory: Path) -> Iterator[Settings]:
    fields = {"environment": Environment.DEVELOPMENT, "database_url": url, "data_directory": data_directory, "port": 0}
    with override(Settings, **fields):
        yield Settings().model_copy(update=fields)


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.02)


@dataclass
class Served:
    """A `hearth` process of its own."""

    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for stream, lines in ((self.process.stdout, self.output), (self.process.stderr, self.errors)):
            assert stream is not None
            threading.Thread(target=lines.extend, args=(stream,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it says that it answers; waits until it does."""
        until(lambda: self.process.poll() is not None or "  First" in self.said or "  Data" in self.said, "the start")
        assert self.process.poll() is None, self.said
        return next(line.split()[1] for line in self.output if line.startswith("  Address"))

    @property
    def said(self) -> str:
        """All that it has said so far."""
        return "".join((*self.output, *self.errors))

    def status_of(self, path: str) -> int:
        """The status of an answer; 0 for none."""
        try:
            return httpx.get(self.url + path, timeout=10).status_code
        except httpx.HTTPError:
            return 0

    def family(self) -> list[psutil.Process]:
        """The process and those that it has started."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def stop(self, number: signal.Signals) -> int:
        """Sends the signal and gives the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def glass(monkeypatch: pytest.MonkeyPatch) -> Iterator[Glass]:
    """A terminal, whose other side is standard input."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    termios.tcsetwinsize(theirs, (ROWS, COLUMNS))
    monkeypatch.setenv("TERM", "xterm-256color")
    with os.fdopen(ours, "wb", buffering=0), os.fdopen(theirs) as reading, os.fdopen(os.dup(theirs), "w") as writing:
        monkeypatch.setattr("sys.stdin", reading)
        yield Glass(ours, writing)


@pytest.fixture
def serve(data_directory: Path) -> Iterator[Serve]:
    """Starts `hearth` with these arguments and settings; ended at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> Served:
        process = subprocess.Popen(
            [sys.executable, "-m", "src", *(arguments or ("serve", "--port", "0"))],
            cwd=ROOT,
            env={**os.environ, "ENVIRONMENT": "development", "HEARTH_DATA": str(data_directory), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return Served(process)

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def postmaster_of(data_directory: Path) -> int:
    """The process id of the embedded PostgreSQL of this data directory; 0 when it does not run."""
    file = data_directory / "postgres/18/postmaster.pid"
    try:
        pid = int(file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return 0
    return pid if psutil.pid_exists(pid) else 0


@pytest.fixture
async def place(hearth: Hearth, settings: Settings) -> AsyncIterator[Place]:
    """A server of chats."""
    async with placed(hearth, settings) as found:
        yield found


@pytest.fixture
def pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    """Standard input and output of a test's terminal."""
    read, write = os.pipe()
    with os.fdopen(read) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        yield Pipe(capsys, read, write)
