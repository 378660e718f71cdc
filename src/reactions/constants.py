"""The words of reactions."""

from enum import StrEnum

from src.feature import Permission as BasePermission
from src.feature import Role
from src.notifications import kinds as notifications_kinds


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    REPOST_NOT_PERMITTED = "repost_not_permitted"
    PIN_NOT_YOURS = "pin_not_yours"
    TOO_MANY_PINS = "too_many_pins"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "reactions:read", Role.NOBODY
    WRITE = "reactions:write", Role.MEMBER


LIKE = notifications_kinds.Kind("like", subject="post", grouped=True)
REPOST = notifications_kinds.Kind("repost", subject="post", grouped=True)
NOTIFICATION_KINDS = (LIKE, REPOST)

MAX_PINS = 5
