"""Who belongs to which group: what has changed. The founding of a group is told by the package that founds it."""

from typing import ClassVar

from src.events import event
from src.groups.constants import Departure, GroupRole


class GroupEvent(event.Event):
    """Base of these; `kind` says whose group it is, so that others need not look."""

    group_id: int
    kind: str


class MemberJoined(GroupEvent):
    """Somebody belongs to a group from now on, by their own doing or by that of the actor."""

    type: ClassVar[str] = "groups.member_joined"

    account_id: int


class MemberLeft(GroupEvent):
    """Somebody belongs to a group no more."""

    type: ClassVar[str] = "groups.member_left"

    account_id: int
    how: Departure


class RoleChanged(GroupEvent):
    """A member has another role: given by the owner, or come to them with the group."""

    type: ClassVar[str] = "groups.role_changed"

    account_id: int
    role: GroupRole


class GroupEmptied(GroupEvent):
    """The last one has left. Nobody comes to this group any more; whoever founded it may dissolve it."""

    type: ClassVar[str] = "groups.emptied"
