"""An archive opened by what it is: a zip, a tar.gz or a tar, judged by its first bytes and not by its name."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from src.containers import tar_container, zip_container
from src.containers.entries import Limits, Readable
from src.containers.exceptions import ArchiveFormatUnknown, ArchiveUnreadable
from src.containers.tar_container import TarContainer
from src.containers.zip_container import ZipContainer

_NO_NAMES: frozenset[str] = frozenset()


class Container(Protocol):
    """What the formats have in common."""

    def sizes(self) -> dict[str, int]:
        """The size of each file by its path, unpacked and in bytes."""
        ...

    def open(self, path: str) -> Readable:
        """The content of a file."""
        ...

    def close(self) -> None:
        """Ends all reading."""
        ...


@contextmanager
def open_container(
    path: Path, limits: Limits, held: Collection[str] = _NO_NAMES, spool: Path | None = None
) -> Iterator[Container]:
    """The archive in this file, never unpacked to files.

    Args:
        path: of the file.
        limits: how much of it is believed.
        held: names of small files, at the top or one folder below, that a tar keeps in memory; all others are read
            from its beginning each time that they are opened.
        spool: a folder for the tar that a tar.gz unpacks to, where many files of it are read.

    Raises:
        ArchiveRefused: one of its classes says why. Nothing of the archive has been written anywhere.
    """
    with ExitStack() as stack:
        if spool is not None and _is_packed(path):
            path = stack.enter_context(tar_container.unpacked(path, limits, spool))
        container = _container(path, limits, held)
        stack.callback(container.close)
        yield container


def _is_packed(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(2) == tar_container.GZIP_MAGIC


def _container(path: Path, limits: Limits, held: Collection[str]) -> Container:
    try:
        if not path.is_file():
            raise ArchiveUnreadable
        with path.open("rb") as file:
            start = file.read(512)
        if start.startswith(zip_container.MAGIC):
            return ZipContainer(path, limits)
        if start.startswith(tar_container.GZIP_MAGIC) or start[tar_container.TAR_MAGIC_AT] == tar_container.TAR_MAGIC:
            return TarContainer(path, limits, held)
    except OSError as error:
        raise ArchiveUnreadable from error
    raise ArchiveFormatUnknown
