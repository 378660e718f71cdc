"""What can go wrong with a call to another server.

InvalidInput ── AddressRefused        Unavailable ── HostUnreachable, HostResting, AnswerTooLate, AnswerTooLarge
"""

from src.exceptions import InvalidInput, Unavailable
from src.outbound.constants import ErrorCode


class AddressRefused(InvalidInput):
    """The URL leads where this server does not go: another scheme or port, or a network that is not public."""

    code = ErrorCode.ADDRESS_REFUSED
    detail = "This server does not call that address."


class HostUnreachable(Unavailable):
    """The other server cannot be found or reached, or what it says is no HTTP."""

    code = ErrorCode.HOST_UNREACHABLE
    detail = "The other server cannot be reached."


class HostResting(Unavailable):
    """The other server has failed again and again and is not asked for a while."""

    code = ErrorCode.HOST_RESTING
    detail = "The other server does not work at present."


class AnswerTooLate(Unavailable):
    """The exchange took longer than it may."""

    code = ErrorCode.ANSWER_TOO_LATE
    detail = "The other server took too long."


class AnswerTooLarge(Unavailable):
    """The answer is larger than wanted, as sent or once unpacked."""

    code = ErrorCode.ANSWER_TOO_LARGE
    detail = "The other server's answer is too large."
