"""What can go wrong for a client.

ClientError ── Refused, Unreachable, Ended ── SignedOut
"""

from collections.abc import Sequence
from typing import Final

from src.exceptions import FieldError

# Of what a server finds wrong, so much is told: as many fields, and as much of each.
_TOLD_FIELDS: Final = 3
_TOLD_LENGTH: Final = 200


class ClientError(Exception):
    """Base of all of them; the text is for people."""


class Refused(ClientError):
    """The server has answered that it does not do this; the text says also what is wrong with the first fields.

    Attributes:
        code: stable, as in the server's documentation.
        status: of an answer over HTTP; 0 over a socket.
        retry: the same may be sent again.
        after: in so many seconds, if the server says so.
        errors: the fields that it did not take, and why.
        members: what else the answer says.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        status: int = 0,
        retry: bool = False,
        after: float = 0,
        errors: Sequence[FieldError] = (),
        members: dict[str, object] | None = None,
    ) -> None:
        super().__init__(" ".join((text, *(error.message[:_TOLD_LENGTH] for error in errors[:_TOLD_FIELDS]))))
        self.code = code
        self.status = status
        self.retry = retry
        self.after = after
        self.errors = errors
        self.members = members or {}


class Unreachable(ClientError):
    """The server does not answer at present; whether it has done what was asked is not known."""


class Ended(ClientError):
    """The server has closed the socket for good: to come again by itself would end alike.

    Attributes:
        code: the socket's close code.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class SignedOut(Ended):
    """The session has ended, or the token is good no more: somebody has to sign in."""

    def __init__(self, text: str = "You are signed out.") -> None:
        super().__init__(4401, text)
