"""The part by which a package says that it founds groups, what they are called and who may write to one."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from src.database import ReadSession
from src.feature import Part, Registry
from src.groups.constants import GroupRole


async def _all_members(_session: ReadSession, _group_id: int) -> GroupRole:
    return GroupRole.MEMBER


@dataclass(frozen=True)
class GroupKind(Part):
    """Groups of one package.

    Attributes:
        kind: the word for them, as `service.found` is told.
        describe: `await describe(session, group_ids)`: the names of these groups by id, for whoever is invited; one
            without a name is left out.
        least_to_address: `await least_to_address(session, group_id)`: the role from which on members may address all
            others at once, as by a post that is for the group.
    """

    kind: str
    describe: Callable[[ReadSession, Collection[int]], Awaitable[Mapping[int, str]]]
    least_to_address: Callable[[ReadSession, int], Awaitable[GroupRole]] = _all_members

    @property
    def key(self) -> str:
        """The kind."""
        return self.kind


GroupKinds = Sequence[GroupKind]


def of(registry: Registry) -> GroupKinds:
    """What kinds of groups there are in this process."""
    return registry.all(GroupKind)


def find(kinds: GroupKinds, kind: str) -> GroupKind | None:
    """The one of this name; None if nobody founds such groups any more."""
    return next((part for part in kinds if part.kind == kind), None)


async def name_of(registry: Registry, session: ReadSession, *, kind: str, group_id: int) -> str | None:
    """What a group is called; None if it has no name, or if nobody founds such groups any more."""
    part = find(of(registry), kind)
    return None if part is None else (await part.describe(session, [group_id])).get(group_id)
