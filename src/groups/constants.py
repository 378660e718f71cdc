"""The words of groups: ranks, ways to leave, what may go wrong, what one may be permitted, how much there may be."""

from enum import IntEnum, StrEnum
from typing import Self

from src.feature import Permission as BasePermission
from src.feature import Role


class GroupRole(IntEnum):
    """What a member may do in a group, as stored; each may do all that the ones below it may."""

    MEMBER = 1
    ADMIN = 2
    OWNER = 3


class GroupRoleName(StrEnum):
    """The same as clients read it."""

    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    @classmethod
    def of(cls, role: GroupRole) -> Self:
        """The word for a rank."""
        return cls(role.name.lower())


class GivenRoleName(StrEnum):
    """What an owner makes of a member. Ownership is handed over, not given."""

    MEMBER = "member"
    ADMIN = "admin"

    @property
    def rank(self) -> GroupRole:
        """The role as stored."""
        return GroupRole[self.name]


class Departure(StrEnum):
    """How somebody came to belong to a group no more."""

    LEFT = "left"
    REMOVED = "removed"
    BANNED = "banned"
    ERASED = "erased"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    GROUP_NOT_FOUND = "group_not_found"
    GROUP_MEMBER_NOT_FOUND = "group_member_not_found"
    GROUP_INVITE_NOT_FOUND = "group_invite_not_found"
    GROUP_INVITE_NOT_VALID = "group_invite_not_valid"
    GROUP_ROLE_TOO_LOW = "group_role_too_low"
    BANNED_FROM_GROUP = "banned_from_group"
    GROUP_IS_FIXED = "group_is_fixed"
    GROUP_IS_FULL = "group_is_full"
    GROUP_OWNER_STAYS = "group_owner_stays"
    MEMBER_IS_BANNED = "member_is_banned"
    MEMBER_IS_BOT = "group_member_is_bot"
    TOO_MANY_GROUP_INVITES = "too_many_group_invites"
    GROUP_INVITE_ALREADY_OVER = "group_invite_already_over"


class Permission(BasePermission):
    """What the endpoints of this package ask for; what one may do in a group is its role there."""

    READ = "groups:read", Role.MEMBER
    WRITE = "groups:write", Role.MEMBER


# Who stands for the server itself, to whom no role applies.
SERVER = 0
MAX_OPEN_INVITES = 50
MAX_INVITE_USES = 100_000
# Longer than a code with the spaces and dashes that somebody types.
MAX_CODE = 64
