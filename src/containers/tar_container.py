"""Tar archives, gzipped or plain, read forward only and never into memory as a whole.

The standard library's tarfile allocates what a header announces, follows its chain of extended headers by recursion
and searches them with patterns of quadratic time, so the few kinds of header that matter are read here: POSIX ustar
with pax records and GNU's long names (POSIX.1-2017, pax, "ustar Interchange Format").
"""

import gzip
import io
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from src.containers.entries import Inventory, Limits, Readable, damage_found
from src.containers.exceptions import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveDevice,
    ArchiveFileTooLarge,
    ArchiveFormatUnknown,
    ArchiveLink,
    ArchiveTooLarge,
)

GZIP_MAGIC = b"\x1f\x8b"
TAR_MAGIC = b"ustar"
TAR_MAGIC_AT = slice(257, 262)
_BLOCK = 512
_PIECE = 2**20
_MAX_EXTENSION = 2**16
_MAX_EXTENSIONS = 4
_LENGTH_DIGITS = 20
_OCTAL = re.compile(rb" *([0-7]{0,12})[ \0]*")
_BASE_256 = 0x80
_FILE_KINDS = frozenset({b"0", b"\0"})
_FOLDER_KIND = b"5"
_LINK_KINDS = frozenset({b"1", b"2"})
# Headers about the next header: pax (x), pax for all that follow (g), GNU's long path (L) and long link target (K).
_EXTENSION_KINDS = frozenset({b"x", b"g", b"L", b"K"})


@dataclass(frozen=True, slots=True)
class _Header:
    path: str
    size: int
    kind: bytes


class _Stream:
    """The unpacked bytes of the archive, counted, in one direction."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.position = 0
        self._limits = limits
        self._file = path.open("rb")
        self._packed = self._file.peek(2).startswith(GZIP_MAGIC)
        self._source: Readable = gzip.GzipFile(fileobj=self._file) if self._packed else self._file

    def read(self, size: int) -> bytes:
        with damage_found():
            data = self._source.read(size)
        self.position += len(data)
        if self.position > self._limits.unpacked:
            raise ArchiveTooLarge
        if self._packed and self.position > max(self._limits.ratio_from, self._limits.ratio * self._file.tell()):
            raise ArchiveBomb
        return data

    def exactly(self, size: int) -> bytes:
        pieces = []
        while size > 0:
            piece = self.read(min(size, _PIECE))
            if not piece:
                raise ArchiveCorrupt
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        if not self._packed:
            # Beyond the end nothing is found, which the next look tells.
            self.position = self._file.seek(size, io.SEEK_CUR)
            return
        while size > 0:
            size -= len(self.exactly(min(size, _PIECE)))

    def drain(self) -> None:
        """Reads to the end, where gzip has its checksum."""
        while self.read(_PIECE):
            pass

    def close(self) -> None:
        self._file.close()


@contextmanager
def unpacked(path: Path, limits: Limits, folder: Path) -> Iterator[Path]:
    """A tar.gz as the tar that it is, for the length of the block.

    Raises:
        ArchiveTooLarge, ArchiveBomb, ArchiveCorrupt: it is refused.
    """
    stream = _Stream(path, limits)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".unpacked.") as target:
            while piece := stream.read(_PIECE):
                target.write(piece)
            target.flush()
            yield Path(target.name)
    finally:
        stream.close()


class _Section:
    """One file within the stream."""

    def __init__(self, stream: _Stream, size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int, /) -> bytes:
        data = self._stream.exactly(min(size, self._left))
        self._left -= len(data)
        return data


class TarContainer:
    """The entries of a tar archive by path. Opening it reads it once to the end; what is not held is another pass."""

    def __init__(self, path: Path, limits: Limits, held: Collection[str]) -> None:
        """Reads what there is; files with one of the names `held` are kept in memory."""
        self._path = path
        self._limits = limits
        self._sizes: dict[str, int] = {}
        self._offsets: dict[str, int] = {}
        self._names = held
        self._held: dict[str, bytes] = {}
        self._streams: list[_Stream] = []
        try:
            self._index(self._stream())
        finally:
            self.close()

    def sizes(self) -> dict[str, int]:
        """The size of each file by its path, in bytes."""
        return self._sizes

    def open(self, path: str) -> Readable:
        """The content of a file."""
        if path in self._held:
            return io.BytesIO(self._held[path])
        stream = self._stream()
        stream.skip(self._offsets[path])
        return _Section(stream, self._sizes[path])

    def close(self) -> None:
        """Ends all reading."""
        while self._streams:
            self._streams.pop().close()

    def _stream(self) -> _Stream:
        self._streams.append(_Stream(self._path, self._limits))
        return self._streams[-1]

    def _index(self, stream: _Stream) -> None:
        inventory = Inventory(self._limits)
        while header := _next_header(stream):
            normal = inventory.admit(header.path, header.size)
            _check(header)
            left = header.size
            if header.kind in _FILE_KINDS:
                self._sizes[normal] = header.size
                left -= self._keep(stream, normal, header.size)
            stream.skip(left + -header.size % _BLOCK)
        stream.drain()

    def _keep(self, stream: _Stream, path: str, size: int) -> int:
        """Holds a small file that will be read, or notes where another begins; gives how much of it was read."""
        folder, _, name = path.rpartition("/")
        if "/" in folder or name not in self._names:
            self._offsets[path] = stream.position
            return 0
        if size + sum(map(len, self._held.values())) > self._limits.small_files:
            raise ArchiveFileTooLarge
        self._held[path] = stream.exactly(size)
        return size


def _check(header: _Header) -> None:
    if header.kind in _LINK_KINDS:
        raise ArchiveLink
    if header.kind == _FOLDER_KIND and header.size:
        raise ArchiveCorrupt
    if header.kind not in _FILE_KINDS | {_FOLDER_KIND}:
        raise ArchiveDevice


def _next_header(stream: _Stream) -> _Header | None:
    """The next entry with what extension headers say of it, or nothing at the archive's end."""
    path: str | None = None
    size: int | None = None
    for _ in range(_MAX_EXTENSIONS + 1):
        first = stream.position == 0
        block = stream.exactly(_BLOCK)
        if not first and not any(block):
            return None
        if block[TAR_MAGIC_AT] != TAR_MAGIC:
            raise ArchiveFormatUnknown if first else ArchiveCorrupt
        header = _parse(block)
        if header.kind not in _EXTENSION_KINDS:
            path, size = path or header.path, header.size if size is None else size
            # Before POSIX, a folder was a file whose name ends in a slash.
            kind = _FOLDER_KIND if header.kind in _FILE_KINDS and path.endswith("/") else header.kind
            return _Header(path, size, kind)
        if header.size > _MAX_EXTENSION:
            raise ArchiveCorrupt
        content = stream.exactly(header.size)
        stream.skip(-header.size % _BLOCK)
        if header.kind == b"L":
            path = _text(content.rstrip(b"\0"))
        elif header.kind in {b"x", b"g"}:
            records = _pax_records(content)
            if records and header.kind == b"g":
                raise ArchiveCorrupt  # one path or size for all that follow
            path = records.get("path", path)
            size = _number(records["size"]) if "size" in records else size
    raise ArchiveCorrupt


