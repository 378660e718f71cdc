"""What every archive has to obey, whatever its format: sane paths, none of them twice, and sizes within limits."""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from zipfile import BadZipFile

from src.containers.exceptions import (
    ArchiveCorrupt,
    ArchiveDuplicateEntry,
    ArchiveTooLarge,
    ArchiveTooManyEntries,
    ArchiveUnsafePath,
)

_MEBIBYTE = 2**20
_MAX_PATH = 1024
_MAX_DEPTH = 32
# What zipfile, gzip and zlib raise on damaged input; RuntimeError has NotImplementedError below it.
_DAMAGE = (BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, ValueError, RuntimeError)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]|\A/|\A[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an archive is believed; all sizes in bytes.

    Posts as JSON compress 10 to 50 times and pictures not at all; deflate reaches 1,032. What unpacks to less than
    `ratio_from` is harmless at any ratio.
    """

    entries: int = 200_000
    unpacked: int = 65_536 * _MEBIBYTE
    outbox: int = 2_048 * _MEBIBYTE
    small_files: int = 64 * _MEBIBYTE
    ratio: int = 200
    ratio_from: int = 16 * _MEBIBYTE


class Readable(Protocol):
    """A file that is read in pieces."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


class Inventory:
    """Counts an archive's entries as they are met and refuses what breaks a rule."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._paths: set[str] = set()
        self._unpacked = 0

    def admit(self, path: str, size: int) -> str:
        """The entry's path in its one normal form, empty for the archive's own folder.

        Raises:
            ArchiveTooManyEntries, ArchiveTooLarge, ArchiveUnsafePath, ArchiveDuplicateEntry.
        """
        if len(self._paths) >= self._limits.entries:
            raise ArchiveTooManyEntries
        self._unpacked += size
        if self._unpacked > self._limits.unpacked:
            raise ArchiveTooLarge
        normal = safe_path(path)
        if normal in self._paths:
            raise ArchiveDuplicateEntry
        self._paths.add(normal)
        return normal


def safe_path(path: str) -> str:
    """A relative path without `.` and empty parts; raises `ArchiveUnsafePath` for one that may lead elsewhere."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if len(path) > _MAX_PATH or len(parts) > _MAX_DEPTH or ".." in parts or _UNSAFE.search(path):
        raise ArchiveUnsafePath
    return "/".join(parts)


class CheckedReader:
    """A file whose damage is told by our own error, whenever it comes to light."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        """As `Readable` says; raises `ArchiveCorrupt`."""
        with damage_found():
            return self._source.read(size)


@contextmanager
def damage_found() -> Iterator[None]:
    """Turns whatever the libraries raise on damaged data into `ArchiveCorrupt`; our own errors pass."""
    try:
        yield
    except _DAMAGE as error:
        raise ArchiveCorrupt from error
