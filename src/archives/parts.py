"""The parts by which packages add files to an export and bring files of other systems along."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from src.archives.pen import Pen
from src.database import Database, ReadSession
from src.feature import Part, Registry
from src.restoring import Work


@dataclass(frozen=True)
class About:
    """Whose export it is.

    Attributes:
        account_id: of the account.
        username: of the account.
        hearth_url: where people reach this server, if that is known.
        database: for what is asked once the snapshot is over.
        resources: what the process keeps in memory, by the names of the features' `Resource` parts.
    """

    account_id: int
    username: str
    hearth_url: str | None
    database: Database
    resources: Mapping[str, object]


@dataclass(frozen=True)
class Copy:
    """A file that goes into the archive as it is, once the database is no longer asked."""

    path: str
    read: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class ExportedFiles(Part):
    """Files of an export beside the rows: `write` writes them out of the same snapshot, and names what is copied."""

    name: str
    write: Callable[[ReadSession, Pen, About], Awaitable[Sequence[Copy]]]

    @property
    def key(self) -> str:
        """The name."""
        return self.name


@dataclass(frozen=True)
class ExportedThing(Part):
    """A kind of thing that those who may read it can take along in an archive of its own.

    `write` is given whose export it is and the thing's id; it writes out of one snapshot, names what is copied, and
    raises an error of `src/exceptions.py` if the thing is not for that account (any more).
    """

    kind: str
    write: Callable[[ReadSession, Pen, About, int], Awaitable[Sequence[Copy]]]

    @property
    def key(self) -> str:
        """The kind."""
        return self.kind


@dataclass(frozen=True)
class Order:
    """What is to be imported.

    Attributes:
        path: of the file.
        account_id: whose it becomes.
        same_people: whether a username of an archive of Hearth's is the same person here.
        hearth_url: where people reach this server, if that is known.
        resources: see `About`.
    """

    path: Path
    account_id: int
    same_people: bool
    hearth_url: str | None
    resources: Mapping[str, object]


@dataclass(frozen=True)
class Importer(Part):
    """Brings files of one kind along; `run` gives what has come of it as a JSON object.

    It works in short steps that can be repeated, and raises an error of `src/exceptions.py` for a file that is refused.
    """

    kind: str
    run: Callable[[Work, Registry, Order], Awaitable[dict[str, object]]]

    @property
    def key(self) -> str:
        """The kind."""
        return self.kind
