"""Zip archives, read in place. The standard library reads the structure; what it would believe is checked here."""

import io
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

from src.containers.entries import CheckedReader, Inventory, Limits, Readable, damage_found
from src.containers.exceptions import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveDevice,
    ArchiveEncrypted,
    ArchiveLink,
    ArchiveMethodUnknown,
    ArchiveTooManyEntries,
)

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Bits of an entry's flags: encrypted, strongly encrypted, header masked (PKWARE's APPNOTE, 4.4.4).
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_DIRECTORY_ENTRY = b"PK\x01\x02"
_DIRECTORY_BYTES_PER_ENTRY = 256
_MAX_COMMENT = 2**17


class _GuardedFile(io.RawIOBase):
    """The file as the library may read it: it loads the directory in one go and makes an object of each entry.

    So until `directory_read` is set, a read that is too long or finds too many entries is refused.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.directory_read = False
        self._file = file
        self._limits = limits
        self._size = file.seek(0, io.SEEK_END)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1, /) -> bytes:
        if self.directory_read:
            return self._file.read(size)
        left = max(0, self._size - self._file.tell())
        size = left if size < 0 else min(size, left)
        if size > self._limits.entries * _DIRECTORY_BYTES_PER_ENTRY + _MAX_COMMENT:
            raise ArchiveTooManyEntries
        data = self._file.read(size)
        if data.count(_DIRECTORY_ENTRY) > self._limits.entries:
            raise ArchiveTooManyEntries
        return data


class ZipContainer:
    """The entries of a zip archive by path."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._file = path.open("rb")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        try:
            with damage_found():
                guarded = _GuardedFile(self._file, limits)
                self._zip = zipfile.ZipFile(guarded)
                guarded.directory_read = True
                self._admit_all(path.stat().st_size)
        except BaseException:
            self._file.close()
            raise

    def sizes(self) -> dict[str, int]:
        """The size of each file by its path, unpacked and in bytes."""
        return {path: info.file_size for path, info in self._entries.items()}

    def open(self, path: str) -> Readable:
        """The content of a file; its checksum is verified when its last byte is read."""
        with damage_found():
            return CheckedReader(self._zip.open(self._entries[path]))

    def close(self) -> None:
        """Ends all reading."""
        self._zip.close()
        self._file.close()

    def _admit_all(self, file_size: int) -> None:
        inventory = Inventory(self._limits)
        packed = 0
        for info in self._zip.infolist():
            # Not `filename`: that one ends at a NUL.
            normal = inventory.admit(info.orig_filename, info.file_size)
            self._check(info)
            packed += info.compress_size
            if not info.is_dir():
                self._entries[normal] = info
        if packed > file_size:
            raise ArchiveBomb  # entries that share their data

    def _check(self, info: zipfile.ZipInfo) -> None:
        if info.flag_bits & _ENCRYPTED:
            raise ArchiveEncrypted
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ArchiveMethodUnknown
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind == stat.S_IFLNK:
            raise ArchiveLink
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise ArchiveDevice
        if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
            raise ArchiveCorrupt
        if info.file_size > max(self._limits.ratio_from, self._limits.ratio * info.compress_size):
            raise ArchiveBomb
