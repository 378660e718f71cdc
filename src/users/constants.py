"""The words of people: what may go wrong, what one may be permitted, how much there may be."""

from enum import StrEnum

from src.feature import Permission as BasePermission
from src.feature import Role
from src.rate_limit import Policy


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    USER_NOT_FOUND = "user_not_found"
    USER_IS_YOU = "user_is_you"
    USER_IS_BLOCKED = "user_is_blocked"
    LISTS_ARE_PRIVATE = "lists_are_private"
    FOLLOW_REQUEST_NOT_FOUND = "follow_request_not_found"
    MUTE_ALREADY_OVER = "mute_already_over"
    EMAIL_MISSING = "email_missing"
    PICTURE_UNFIT = "picture_unfit"


class Place(StrEnum):
    """Where a person shows a picture."""

    PICTURE = "picture"
    HEADER = "header"

    @property
    def media_kind(self) -> str:
        """What its media item hangs on."""
        return f"profile_{self}"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "users:read", Role.NOBODY
    WRITE = "users:write", Role.MEMBER


MAX_USERNAME = 30
MAX_DISPLAY_NAME = 50
MAX_BIO = 500
MAX_LINKS = 4
MAX_LINK_LABEL = 50
MAX_LINK_URL = 500
MAX_LOCALE = 35
MAX_TIME_ZONE = 64
# A name as it is typed to look somebody up, with the sign in front.
MAX_PREFIX = MAX_DISPLAY_NAME
MAX_RELATIONSHIPS = 80
MAX_MUTE_MINUTES = 10 * 366 * 24 * 60
# From one address: a school's first day, and nobody's thousand accounts.
SIGNING_UP = Policy("sign-up", 100, 3600)
