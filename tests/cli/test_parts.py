"""The parts of `serve` by themselves: locks, signals, known errors, the watched start, the watchdog."""

import asyncio
import errno
import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from starlette.applications import Starlette
from starlette.types import Message

from src.auth.exceptions import UnusableKeys
from src.cli import data_lock, endings, failures, interrupts, watchdog
from src.cli.lifespan import WatchedApp
from src.client import exceptions as client_exceptions
from src.embedded import EmbeddedError
from src.exceptions import FieldError, InvalidInput, Unavailable
from src.migrations import SchemaTooNew
from src.runtime import SchemaOutdated
from src.server import CannotListen
from tests.cli.conftest import until

pytestmark = pytest.mark.unit


def test_a_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with data_lock.held(tmp_path / "a/data"):
        assert (tmp_path / "a/data").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "a/data/serve.lock").stat().st_mode & 0o777 == 0o600


def test_a_data_directory_has_one_server_and_says_which(tmp_path: Path) -> None:
    with data_lock.held(tmp_path):
        with pytest.raises(endings.Failure, match=rf"process {os.getpid()}\)") as caught, data_lock.held(tmp_path):
            pass
        assert str(tmp_path) in str(caught.value)
        assert "\n" not in str(caught.value)
    with data_lock.held(tmp_path):
        pass


