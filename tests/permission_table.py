"""The rows of permission tables: what each kind of caller gets from a route."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

IDENTITIES = ("nobody", "stranger", "requested", "follower", "blocked", "owner", "moderator", "admin")


@dataclass(frozen=True)
class Row:
    """One route and the status that it answers to each kind of caller.

    In each case an owner with a private account stands in the path (`{username}`, `{account_id}`, what they own), and
    to them the caller is nobody (not signed in), a stranger, somebody whose request to follow waits, an accepted
    follower, somebody whom they have blocked, the owner themself, or a stranger with the role of moderator or admin.

    Attributes:
        method: of HTTP.
        path: as the route has it.
        body: sent as JSON if there is one.
        query: sent with the path, without the question mark.
        file: sent as the part `file` of a form if there is one.
    """

    method: str
    path: str
    nobody: int = 401
    stranger: int = 200
    requested: int = 200
    follower: int = 200
    blocked: int = 200
    owner: int = 200
    moderator: int = 200
    admin: int = 200
    body: Mapping[str, object] | None = None
    query: str = ""
    file: bytes | None = None

    def of(self, identity: str) -> int:
        """The status that this kind of caller gets."""
        status = getattr(self, identity)
        assert isinstance(status, int)
        return status

    def hidden(self, nobody: int) -> "Row":
        """The same for what followers and its owner alone can see: not there for everybody else who is signed in."""
        return replace(self, nobody=nobody, stranger=404, requested=404, blocked=404, moderator=404, admin=404)
