"""Who makes a request, as services see it: made from the credential alone, without a look at the database."""

from dataclasses import dataclass

from src.feature import Permission, Role


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind a request.

    Attributes:
        account_id: 0 for a stranger.
        session_id: the session or API key that it acts through; 0 for a stranger.
        role: NOBODY for a stranger.
        scopes: all that it may do, where that is not all that its role may; of an API key always given.
        is_key: whether an API key acts and not a session.
    """

    account_id: int
    session_id: int
    role: Role
    scopes: frozenset[str] | None = None
    is_key: bool = False

    @property
    def is_stranger(self) -> bool:
        """Whether nobody is signed in."""
        return self.account_id == 0

    def may(self, permission: Permission) -> bool:
        """Whether role and scopes allow it; what is open to strangers is so to every session, too."""
        is_open = permission.least is Role.NOBODY and not self.is_key
        return self.role >= permission.least and (self.scopes is None or permission in self.scopes or is_open)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: its network address, what the client calls itself, and its `Accept-Language`.

    Each is empty if unknown.
    """

    address: str
    device: str
    language: str = ""


STRANGER = Caller(account_id=0, session_id=0, role=Role.NOBODY)
