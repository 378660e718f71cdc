"""The server process: found, started, stopped, and what a dead one leaves behind is cleared away.

Nothing here trusts a number in a file: a process counts as the server, or as a part of it, only if it belongs to the
owner of the cluster and bears the cluster's name. (What folder it works in would say the same, but root in a container
may not look there.)
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from src.embedded.account import Account, complaint
from src.embedded.exceptions import EmbeddedError, StillRecovering

RECOVERY_SECONDS = 60.0
"""How long a start waits: after a crash the server first replays its log."""

_PORT = 5432
"""Only a part of the socket's name; the server listens on no address."""

_FAST_SECONDS = 60.0
_IMMEDIATE_SECONDS = 5.0
_POLL = 0.005
_LOG_BYTES = 10_000_000
_STATUS_LINE = 7


@dataclass(frozen=True)
class Place:
    """What one server consists of: its programs, its cluster, its socket's folder, its log, and whose it is."""

    programs: Path
    cluster: Path
    sockets: Path
    log: Path
    account: Account


def find(cluster: Path) -> int | None:
    """The process id of the server of this cluster; None when none runs (ready or not)."""
    lines = _pid_file(cluster)
    if not lines or not lines[0].strip().isdigit():
        return None
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(lines[0]))
        return process.pid if _is_part(process, cluster) else None
    return None


def start(place: Place, settings: Mapping[str, str]) -> int:
    """Starts a server and gives its process id once it takes connections; call `clear_remains` before.

    Raises EmbeddedError when it ends instead, or has not recovered after a minute (it then goes on recovering, and
    the next start finds it).
    """
    chosen = {"cluster_name": name_of(place.cluster), "unix_socket_directories": str(place.sockets), **settings}
    options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
    if place.log.exists() and place.log.stat().st_size > _LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    with place.log.open("ab") as log:
        place.account.give(log.fileno())
        said_before = log.tell()
        pid = place.account.spawn(place.programs / "postgres", "-D", place.cluster, *options, log=log)
    try:
        wait_until_ready(place.cluster, pid, place.log, said_before)
    except KeyboardInterrupt:
        stop(pid)  # whoever interrupts the start wants no server; its process id file may not be there yet
        raise
    return pid


def wait_until_ready(cluster: Path, pid: int, log: Path, said_before: int = 0) -> None:
    """Returns once the server takes connections; errors as for `start`, told from its log after `said_before` bytes."""
    if not _until(lambda: _is_ready(cluster, pid) or not _is_alive(pid), RECOVERY_SECONDS):
        raise StillRecovering(f"PostgreSQL is still recovering from a crash; start again in a minute (see {log}).")
    if not _is_ready(cluster, pid):
        with log.open("rb") as file:
            file.seek(said_before)
            reason = complaint(file.read().decode(errors="replace"))
        raise EmbeddedError(f"PostgreSQL did not start ({reason}). See {log}, or set DATABASE_URL.")


def has_socket(folder: Path) -> bool:
    """Whether the server's socket can be seen in its folder."""
    return (folder / f".s.PGSQL.{_PORT}").exists()


def stop(pid: int) -> None:
    """Ends the server: sessions are cut off and everything is written; by force only if that takes over a minute."""
    for number, seconds in (
        (signal.SIGINT, _FAST_SECONDS),
        (signal.SIGQUIT, _IMMEDIATE_SECONDS),
        (signal.SIGKILL, _IMMEDIATE_SECONDS),
    ):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if _until(lambda: not _is_alive(pid), seconds):
            return


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _is_ready(cluster: Path, pid: int) -> bool:
    lines = _pid_file(cluster)
    return len(lines) > _STATUS_LINE and lines[0].strip() == str(pid) and lines[_STATUS_LINE].strip() == "ready"


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def name_of(cluster: Path) -> str:
    """What all processes of this cluster's server have in their command line; no other folder has the same."""
    status = cluster.stat()
    return f"hearth({status.st_dev:x}.{status.st_ino:x})"


def _is_part(process: psutil.Process, cluster: Path) -> bool:
    try:
        is_owners = process.uids().real == cluster.stat().st_uid
        return is_owners and name_of(cluster) in " ".join(process.cmdline()) and _is_alive(process.pid)
    except psutil.Error:
        return False


def clear_remains(cluster: Path) -> None:
    """Ends what outlived a killed server (the next one would refuse to start) and removes its process id file.

    The number in that file may be another process's by now, which PostgreSQL itself would take for a running server.
    """
    if not _pid_file(cluster):
        return
    orphans = [process for process in psutil.process_iter() if _is_part(process, cluster)]
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for orphan in orphans:
            with suppress(psutil.NoSuchProcess):
                orphan.send_signal(number)
        if _until(lambda: not any(_is_alive(orphan.pid) for orphan in orphans), _IMMEDIATE_SECONDS):
            break
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
