"""What can go wrong with groups.

NotFound ── GroupNotFound, MemberNotFound, InviteNotFound, InviteNotValid
NotPermitted ── RoleTooLow, BannedFromGroup
Conflict ── GroupIsFixed, GroupIsFull, OwnerStays, MemberIsBanned, MemberIsBot, TooManyInvites
InvalidInput ── InviteAlreadyOver
"""

from src.exceptions import Conflict, InvalidInput, NotFound, NotPermitted
from src.groups.constants import ErrorCode


class GroupNotFound(NotFound):
    """It does not exist, or the caller does not belong to it."""

    code = ErrorCode.GROUP_NOT_FOUND
    detail = "There is no such group."


class MemberNotFound(NotFound):
    """The person does not belong to the group."""

    code = ErrorCode.GROUP_MEMBER_NOT_FOUND
    detail = "This person is no member of the group."


class InviteNotFound(NotFound):
    """The group has no such invite."""

    code = ErrorCode.GROUP_INVITE_NOT_FOUND
    detail = "The group has no such invite."


class InviteNotValid(NotFound):
    """The code is none, or its invite has been used up, has run out or was taken back."""

    code = ErrorCode.GROUP_INVITE_NOT_VALID
    detail = "This invite is not good, or not any more."


class RoleTooLow(NotPermitted):
    """Members may not do what admins may, and nobody acts on somebody of their own rank or above."""

    code = ErrorCode.GROUP_ROLE_TOO_LOW
    detail = "Your role in the group does not allow this."


class BannedFromGroup(NotPermitted):
    """The caller has been sent away for good."""

    code = ErrorCode.BANNED_FROM_GROUP
    detail = "You are banned from this group."


class GroupIsFixed(Conflict):
    """Those who belong to a fixed group do so for ever, and nobody else."""

    code = ErrorCode.GROUP_IS_FIXED
    detail = "Nobody comes to this group or leaves it."


class GroupIsFull(Conflict):
    """No place is left."""

    code = ErrorCode.GROUP_IS_FULL
    detail = "The group has as many members as this server allows."


class OwnerStays(Conflict):
    """A group is never without an owner."""

    code = ErrorCode.GROUP_OWNER_STAYS
    detail = "The owner has to hand the group over first."


class MemberIsBanned(Conflict):
    """Whoever was sent away for good cannot be added."""

    code = ErrorCode.MEMBER_IS_BANNED
    detail = "This person is banned from the group; take that back first."


class MemberIsBot(Conflict):
    """A group is handed over to a person, who can answer for it and hand it on."""

    code = ErrorCode.MEMBER_IS_BOT
    detail = "A bot cannot become the owner of a group."


class TooManyInvites(Conflict):
    """Old ones have to be taken back first."""

    code = ErrorCode.TOO_MANY_GROUP_INVITES
    detail = "The group has as many open invites as it may have."


class InviteAlreadyOver(InvalidInput):
    """An invite has to end in the future."""

    code = ErrorCode.GROUP_INVITE_ALREADY_OVER
    detail = "The invite would already be over."
