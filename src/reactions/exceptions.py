"""What can go wrong with reactions.

NotPermitted ── RepostNotPermitted, PinNotYours        Conflict ── TooManyPins
"""

from src.exceptions import Conflict, NotPermitted
from src.reactions.constants import MAX_PINS, ErrorCode


class RepostNotPermitted(NotPermitted):
    """Only public posts may be carried on to others."""

    code = ErrorCode.REPOST_NOT_PERMITTED
    detail = "Only public posts can be reposted."


class PinNotYours(NotPermitted):
    """A profile shows its own posts at the top."""

    code = ErrorCode.PIN_NOT_YOURS
    detail = "Only your own posts can be pinned to your profile."


class TooManyPins(Conflict):
    """The top of the profile is full."""

    code = ErrorCode.TOO_MANY_PINS
    detail = f"A profile has room for {MAX_PINS} pinned posts."
