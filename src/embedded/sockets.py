"""The folder of the server's socket: short, because the kernel takes about 100 bytes, and closed, mode 0700.

It stands in /run for root and in /tmp for others, never in the data directory, whose path may be long and whose
folders the server's own user may not pass through. Its name is random, so that nobody can take it in advance, and
remembered, so that a restarted server is found at the same address.
"""

import os
import stat
import tempfile
from pathlib import Path

from src.embedded.account import Account
from src.embedded.exceptions import EmbeddedError

_PLACES = (Path("/run"), Path("/tmp"))  # noqa: S108  the folder in it is made by mkdtemp and checked


def prepare(known: Path | None, account: Account) -> Path:
    """The remembered folder, empty, if it is still ours or can be made again; else a new one.

    Only for a server that does not run. Raises EmbeddedError when no place for it can be written.
    """
    if known is not None and known.parent in _PLACES and _make(known, account):
        _clear(known)
        return known
    return make(account)


def make(account: Account) -> Path:
    """A new, empty folder of the account's, with a short path."""
    place = next((place for place in _PLACES if os.access(place, os.W_OK | os.X_OK)), None)
    if place is None:
        names = " nor ".join(str(place) for place in _PLACES)
        raise EmbeddedError(
            f"PostgreSQL's socket needs a short folder, and neither {names} can be written; set DATABASE_URL."
        )
    folder = Path(tempfile.mkdtemp(prefix="hearth-", dir=place))
    account.give(folder)
    return folder


def remove(folder: Path) -> None:
    """Takes the folder of a stopped server away."""
    if folder.is_dir() and not folder.is_symlink():
        _clear(folder)
        folder.rmdir()


def _make(folder: Path, account: Account) -> bool:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and stat.S_IMODE(found.st_mode) == 0o700
    except OSError:
        return False
    account.give(folder)
    return True


def _clear(folder: Path) -> None:
    for left in folder.iterdir():
        left.unlink()
