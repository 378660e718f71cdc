"""What the data directory tells: room, and who else could read it."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

# Below the data directory: what holds secrets or passwords.
_SECRET_FILES = ("keys.json", "sealing.keys", "postgres/state.json")


def usage(folder: Path) -> tuple[int, int]:
    """Free and total bytes of the disk that this folder is on, or will be on once it is made."""
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    found = shutil.disk_usage(existing)
    return found.free, found.total


def open_to_others(data_directory: Path, *more: Path | None) -> Iterator[str]:
    """A line, with its cure, for each secret that other users of this machine could read; `more` are files too."""
    folders = [data_directory] if data_directory.is_dir() else []
    files = [path for path in (*(data_directory / name for name in _SECRET_FILES), *more) if path and path.is_file()]
    for path, mode in (*((folder, 0o700) for folder in folders), *((file, 0o600) for file in files)):
        found = stat.S_IMODE(path.stat().st_mode)
        if found & 0o077:
            yield f"{path} is open to other users (mode {found:04o}): chmod {mode:o} {path}"
