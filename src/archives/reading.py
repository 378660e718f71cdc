"""An archive of ours as the importer sees it: rows by table, a line at a time, from a file that a stranger made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, Field, ValidationError

from src.archives.constants import MANIFEST, VERSION
from src.archives.exceptions import ArchiveVersionUnknown, NotHearthArchive
from src.containers import entries as containers_entries
from src.containers import exceptions as containers_exceptions
from src.containers import opening as containers_opening
from src.restoring import OldId, Row
from src.schemas import Text

_PIECE = 2**18
# The longest line: a post of the longest text that there is, every sign of it escaped.
_MAX_LINE = 2**22
_MAX_MANIFEST = 2**20
_DATA, _SUFFIX = "data/", ".jsonl"


class ArchivedAccount(BaseModel):
    """Whose archive it is."""

    id: OldId
    username: Annotated[Text, Field(max_length=100)]


class Manifest(BaseModel):
    """`hearth.json`, as far as it is believed."""

    format: Literal["hearth-account"]
    version: int
    server: Annotated[Text, Field(max_length=2_000)] | None
    account: ArchivedAccount


@dataclass(frozen=True)
class Archive:
    """An open archive of ours."""

    manifest: Manifest
    container: containers_opening.Container

    def tables(self) -> list[str]:
        """The names of what it holds."""
        paths = self.container.sizes()
        return sorted(
            path[len(_DATA) : -len(_SUFFIX)] for path in paths if path.startswith(_DATA) and path.endswith(_SUFFIX)
        )

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, as they stand there; none if there is no such table.

        Raises:
            ArchiveRefused: it is damaged, or no line of it could be a row; rows before that place have been given out.
        """
        path = f"{_DATA}{table}{_SUFFIX}"
        if path in self.container.sizes():
            yield from map(_row, _lines(self.container.open(path)))

    def has(self, path: str) -> bool:
        """Whether there is such a file beside the rows."""
        return path in self.container.sizes()

    def file(self, path: str) -> containers_entries.Readable | None:
        """A file beside the rows, if it is there."""
        return self.container.open(path) if self.has(path) else None


@contextmanager
def open_archive(path: Path, limits: containers_entries.Limits | None = None) -> Iterator[Archive]:
    """The archive in this file.

    Raises:
        ArchiveRefused: one of its classes says why.
    """
    with containers_opening.open_container(path, limits or containers_entries.Limits(), {MANIFEST}) as container:
        yield Archive(_manifest(container), container)


def is_ours(container: containers_opening.Container) -> bool:
    """Whether this could be an archive of ours."""
    return MANIFEST in container.sizes()


def _manifest(container: containers_opening.Container) -> Manifest:
    size = container.sizes().get(MANIFEST)
    if size is None:
        raise NotHearthArchive
    if size > _MAX_MANIFEST:
        raise containers_exceptions.ArchiveFileTooLarge
    source = container.open(MANIFEST)
    try:
        found = Manifest.model_validate_json(b"".join(iter(lambda: source.read(_PIECE), b"")))
    except ValidationError:
        raise NotHearthArchive from None
    if found.version > VERSION:
        raise ArchiveVersionUnknown
    return found


def _lines(source: containers_entries.Readable) -> Iterator[bytes]:
    waiting = b""
    while piece := source.read(_PIECE):
        *lines, waiting = (waiting + piece).split(b"\n")
        yield from lines
        if len(waiting) > _MAX_LINE:
            raise containers_exceptions.ArchiveMalformedFile
    if waiting:
        yield waiting


def _row(line: bytes) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise containers_exceptions.ArchiveMalformedFile from None
    if not isinstance(row, dict):
        raise containers_exceptions.ArchiveMalformedFile
    return row
