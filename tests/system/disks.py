"""Small disks, and how they become full."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEBIBYTE = 1024 * 1024
SIZE = 192


@contextmanager
def mounted(root: Path) -> Iterator[Path]:
    """The root of a disk that is soon full; where the system lets nobody mount one, the test is skipped."""
    root.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0700", "hearth", root], check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs to mount a small disk: run it as root, where that may mount")
    try:
        yield root
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)


def fill(disk: Path, *, but: int = 0) -> Path:
    """A file that takes all room, but for so many bytes."""
    file = disk / "filler"
    with file.open("wb", buffering=0) as out:
        while (free := shutil.disk_usage(disk).free - but) > 0:
            try:
                out.write(bytes(min(free, MEBIBYTE)))
            except OSError:
                break
    return file
