"""The parts that a domain hands over to notify people, and the catalogue that a process makes of them.

A domain tells two things of itself: what kinds of news it has, and what they are about. The news lies in one table
for all; whether its subject may still be seen, only the domain can say, as an expression for the reading statement.
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from src.database import Database, ReadSession
from src.feature import Part, Registry, RegistryError
from src.users import visibility

_NAME = re.compile(r"[a-z][a-z_]{1,39}")

SubjectId = ColumnElement[int] | InstrumentedAttribute[int | None]


class Place(NamedTuple):
    """Something within a subject: a message of a chat, by its id and its number there."""

    id: int
    seq: int


Places = Mapping[int, Sequence[Place]]


@dataclass(frozen=True)
class Subject(Part):
    """What kinds of notifications are about: a post, a chat, a habit.

    Attributes:
        name: as clients read it, such as `post`.
        visible_to: whether a viewer may see the thing of this id: never NULL, and false if it is gone.
        excerpts: for ids of things that the reader may see, a line that tells which one is meant; one statement.
        places: for a reader and ids of things, what in each of them kinds mean that are `placed`.
    """

    name: str
    visible_to: Callable[[visibility.AccountId, SubjectId], ColumnElement[bool]]
    excerpts: Callable[[ReadSession, Collection[int]], Awaitable[Mapping[int, str]]]
    places: Callable[[ReadSession, int, Collection[int]], Awaitable[Places]] | None = None

    @property
    def key(self) -> str:
        """The subject's name."""
        return self.name


@dataclass(frozen=True)
class Kind(Part):
    """One kind of news.

    Attributes:
        name: as it is stored and as clients read it, such as `like`; stays for ever.
        subject: the name of a `Subject`; None where the person who did it says all.
        grouped: whether those of one day about one subject are shown as one: "12 people liked your post".
        urgent: whether somebody who wants letters at once gets one for it.
        placed: whether it means something within its subject, which names it at each reading.
    """

    name: str
    subject: str | None = None
    grouped: bool = False
    urgent: bool = False
    placed: bool = False

    @property
    def key(self) -> str:
        """The kind's name."""
        return self.name


class Catalogue:
    """All kinds and subjects of a process, by name and in the order of the features."""

    def __init__(self, registry: Registry) -> None:
        """Takes the registry's parts.

        Raises:
            RegistryError: a name has the wrong form, or a kind is about nothing that anybody has registered.
        """
        self.kinds = {kind.name: kind for kind in registry.all(Kind)}
        self.subjects = {subject.name: subject for subject in registry.all(Subject)}
        for name in (*self.kinds, *self.subjects):
            if not _NAME.fullmatch(name):
                message = f"{name!r} is no name for a kind of notification or its subject"
                raise RegistryError(message)
        for kind in self.kinds.values():
            if kind.subject is not None and kind.subject not in self.subjects:
                message = f"notifications of the kind {kind.name} are about {kind.subject}, which nobody registers"
                raise RegistryError(message)

    def subject_of(self, kind: str) -> Subject | None:
        """What notifications of this kind are about, if anything."""
        name = self.kinds[kind].subject
        return None if name is None else self.subjects[name]

    def visible_to(
        self, viewer_id: visibility.AccountId, kind: InstrumentedAttribute[str], subject_id: SubjectId
    ) -> ColumnElement[bool]:
        """Whether the viewer may see what a notification is about; a kind that nobody registers is never shown."""
        by_subject: dict[str | None, list[str]] = defaultdict(list)
        for found in self.kinds.values():
            by_subject[found.subject].append(found.name)
        return or_(
            false(),
            *(
                kind.in_(names)
                if name is None
                else and_(kind.in_(names), self.subjects[name].visible_to(viewer_id, subject_id))
                for name, names in by_subject.items()
            ),
        )


_open: WeakKeyDictionary[Database, Catalogue] = WeakKeyDictionary()


def attach(database: Database, catalogue: Catalogue) -> None:
    """From now on, jobs on this database know the process's kinds: a job is given nothing else."""
    _open[database] = catalogue


def catalogue_of(database: Database) -> Catalogue:
    """The catalogue of the process that opened this database."""
    return _open[database]