def _parse(block: bytes) -> _Header:
    checksum = sum(block[:148]) + 8 * ord(" ") + sum(block[156:])
    if _octal(block[148:156]) != checksum:
        raise ArchiveCorrupt
    path, prefix = _cut(block[:100]), _cut(block[345:500])
    # GNU's own format, whose magic ends with a space, has times where POSIX has the prefix.
    if prefix and block[262:263] == b"\0":
        path = prefix + b"/" + path
    return _Header(_text(path), _size(block[124:136]), block[156:157])


def _size(field: bytes) -> int:
    if field[0] == _BASE_256:
        return int.from_bytes(field[1:], "big")
    return _octal(field)


def _octal(field: bytes) -> int:
    match = _OCTAL.fullmatch(field)
    if not match:
        raise ArchiveCorrupt
    return int(match[1] or b"0", 8)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < _LENGTH_DIGITS):
        raise ArchiveCorrupt
    return int(text)


def _pax_records(content: bytes) -> dict[str, str]:
    """The path and size among records `LENGTH KEY=VALUE`, each a line, whose length counts all of it."""
    records: dict[str, str] = {}
    start = 0
    while start < len(content):
        length, _, _ = content[start : start + _LENGTH_DIGITS].partition(b" ")
        end = start + _number(_text(length))
        key, equals, value = content[start + len(length) + 1 : end].partition(b"=")
        if not equals or not value.endswith(b"\n") or end > len(content):
            raise ArchiveCorrupt
        if key in {b"path", b"size"}:
            records[_text(key)] = _text(value[:-1])
        elif key.startswith(b"GNU.sparse"):
            raise ArchiveDevice
        start = end
    return records


def _cut(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _text(name: bytes) -> str:
    with damage_found():
        return name.decode()
