"""The words of bots: what may go wrong, what one may be permitted, how often one is made."""

from enum import StrEnum

from src.feature import Permission as BasePermission
from src.feature import Role
from src.rate_limit import Policy


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    BOT_NOT_FOUND = "bot_not_found"
    TOO_MANY_BOTS = "too_many_bots"


class Permission(BasePermission):
    """What the endpoints of this package ask for. Never for a key: a bot makes no bots, and no keys for itself."""

    MANAGE = "bots:manage", Role.MEMBER, False


# Whoever makes and deletes them all day leaves names behind that nobody else can have.
MAKING = Policy("bots", 20, 3600)
