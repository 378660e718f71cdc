"""As whom PostgreSQL's programs run, and how they are run.

PostgreSQL refuses to be root. As root we run it as a system user of its own, without opening any folder to that user:
the child inherits an open descriptor of the data directory and reaches it as /proc/self/fd/N, whatever stands above.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from src.embedded.exceptions import EmbeddedError

if sys.platform != "win32":  # where there is no wheel either: `start` says so before any account is looked up
    import pwd

NAME = "hearth-postgres"

_ERROR = re.compile(r"(?:PANIC|FATAL|ERROR|error): +(.*)")

_ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}
"""All that the programs see: a PGDATA or PGPORT of the caller's means another server."""

_USERADD = ("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent")
_NO_LOGIN = ("--shell", "/usr/sbin/nologin")


@dataclass(frozen=True)
class Account:
    """A system user; `foreign` when it is not the one whom this process runs as."""

    uid: int
    gid: int
    foreign: bool

    def give(self, path: Path | int) -> None:
        """Makes the account the owner of a file or folder that this process has made (or of an open descriptor)."""
        if self.foreign:
            os.chown(path, self.uid, self.gid)

    def give_tree(self, folder: Path) -> None:
        """Makes the account the owner of a folder and all that is in it, if root owns it: a copy that root made."""
        if self.foreign and folder.stat().st_uid == 0:
            for parent, folders, files in os.walk(folder):
                for name in (*folders, *files):
                    os.chown(Path(parent, name), self.uid, self.gid, follow_symlinks=False)
            self.give(folder)

    def run(
        self, program: Path, *arguments: str | Path, text: str = "", folder: Path = Path("/"), keep: Sequence[int] = ()
    ) -> str:
        """Runs one of PostgreSQL's programs to its end and gives its standard output.

        A `Path` among the arguments is a folder that the program must reach. `text` is its standard input, `keep` are
        descriptors that it inherits. Raises EmbeddedError with the last thing that it said.
        """
        with self._reaching(arguments) as (words, descriptors):
            result = self._execute([str(program), *words], text=text, folder=folder, keep=(*descriptors, *keep))
        if result.returncode != 0:
            reason = complaint(f"{result.stdout}\n{result.stderr}") or f"exit code {result.returncode}"
            raise EmbeddedError(f"{program.name} of the embedded PostgreSQL failed ({reason}). Or set DATABASE_URL.")
        return result.stdout

    def spawn(self, program: Path, *arguments: str | Path, log: IO[bytes]) -> int:
        """Starts a program that outlives this process and gives its process id; `log` takes all that it says.

        It gets a session of its own, so that Ctrl-C does not reach it, and the shell between makes it a child of init,
        so that its end leaves nothing for us to collect.
        """
        shell = ["/bin/sh", "-c", '(exec "$@" >&2) & echo $!', "sh", str(program)]
        with self._reaching(arguments) as (words, descriptors):
            result = self._execute([*shell, *words], keep=descriptors, log=log)
        return int(result.stdout)

    def _execute(
        self,
        command: Sequence[str],
        *,
        keep: Sequence[int],
        text: str = "",
        folder: Path = Path("/"),
        log: IO[bytes] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  PostgreSQL's own programs; no word of a command goes through a shell
            command,
            input=text,
            stdout=subprocess.PIPE,
            stderr=log or subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            check=False,
            cwd=folder,
            env=_ENVIRONMENT,
            pass_fds=keep,
            start_new_session=True,
            umask=0o077,
            user=self.uid if self.foreign else None,
            group=self.gid if self.foreign else None,
            extra_groups=[] if self.foreign else None,
        )

    @contextmanager
    def _reaching(self, arguments: Sequence[str | Path]) -> Iterator[tuple[list[str], list[int]]]:
        with ExitStack() as stack:
            words: list[str] = []
            descriptors: list[int] = []
            for argument in arguments:
                if self.foreign and isinstance(argument, Path):
                    descriptors.append(os.open(argument, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
                    stack.callback(os.close, descriptors[-1])
                    words.append(f"/proc/self/fd/{descriptors[-1]}")
                else:
                    words.append(str(argument))
            yield words, descriptors


def complaint(output: str) -> str:
    """What a program's output says about why it failed: the last error's text, else the last line; empty for none."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [words.group(1) for words in map(_ERROR.search, lines) if words]
    return (told or lines or [""])[-1].rstrip(".")


def choose(clusters: Sequence[Path]) -> Account:
    """The account for a server on these cluster folders (which exist): their owner, else ourselves, else our own user.

    Raises EmbeddedError when they belong to somebody else, or when we are root where that cannot be helped.
    """
    owners = {path.stat().st_uid: path.stat().st_gid for path in clusters}
    if os.geteuid() != 0:
        if owners.keys() - {os.geteuid()}:
            names = ", ".join(str(path) for path in clusters)
            raise EmbeddedError(f"{names} belongs to another system user: start Hearth as that user or as root.")
        return Account(os.geteuid(), os.getegid(), foreign=False)
    if not sys.platform.startswith("linux"):
        raise EmbeddedError(
            "The embedded PostgreSQL cannot run for root here: be an ordinary user or set DATABASE_URL."
        )
    for uid, gid in owners.items():
        if uid != 0:
            return Account(uid, gid, foreign=True)
    entry = _system_user()
    return Account(entry.pw_uid, entry.pw_gid, foreign=True)


def _system_user() -> "pwd.struct_passwd":
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    command = [*_USERADD, *_NO_LOGIN, NAME]
    try:
        # A second process that makes the same user at the same time wins or loses here; either is fine.
        made = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stderr  # noqa: S603  fixed words
    except OSError as error:
        made = str(error)
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        reason = f"PostgreSQL refuses to run as root, and the system user {NAME} cannot be made ({complaint(made)})."
        raise EmbeddedError(f"{reason} Start Hearth as an ordinary user or set DATABASE_URL.") from None
