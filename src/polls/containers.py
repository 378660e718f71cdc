"""The part by which a package says that polls can belong to its things, and who may then see them and vote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from src.auth import callers as auth_callers
from src.feature import Part, Permission, Registry
from src.users import visibility

ThingId = ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


@dataclass(frozen=True)
class Container(Part):
    """A kind of thing that a poll can belong to.

    Attributes:
        kind: the word for it, as `service.create` is told and as clients read it.
        visible_to: whether a viewer (0: a stranger) may see the thing of this id, and so its poll: never NULL, and
            false for one that is gone.
        permission: what a caller needs to read such things at all, and so their polls.
        may_vote: whether a viewer who sees it may vote, as `visible_to`; None: whoever sees it.
    """

    kind: str
    visible_to: Callable[[visibility.AccountId, ThingId], ColumnElement[bool]]
    permission: Permission
    may_vote: Callable[[visibility.AccountId, ThingId], ColumnElement[bool]] | None = None

    @property
    def key(self) -> str:
        """The kind."""
        return self.kind


Containers = Sequence[Container]


def of(registry: Registry) -> Containers:
    """What polls can belong to in this process."""
    return registry.all(Container)


def readable(containers: Containers, caller: auth_callers.Caller) -> Containers:
    """Those whose things the caller's credentials let them read."""
    return [container for container in containers if caller.may(container.permission)]
