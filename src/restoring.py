"""What packages get in hand that bring rows of an export back: whose they become, and which are here already.

A row of an archive is what a stranger wrote: whoever restores one checks it like a request, and it becomes the
importing account's or nobody's. Each step can be repeated.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic_core import PydanticCustomError

from src import clock
from src.database import Database, ReadSession, WriteSession
from src.models import instant_of
from src.schemas import MAX_ID

Row = Mapping[str, object]
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def _of_the_past(id_: int) -> int:
    if instant_of(id_) > clock.now():
        raise PydanticCustomError("id_of_the_future", "The id tells a time that has not come.")
    return id_


# Whole numbers that JavaScript would round are written as texts.
OldId = Annotated[int, Field(ge=0, le=MAX_ID)]
# One that tells when its row was made.
DatedId = Annotated[OldId, AfterValidator(_of_the_past)]


class Skipped(StrEnum):
    """Why a row does not come back."""

    # It says something that could not be said here.
    MALFORMED = "malformed"
    # What or whom it is about is not here, or not to be seen by the account.
    ELSEWHERE = "elsewhere"
    # It may not be done any more, or not by this account.
    NOT_PERMITTED = "not_permitted"
    # Nothing of this kind comes back: credentials, and what others have done.
    LEFT_OUT = "left_out"
    # There is no such thing here.
    NO_COUNTERPART = "no_counterpart"
    # A file that is none of those that this server takes.
    FILE_REFUSED = "file_refused"


class Readable(Protocol):
    """A file that is read in pieces."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


class Source(Protocol):
    """The archive itself, for what does not come back row by row."""

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, which nobody has checked; to be read in a thread."""
        ...

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        ...

    def file(self, path: str) -> Readable | None:
        """A file of the archive, if it is there; to be opened and read in a thread."""
        ...


class Ledger(Protocol):
    """Which rows of archives are here already, and under which ids. `kind` is the name of a table."""

    async def known(self, session: ReadSession, kind: str, old_ids: Collection[int]) -> dict[int, int]:
        """The ids that rows of this archive have here; those that have never been brought here are left out."""
        ...

    async def known_of(
        self, session: ReadSession, kind: str, rows: Collection[tuple[int, int]]
    ) -> dict[tuple[int, int], int]:
        """The same of rows that others have brought along, each by the account here and the id that it had."""
        ...

    async def hold(self, session: WriteSession) -> None:
        """What it says stays true until the transaction ends: one import into an account writes at a time."""
        ...

    async def note(self, session: WriteSession, kind: str, ids: Mapping[int, int]) -> None:
        """These rows have come, old id to new."""
        ...


@dataclass(frozen=True)
class Arrival:
    """An account whose rows come back.

    Attributes:
        account_id: whose they become.
        archived_id: the account's id in the archive.
        same_people: whether a username of the archive is the same person here.
        ledger: what has come before.
        source: the archive.
        resources: what the process keeps in memory, by the names of the features' `Resource` parts.
        outcomes: what has become of the rows of each table so far.
    """

    account_id: int
    archived_id: int
    same_people: bool
    ledger: Ledger
    source: Source
    resources: Mapping[str, object]
    outcomes: dict[str, "Outcome"] = field(default_factory=dict)


@dataclass
class Outcome:
    """What became of rows: written, here already, or left out and why."""

    new: int = 0
    known: int = 0
    skipped: Counter[Skipped] = field(default_factory=Counter)

    def add(self, other: "Outcome") -> None:
        """Counts another one's rows, too."""
        self.new += other.new
        self.known += other.known
        self.skipped += other.skipped

    def valid(self, kind: type[M], rows: Iterable[Row]) -> list[M]:
        """The rows that are of this form; the others are counted as malformed."""
        found = []
        for row in rows:
            try:
                found.append(kind.model_validate(row))
            except ValidationError:
                self.skipped[Skipped.MALFORMED] += 1
        return found


class Work(Protocol):
    """Whoever has an import done: a task or a command."""

    @property
    def db(self) -> Database:
        """The database, for reads."""
        ...

    def write(self) -> AbstractAsyncContextManager[WriteSession]:
        """A short unit of work."""
        ...

    async def progress(self, step: str, done: int, total: int) -> None:
        """Tells how far a step is; ends the work by an error of its own if it shall stop."""
        ...


def resource(resources: Mapping[str, object], name: str, kind: type[T]) -> T:
    """What the process keeps in memory under this name.

    Raises:
        TypeError: it is of another kind.
    """
    found = resources[name]
    if not isinstance(found, kind):
        message = f"the resource {name} is no {kind.__name__}"
        raise TypeError(message)
    return found


# Brings some hundred rows back within one short transaction.
Restore = Callable[[WriteSession, Arrival, Sequence[Row]], Awaitable[Outcome]]
Finish = Callable[[Work, Arrival], Awaitable[None]]
