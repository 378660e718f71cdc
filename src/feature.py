"""How a package hands its parts to the house: a `Feature` is its table of contents, the `Registry` the sum of them.

Nothing is discovered. `src/features.py` lists the features, `src/runtime.py` builds the registry from the list, and
each consumer asks it for the class of parts that it runs. Part classes stand with their consumer (`events.Handler`,
`tasks.TaskKind`); here are only the plainest, which the entry points themselves consume.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Self, TypeVar

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Select
from sqlalchemy.orm import DeclarativeBase

from src.config import Settings
from src.database import Database, ReadSession, WriteSession
from src.restoring import Finish, Restore


class Role(IntEnum):
    """What an account may be. Each role may do all that the ones below it may."""

    NOBODY = 0
    MEMBER = 1
    MODERATOR = 2
    ADMIN = 3


class Permission(StrEnum):
    """Base of each package's `Permission`: `NAME = "scope:action", Role.X` with the least role that holds it.

    A third value, False, keeps it from API keys: a leaked one must not make itself at home by it.
    """

    least: Role
    for_keys: bool

    def __new__(cls, value: str, least: Role, for_keys: bool = True) -> Self:  # noqa: FBT001,FBT002  an enum's values
        """Takes the member's text, the least role, and whether a key may hold it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.least = least
        member.for_keys = for_keys
        return member


class Part:
    """Base of everything that a feature can hand over."""

    @property
    def key(self) -> str | None:
        """What must be unique among all parts of this class; None when there is no such thing."""
        return None

    def within(self, registry: "Registry") -> "Part":  # noqa: ARG002  most parts know nothing of others
        """What the part becomes in a registry: itself, unless it concerns all features."""
        return self


@dataclass(frozen=True)
class Router(Part):
    """Endpoints, mounted by the app under `prefix`."""

    router: APIRouter
    prefix: str


@dataclass(frozen=True)
class MadeRouter(Part):
    """Endpoints that depend on what other features hand over: `make` is called with all of it when the app is built."""

    make: "Callable[[Registry], APIRouter]"
    prefix: str


@dataclass(frozen=True)
class BodyLimit(Part):
    """Routes that take bigger bodies than others: the path that they begin with, and the number of bytes when asked.

    It holds for bodies that stream through; one of JSON is read whole and stays as small as everywhere. With `any_type`
    the body may be anything that is not JSON.
    """

    prefix: str
    bytes: Callable[[], int]
    any_type: bool = False

    @property
    def key(self) -> str:
        """The path."""
        return self.prefix


@dataclass(frozen=True)
class Permissions(Part):
    """A package's permission vocabulary."""

    kind: type[Permission]


@dataclass(frozen=True)
class Job(Part):
    """Time-driven work: `run` is called every `every` seconds by one process at a time."""

    name: str
    run: Callable[[Database], Awaitable[None]]
    every: float

    @property
    def key(self) -> str:
        """The job's name."""
        return self.name


@dataclass(frozen=True)
class HouseJob(Part):
    """A `Job` that concerns all features: `run` gets the registry, too."""

    name: str
    run: Callable[[Database, "Registry"], Awaitable[None]]
    every: float

    def within(self, registry: "Registry") -> Job:
        """The job for this registry's features."""

        async def run(database: Database) -> None:
            await self.run(database, registry)

        return Job(self.name, run, self.every)


@dataclass(frozen=True)
class Resource(Part):
    """What a process keeps in memory for the package: opened with the process, found as `request.state.<name>`."""

    name: str
    open: Callable[[Settings, Database], AbstractAsyncContextManager[object]]

    @property
    def key(self) -> str:
        """The resource's name."""
        return self.name


# What finds the rows of an export, by the name that they have there: as a rule that of their table.
Statements = Mapping[str, Select[*tuple[Any, ...]]]


@dataclass(frozen=True)
class Owned(Part):
    """Whose data: the package's tables, and how one account's rows are exported, brought back and erased.

    Attributes:
        tables: all whose rows are somebody's.
        export: the statements that find an account's rows, by the id of the account.
        erase: deletes an account's rows.
        restore: brings rows of an export back, by their name there and in this order; what is missing here stays out.
        finish: what is derived once all packages have brought back theirs.
    """

    tables: tuple[type[DeclarativeBase], ...]
    export: Callable[[int], Statements]
    erase: Callable[[WriteSession, int], Awaitable[None]]
    restore: Mapping[str, Restore] = field(default_factory=dict)
    finish: Finish | None = None


@dataclass(frozen=True)
class Impersonal(Part):
    """Tables that hold nobody's data."""

    tables: tuple[type[DeclarativeBase], ...]


@dataclass(frozen=True)
class Check(Part):
    """A look of `hearth doctor` at derived data: `run` returns one line for each thing found wrong."""

    name: str
    run: Callable[[ReadSession], Awaitable[Sequence[str]]]

    @property
    def key(self) -> str:
        """The check's name."""
        return self.name


@dataclass(frozen=True)
class Feature:
    """A package's table of contents."""

    name: str
    parts: tuple[Part, ...]


P = TypeVar("P", bound=Part)


class RegistryError(Exception):
    """The list of features does not fit together; the server does not start."""


class Registry:
    """All parts of all features, asked by class."""

    def __init__(self, features: Sequence[Feature], *, consumed: Sequence[type[Part]]) -> None:
        """Takes the features and the part classes that somebody consumes.

        Raises:
            RegistryError: a name stands twice, or a part has no consumer.
        """
        names = [feature.name for feature in features]
        _refuse_doubles("feature", names)
        self._owners = [(feature.name, part.within(self)) for feature in features for part in feature.parts]
        for owner, part in self._owners:
            if not isinstance(part, tuple(consumed)):
                message = f"{owner}: nobody consumes a part of class {type(part).__name__}"
                raise RegistryError(message)
        for kind in consumed:
            _refuse_doubles(kind.__name__, [part.key for part in self.all(kind) if part.key is not None])

    def all(self, kind: type[P]) -> list[P]:
        """The parts of this class, in the order of the features."""
        return [part for _, part in self._owners if isinstance(part, kind)]

    def by_feature(self, kind: type[P]) -> list[tuple[str, P]]:
        """The parts of this class, each with the name of its feature."""
        return [(owner, part) for owner, part in self._owners if isinstance(part, kind)]


async def registry_of(request: Request) -> Registry:
    """The parts of the process that serves this request."""
    registry: Registry = request.state.registry
    return registry


RegistryDep = Annotated[Registry, Depends(registry_of)]


def _refuse_doubles(what: str, keys: Sequence[str]) -> None:
    doubles = sorted({key for key in keys if keys.count(key) > 1})
    if doubles:
        message = f"{what} stands twice: {', '.join(doubles)}"
        raise RegistryError(message)
