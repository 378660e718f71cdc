"""The limit that holds for every request, before anybody knows who asks.

Who asks is not known yet, and what a request says of itself can be made up. So each request is counted twice: by its
address with a large quota, and with the default quota by its credential (the Authorization or X-API-Key header), or
by its address again when it has none. People behind one router have a quota each, as long as they sign in; strangers
there share one; and whoever makes up credentials to get fresh quotas runs into the address's. Nothing here knows what
a request costs: tries at passwords and letters to somebody have rules of their own, where they are made. The page's
own files, health checks and the handshakes of sockets, whose credential comes later, count by address only: a household
that opens the page would otherwise use up what its strangers share.

What counts is the process's limiter, `scope["state"]["limiter"]`, which other processes may share; an app without one
is counted by the limiter given here.
"""

from typing import Final

from starlette.types import Scope

from src.exceptions import TooManyRequests
from src.rate_limit import (
    Decision,
    Limiter,
    Policy,
    address_key,
    credential_key,
    headers_of,
    limit_field,
    policy_field,
)

Header = tuple[bytes, bytes]
FREE: Final = ("/static/", "/health/", "/v1/ws")


class Throttle:
    """Counts a request and gives the header fields that tell the client what is left."""

    def __init__(self, limiter: Limiter, *, each: Policy, address: Policy, free: tuple[str, ...] = FREE) -> None:
        self._limiter = limiter
        self._each = each
        self._address = address
        self._free = free
        self._policies = (b"ratelimit-policy", policy_field([each, address]))

    def __call__(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Header, Header]:
        """Lets the request pass, with the fields for its answer.

        Raises:
            TooManyRequests: a quota is used up; it carries the fields and `Retry-After`.
        """
        limiter: Limiter = scope["state"].get("limiter", self._limiter)
        client = scope.get("client")
        address = address_key(client[0]) if client else ""
        left, policy = _take(limiter, address, self._address), self._address
        if not scope["path"].startswith(self._free):
            credential = headers.get(b"authorization") or headers.get(b"x-api-key")
            key = credential_key(credential) if credential else address
            left, policy = _take(limiter, key, self._each), self._each
        return self._policies, (b"ratelimit", limit_field(policy, left))


def _take(limiter: Limiter, key: str, policy: Policy) -> Decision:
    decision = limiter.check(key, policy)
    if not decision.allowed:
        raise TooManyRequests(retry_after=decision.retry_after, headers=headers_of(policy, decision))
    return decision
