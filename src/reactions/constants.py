"""The words of reactions."""

from enum import StrEnum

from src.feature import Permission as BasePermission
from src.feature import Role


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    REPOST_NOT_PERMITTED = "repost_not_permitted"
    PIN_NOT_YOURS = "pin_not_yours"
    TOO_MANY_PINS = "too_many_pins"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "reactions:read", Role.NOBODY
    WRITE = "reactions:write", Role.MEMBER


MAX_PINS = 5
