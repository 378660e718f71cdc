"""The port to where files are kept, and the rules that every store of them keeps.

A key is random and written once. Whoever writes it refers to it by a row soon or never, so a file that is a day old and
has no row never gets one, and may be swept away while others write.
"""

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from src.media.constants import StoreName


@dataclass(frozen=True)
class Stored:
    """A file in a store."""

    key: str
    bytes: int
    changed_at: datetime


@dataclass(frozen=True)
class DirectForm:
    """How a client sends a file past Hearth: by a form with these fields, the file behind them as `file`."""

    url: str
    fields: Mapping[str, str]


class Store(Protocol):
    """One place for files. What it raises: `StoreUnavailable` or another `Unavailable`, `StorageFull`."""

    name: StoreName

    async def keep(self, key: str, source: Path, content_type: str) -> None:
        """Takes a file over; it is there to stay when this returns, and gone from where it was.

        `source` lies in the folder for uploads.
        """
        ...

    def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """So many bytes from `start` on, in pieces.

        Raises:
            MediaNotFound: there is no such file; before the first piece.
        """
        ...

    async def size(self, key: str) -> int:
        """The bytes of a file.

        Raises:
            MediaNotFound: there is no such file.
        """
        ...

    async def borrow(self, key: str, folder: Path) -> Path:
        """The file on the local disk, to be read only: itself, or a copy in the folder.

        Raises:
            MediaNotFound: there is no such file.
        """
        ...

    async def forget(self, keys: Sequence[str]) -> None:
        """Removes files; one that is not there is fine."""
        ...

    def listed(self) -> AsyncIterator[Stored]:
        """Every file."""
        ...

    async def clear(self, before: datetime) -> None:
        """Removes what uploads have left that began before this instant and never ended."""
        ...

    def link(self, key: str, content_type: str, disposition: str) -> str | None:
        """An address by which anybody can read the file for a while; None where Hearth itself sends it."""
        ...

    def form(self, key: str, most_bytes: int) -> DirectForm | None:
        """A form by which one file of up to so many bytes gets there; None where Hearth itself takes it."""
        ...


def new_key() -> str:
    """A name for a file that nobody can guess."""
    return secrets.token_hex(16)
