"""`hearth` as people run it: real processes, real signals, a real terminal, the embedded PostgreSQL."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from src.config import ROOT
from src.server import bind
from tests.cli.conftest import PATIENCE, Serve, Served, postmaster_of, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PASSWORD = "a horse of many colours"


def refusal(process: Served) -> str:
    """The one line of a command that cannot do what it was asked to."""
    assert process.process.wait(PATIENCE) == 1
    until(lambda: bool(process.errors), "a word on stderr")
    [line] = process.errors
    assert line.startswith("hearth: ")
    assert not process.output
    return line


def nobody_is_left(family: list[psutil.Process], data_directory: Path) -> None:
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)
    assert not alive
    until(lambda: postmaster_of(data_directory) == 0, "the end of PostgreSQL")


def test_one_command_serves_alone_and_leaves_nothing_behind(serve: Serve, data_directory: Path, tmp_path: Path) -> None:
    first = serve()
    port = first.url.rpartition(":")[2]
    # It is not while the database takes longer than a second, as it may on a busy machine.
    until(lambda: first.status_of("/health/ready") == 200, "the server")
    until(lambda: first.status_of("/docs") == 200, "a page")
    family = [*first.family(), psutil.Process(postmaster_of(data_directory))]

    second = refusal(serve())
    assert f"process {first.process.pid}" in second
    assert str(data_directory) in second
    assert "is taken" in refusal(serve("serve", "--port", port, HEARTH_DATA=str(tmp_path / "other")))
    until(lambda: first.status_of("/health/ready") == 200, "the server that was there first")

    assert first.stop(signal.SIGINT) == 0
    nobody_is_left(family, data_directory)
    assert first.errors == []


def test_a_killed_database_comes_back(serve: Serve, data_directory: Path) -> None:
    server = serve()
    until(lambda: server.status_of("/health/ready") == 200, "the server")
    killed = postmaster_of(data_directory)
    os.kill(killed, signal.SIGKILL)
    until(lambda: postmaster_of(data_directory) not in {0, killed}, "PostgreSQL")
    until(lambda: server.status_of("/health/ready") == 200, "the server")
    family = [*server.family(), psutil.Process(postmaster_of(data_directory))]
    assert server.stop(signal.SIGTERM) == 0
    nobody_is_left(family, data_directory)


def test_the_database_of_a_killed_server_is_taken_over(serve: Serve, data_directory: Path) -> None:
    first = serve()
    assert first.url
    first.stop(signal.SIGKILL)
    left = postmaster_of(data_directory)
    assert left
    second = serve()
    until(lambda: second.status_of("/health/ready") == 200, "the second server")
    assert postmaster_of(data_directory) == left
    assert second.stop(signal.SIGHUP) == 0
    nobody_is_left([psutil.Process(left)] if psutil.pid_exists(left) else [], data_directory)


def test_a_server_that_is_stopped_while_it_starts_leaves_nothing_behind(serve: Serve, data_directory: Path) -> None:
    server = serve()
    until((data_directory / "serve.lock").exists, "the first sign of life")
    family = server.family()
    server.stop(signal.SIGTERM)
    nobody_is_left(family, data_directory)
    assert "Traceback" not in server.said
    # Nothing is half done.
    again = serve()
    until(lambda: again.status_of("/health/ready") == 200, "the server")


def test_commands_work_beside_a_server_and_without_it(serve: Serve, data_directory: Path) -> None:
    server = serve()
    assert server.url
    for running in (True, False):
        if not running:
            assert server.stop(signal.SIGTERM) == 0
        for command, said in (("status", "embedded"), ("doctor", "All is well."), ("migrate", "stands at")):
            process = serve(command)
            assert process.process.wait(PATIENCE) == 0, process.said
            until(lambda process=process, said=said: said in process.said, said)  # type: ignore[misc]
        assert bool(postmaster_of(data_directory)) is running


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/proc/hearth" if os.geteuid() == 0 else "{tmp}/closed/data", "cannot be used"),
        ("{tmp}/" + "/".join(["long" * 50] * 5), "too long"),
    ],
)
def test_a_data_directory_that_cannot_be_used(serve: Serve, tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    line = refusal(serve(HEARTH_DATA=name.format(tmp=tmp_path)))
    assert why in line


def test_a_setting_that_makes_no_sense(serve: Serve) -> None:
    assert "POOL_SIZE" in refusal(serve(POOL_SIZE="many"))


@pytest.mark.parametrize("command", ["migrate", "doctor", "serve"])
def test_whoever_does_not_read_on_ends_a_command_quietly(data_directory: Path, command: str) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "src", command],
        cwd=ROOT,
        env={**os.environ, "ENVIRONMENT": "development", "PORT": "0", "HEARTH_DATA": str(data_directory)},
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(writing)
        with os.fdopen(reading) as output:
            lines = [line for _, line in zip(range(2), output, strict=False)] if command == "serve" else []
        if lines:
            for _ in range(3):
                assert httpx.get(lines[1].split()[1] + "/v1/nowhere", timeout=20).status_code == 404
            process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == (0 if lines else 1)


def test_a_port_is_asked_for_before_the_database_is_made(serve: Serve, data_directory: Path) -> None:
    with bind("127.0.0.1", 0) as taken:
        refusal(serve("serve", "--port", str(taken.getsockname()[1])))
    assert not (data_directory / "postgres").exists()


def test_a_person_at_a_terminal_types_the_password_twice(data_directory: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "src", "create-admin", "ada"],
        cwd=ROOT,
        env={**os.environ, "HEARTH_DATA": str(data_directory)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        for asked in (b"Password: ", b"confirmation: "):
            while not shown.endswith(asked):
                shown += os.read(ours, 1000)
            os.write(ours, f"{PASSWORD}\n".encode())
        while b"may administer" not in shown:
            shown += os.read(ours, 1000)
        os.close(ours)
        assert process.wait(PATIENCE) == 0
    assert PASSWORD.encode() not in shown
    assert postmaster_of(data_directory) == 0
