"""The handle of the embedded server: what a process that uses the database holds."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from src.embedded import binaries, cluster, launch, locks, postmaster, sockets, state
from src.embedded.exceptions import EmbeddedError, StillRecovering


class EmbeddedServer:
    """One share in the server of one data directory; `start` makes it, `stop` gives it back.

    Several may exist, in one process or many: the last one that is given back stops the server. Also a context
    manager. Its methods block for as long as a start or a stop takes, and may be called from any thread.
    """

    def __init__(self, home: Path, settings: Mapping[str, str], holder: int, launched: launch.Launched) -> None:
        self._home = home
        self._settings = settings
        self._holder: int | None = holder
        self._launched = launched

    @property
    def pid(self) -> int:
        """The process id of the server, as of the start or the last `ensure_running`."""
        return self._launched.pid

    @property
    def url(self) -> str:
        """Where the application connects: SQLAlchemy's URL of the role that may read and write rows."""
        return self.url_of(cluster.DATABASE)

    @property
    def owner_url(self) -> str:
        """Where migrations connect: the role that owns the schema and may make databases."""
        return self.url_of(cluster.DATABASE, owner=True)

    def url_of(self, database: str, *, owner: bool = False) -> str:
        """The URL of any database of this server, for the application's role or the owner's."""
        known = self._launched.state
        role = cluster.OWNER if owner else cluster.APPLICATION
        password = known.owner_password if owner else known.application_password
        folder = quote(str(self._launched.sockets), safe="")
        return f"postgresql+asyncpg://{role}:{password}@/{quote(database, safe='')}?host={folder}"

    def ensure_running(self) -> bool:
        """Starts the server again if it has died; whether it had to. For a watchdog, every second or so (0.2 ms).

        The URLs stay the same. Does nothing once this share is given back. Raises EmbeddedError as `start` does.
        """
        if self._holder is None or postmaster.find(launch.folder(self._home)) is not None:
            return False
        return self._start_again()

    def stop(self) -> None:
        """Gives this share back; the last one stops the server. Once given back, it does nothing."""
        with _readable_errors(self._home), locks.exclusive(self._home / "lock"):
            if self._holder is not None:
                holder, self._holder = self._holder, None
                _let_go(self._home, holder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start_again(self) -> bool:
        with _readable_errors(self._home), locks.exclusive(self._home / "lock") as lock:
            if self._holder is None:  # given back while another one held the lock
                return False
            self._launched = launch.bring_up(self._home, self._settings, lock)
        return self._launched.started


def start(data_directory: Path, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """Brings up the server of a data directory, which is made if need be, and gives a share in it.

    `settings` are PostgreSQL's own, for a server that this call (or its `ensure_running`) starts; one that runs
    already keeps those that it has. A first start takes about a second, a later one 0.1 s, one after a crash up to a
    minute. Raises EmbeddedError with one line that says how to go on.
    """
    binaries.wheel()  # says so on a platform without it, where not even the locks work
    home = data_directory.absolute() / "postgres"
    with _readable_errors(home):
        data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        with locks.exclusive(home / "lock") as lock:
            holder = locks.hold(home / "holders")
            try:
                launched = launch.bring_up(home, settings or {}, lock)
            except StillRecovering:
                os.close(holder)
                raise
            except BaseException:
                _let_go(home, holder)
                raise
    return EmbeddedServer(home, settings or {}, holder, launched)


def _let_go(home: Path, holder: int) -> None:
    """Takes one holder out and, if it was the last, stops the server; the caller holds the lock."""
    os.close(holder)
    if locks.is_held(home / "holders"):
        return
    running = postmaster.find(launch.folder(home))
    if running is not None:
        postmaster.stop(running)
    known = state.load(home / "state.json")
    if known is not None and known.socket_folder is not None:
        sockets.remove(known.socket_folder)


@contextmanager
def _readable_errors(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"PostgreSQL cannot use {home} ({error.strerror or error})."
        raise EmbeddedError(f"{reason} Choose another data directory or set DATABASE_URL.") from error