def test_the_lock_of_a_killed_server_is_free(tmp_path: Path) -> None:
    hold = f"""
import pathlib, sys, time
from src.cli import data_lock
with data_lock.held(pathlib.Path({str(tmp_path)!r})):
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(endings.Failure, match=f"process {holder.pid}"), data_lock.held(tmp_path):
            pass
        holder.kill()
    with data_lock.held(tmp_path):
        pass


def test_where_a_server_is_stands_beside_its_lock_while_it_runs(tmp_path: Path) -> None:
    assert data_lock.address(tmp_path) is None
    with data_lock.held(tmp_path) as tell:
        assert data_lock.address(tmp_path) is None
        tell("http://127.0.0.1:8123")
        assert data_lock.address(tmp_path) == "http://127.0.0.1:8123"
        with pytest.raises(endings.Failure, match=rf"process {os.getpid()}\)"), data_lock.held(tmp_path):
            pass
        left = (tmp_path / "serve.lock").read_bytes()
        (tmp_path / "serve.lock").write_bytes(b"\xff\n\xff")
        assert data_lock.address(tmp_path) == "\ufffd"
    assert not (tmp_path / "serve.lock").read_bytes()
    assert data_lock.address(tmp_path) is None
    # What a killed one has left counts no more, although its process id is somebody's, and whatever it is.
    for found in (left, b"99999999999999" + left, b"\xff\n\xff"):
        (tmp_path / "serve.lock").write_bytes(found)
        assert data_lock.address(tmp_path) is None
        # Nor is it taken for that of the next one, which has not said yet where it is.
        with data_lock.held(tmp_path):
            assert data_lock.address(tmp_path) is None


def test_who_looks_for_a_server_keeps_none_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "serve.lock").write_text("4711\nhttp://127.0.0.1:1\n")
    with (tmp_path / "serve.lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        # Nor is it taken for a server by another one who looks.
        assert data_lock.address(tmp_path) is None
        monkeypatch.setattr("time.sleep", lambda _seconds: fcntl.flock(looking, fcntl.LOCK_UN))
        with data_lock.held(tmp_path) as tell:
            tell("http://127.0.0.1:8123")
            assert data_lock.address(tmp_path) == "http://127.0.0.1:8123"


@pytest.mark.parametrize("name", ["file/data", "long" * 100, "/proc/hearth"])
def test_a_data_directory_that_cannot_be_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(endings.Failure, match="HEARTH_DATA") as caught, data_lock.held(tmp_path / name):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_signal_stops_a_command_it_is_an_interrupt(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interrupts.installed():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.installed():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_async_command_gives_back_what_it_holds() -> None:
    given_back: list[str] = []

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(60)
        finally:
            given_back.append("all")

    with pytest.raises(KeyboardInterrupt), interrupts.installed():
        asyncio.run(work())
    assert given_back == ["all"]


def test_other_threads_leave_signals_alone() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def look() -> None:
        with interrupts.installed():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize(
    "error",
    [
        endings.Failure("The reason."),
        EmbeddedError("The reason."),
        SchemaTooNew("The reason."),
        SchemaOutdated("The reason."),
        CannotListen("The reason."),
        UnusableKeys("The reason."),
    ],
)
def test_known_errors_are_told_in_their_own_words(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught, failures.readable():
        raise error
    assert caught.value.exit_code == 1
    assert capsys.readouterr().err == "hearth: The reason.\n"


def test_the_words_of_a_server_command_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), failures.readable():
        raise client_exceptions.Refused("no", "Not\x1b[2J\x07 you.")
    assert capsys.readouterr().err == "hearth: Not?[2J? you.\n"


def test_a_refusal_tells_its_fields() -> None:
    field = FieldError(loc=["body", "username"], code="taken", message="Somebody has it.")
    assert failures.explain(InvalidInput(errors=[field])) == f"{InvalidInput.detail} Somebody has it."


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), OSError(errno.EHOSTUNREACH, "no way")])
def test_a_database_that_is_away(error: Exception) -> None:
    assert "does not answer" in str(failures.explain(error))


@pytest.mark.parametrize(
    "error", [ValueError("bug"), KeyError("bug"), FileNotFoundError(2, "No", "file"), Unavailable()]
)
def test_a_bug_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)), failures.readable():
        raise error


async def lifespan_of(app: WatchedApp) -> list[Message]:
    sent: list[Message] = []
    asked = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Message:
        return {"type": next(asked)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "lifespan", "state": {}}, receive, send)
    return sent


async def test_what_the_app_has_opened_can_be_seen() -> None:
    app = WatchedApp(Starlette(lifespan=lambda _app: opened({"database": "open"})))
    assert [message["type"] for message in await lifespan_of(app)] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert app.state == {"database": "open"}
    assert app.failure is None


async def test_why_the_app_cannot_start_is_kept_and_not_printed() -> None:
    failure = EmbeddedError("The reason.")
    app = WatchedApp(Starlette(lifespan=lambda _app: opened(failure)))
    with pytest.raises(EmbeddedError):
        await lifespan_of(app)
    assert app.failure is failure


class opened:  # noqa: N801  it reads as a function
    """A lifespan that opens this, or cannot."""

    def __init__(self, what: dict[str, object] | Exception) -> None:
        self._what = what

    async def __aenter__(self) -> dict[str, object]:
        if isinstance(self._what, Exception):
            raise self._what
        return self._what

    async def __aexit__(self, *_error: object) -> None:
        return


@contextmanager
def watched(server: "Dying") -> Iterator[None]:
    before, watchdog.EVERY_SECONDS = watchdog.EVERY_SECONDS, 0.01
    try:
        with watchdog.watching(server):
            yield
    finally:
        watchdog.EVERY_SECONDS = before


class Dying:
    """A database server that died, and comes back as often as it is asked, but for the first times."""

    pid = 4711

    def __init__(self, failures_first: int) -> None:
        self.asked = 0
        self._failures_first = failures_first

    def ensure_running(self) -> bool:
        """Starts it."""
        self.asked += 1
        if self.asked <= self._failures_first:
            raise EmbeddedError("The disk is full.")
        return self.asked == self._failures_first + 1


def test_the_watchdog_tries_until_the_database_is_back(caplog: pytest.LogCaptureFixture) -> None:
    server = Dying(failures_first=2)
    with caplog.at_level(logging.WARNING), watched(server):
        until(lambda: server.asked > 4, "the watchdog")
    asked = server.asked
    lines = [record.getMessage() for record in caplog.records if record.name == "hearth.watchdog"]
    assert [line for line in lines if "The disk is full." in line] == lines[:2]
    assert lines[2:] == ["PostgreSQL had stopped and runs again, as process 4711"]
    assert server.asked == asked
