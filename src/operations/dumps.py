"""What is in a database as one file, by PostgreSQL's own programs; they get the password by their environment."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy.engine import make_url

from src.embedded import EmbeddedError, binaries
from src.embedded import account as embedded_account
from src.models import Base
from src.operations.exceptions import DumpFailed

Progress = Callable[[int, int], None]

# Who is there is of the moment; and who reads streams of restored data begins anew, which a new epoch tells them.
_LEFT_OUT = ("--no-unlogged-table-data", "--exclude-table-data=stream_epochs")
_DUMPED = re.compile(r"dumping contents of table ")
_RESTORED = re.compile(r"processing data for table ")
_LISTED = re.compile(r"^\d+; .* TABLE DATA ", re.MULTILINE)


def dump(url: str, file: Path, *, progress: Progress) -> None:
    """Writes a consistent picture of the database, in PostgreSQL's custom format; others go on meanwhile.

    Args:
        url: SQLAlchemy's address of the database, for a role that may read all of it.
        file: made here, mode 0600.
        progress: told how many tables are done, of how many.

    Raises:
        DumpFailed: with the last thing that the program said.
    """
    file.touch(mode=0o600)
    words = [program("pg_dump"), "--verbose", "--format=custom", f"--file={file}", *_LEFT_OUT]
    _run(words, _environment(url), _DUMPED, len(Base.metadata.tables), progress)


def load(url: str, file: Path, *, progress: Progress) -> None:
    """Fills an empty database from such a file, all of it or nothing; the role of the address owns what is made.

    Raises:
        DumpFailed: as `dump`.
    """
    name, environment = program("pg_restore"), _environment(url)
    listed = subprocess.run([name, "--list", file], env=environment, capture_output=True, text=True, check=False)  # noqa: S603  as below
    if listed.returncode != 0:
        raise DumpFailed("pg_restore", embedded_account.complaint(listed.stderr))
    words = [name, "--verbose", "--single-transaction", "--no-owner", "--no-privileges"]
    words += [f"--dbname={environment['PGDATABASE']}", str(file)]
    _run(words, environment, _RESTORED, len(_LISTED.findall(listed.stdout)), progress)


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is: in the wheel, whose version reads older servers too, or on this machine.

    Raises:
        EmbeddedError: it is nowhere.
    """
    own = shutil.which(name)
    try:
        return str(binaries.client(name))
    except EmbeddedError:
        if own is None:
            raise
        return own


def _environment(url: str) -> Mapping[str, str]:
    address = make_url(url)
    given = {
        "PGHOST": address.host or address.query.get("host"),
        "PGPORT": address.port or address.query.get("port"),
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGSSLMODE": address.query.get("ssl"),
        "PGPASSFILE": address.query.get("passfile"),
        "LC_ALL": "C",
    }
    return {**os.environ, **{name: str(value) for name, value in given.items() if value is not None}}


def _run(
    words: Sequence[str], environment: Mapping[str, str], mark: re.Pattern[str], tables: int, progress: Progress
) -> None:
    done, said = 0, ""
    with subprocess.Popen(  # noqa: S603  PostgreSQL's own programs; no word goes through a shell
        words, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        try:
            for line in process.stderr or ():
                if mark.search(line):
                    done += 1
                    progress(done, max(done, tables))
                elif "error:" in line or "FATAL:" in line:
                    said += line
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise DumpFailed(Path(words[0]).name, embedded_account.complaint(said))
    progress(max(done, 1), max(done, 1))
