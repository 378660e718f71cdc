"""Who may ask how often: the generic cell rate algorithm in memory, and the header fields that tell clients about it.

`Limiter` is the port. It is synchronous on purpose: a limiter that is shared by several processes counts locally and
exchanges its counts in the background, so that a check never waits and a dead Redis leaves the local limit standing.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol

_NETWORK_BYTES: Final = 8

# A policy's name and a key that is counted under it.
Slot = tuple[str, str]


@dataclass(frozen=True)
class Policy:
    """`quota` requests in `window_seconds`, all at once or spread; afterwards one every `window_seconds / quota`."""

    name: str
    quota: int
    window_seconds: float

    def __post_init__(self) -> None:
        """Refuses what would divide by zero or break the header.

        Raises:
            ValueError: quota or window is not positive, or the name is not plain ASCII.
        """
        if self.quota < 1 or not self.window_seconds > 0:
            message = f"policy {self.name}: quota and window must be positive"
            raise ValueError(message)
        if not self.name.replace("-", "").replace("_", "").isalnum() or not self.name.isascii():
            message = f"policy {self.name!r}: a name is made of ASCII letters, digits, - and _"
            raise ValueError(message)


class Decision(NamedTuple):
    """What the limiter says about one request; times in seconds from now."""

    allowed: bool
    # Requests that would still pass right now.
    remaining: int
    # Until a request of this cost would pass; 0 if this one did.
    retry_after: float
    # Until the whole quota is there again.
    reset: float


class Limiter(Protocol):
    """Counts requests by key and policy."""

    def check(self, key: str, policy: Policy, cost: float = 1) -> Decision:
        """Decides about a request of this cost and, if it may pass, counts it.

        A refused request costs nothing; one whose cost is above the quota never passes.
        """
        ...


class MemoryLimiter:
    """GCRA of one process: a single number for each key, its theoretical arrival time.

    At most `max_keys` keys are remembered; the one that has been quiet for longest goes first. What is forgotten
    earlier than its window would be an attacker's second quota, so `max_keys` is far above what one address may make.
    """

    def __init__(self, *, max_keys: int = 100_000, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._arrivals: OrderedDict[Slot, float] = OrderedDict()
        self._max_keys = max_keys
        self._monotonic = monotonic

    def __len__(self) -> int:
        return len(self._arrivals)

    def check(self, key: str, policy: Policy, cost: float = 1) -> Decision:
        """See `Limiter`.

        Source: ITU-T I.371, the virtual scheduling form, with the burst tolerance of a whole window.
        """
        now = self._monotonic()
        window = policy.window_seconds
        interval = window / policy.quota
        slot = (policy.name, key)
        arrival = self._arrivals.get(slot, now)
        # Seconds of quota that are used up, before and after this request.
        used = arrival - now if arrival > now else 0.0
        after = used + interval * cost
        # A millionth of a request, so that the quota-th one does not fail by rounding.
        if after > window + interval * 1e-6:
            return Decision(
                allowed=False,
                # Several processes together may have let through more than the quota.
                remaining=max(0, int((window - used) / interval + 1e-6)),
                retry_after=after - window,
                reset=used,
            )
        self._put(slot, now + after)
        return Decision(allowed=True, remaining=int((window - after) / interval + 1e-6), retry_after=0.0, reset=after)

    def used(self, slot: Slot) -> float:
        """Seconds of quota that are used up under this key and have not come back yet."""
        return max(0.0, self._arrivals.get(slot, 0.0) - self._monotonic())

    def raise_to(self, slot: Slot, *, used: float, at: float) -> None:
        """Takes over what others have counted: so many seconds were used up at that instant of this limiter's clock.

        It never counts less for it: what it knows itself stands, whatever has been forgotten elsewhere.
        """
        arrival = at + used
        if arrival > max(self._arrivals.get(slot, 0.0), self._monotonic()):
            self._put(slot, arrival)

    def _put(self, slot: Slot, arrival: float) -> None:
        self._arrivals[slot] = arrival
        self._arrivals.move_to_end(slot)
        if len(self._arrivals) > self._max_keys:
            self._arrivals.popitem(last=False)


@lru_cache(maxsize=4096)
def address_key(host: str) -> str:
    """The key of a client address: IPv4 as it is, IPv6 by its /64, which is what one household has.

    What is no address (a Unix socket's peer, a test client) is its own key.
    """
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{address.packed[:_NETWORK_BYTES].hex()}/64"


def credential_key(credential: bytes) -> str:
    """The key of a token or API key: a digest, because limiters keep, share and print their keys."""
    return blake2b(credential, digest_size=16).hexdigest()


def policy_field(policies: Iterable[Policy]) -> bytes:
    """The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11)."""
    return ", ".join(f'"{p.name}";q={p.quota};w={math.ceil(p.window_seconds)}' for p in policies).encode()


def limit_field(policy: Policy, decision: Decision) -> bytes:
    """The value of `RateLimit`: what is left of one policy and in how many seconds all of it is back."""
    return b'"%b";r=%d;t=%d' % (policy.name.encode(), decision.remaining, math.ceil(decision.reset))


def headers_of(policy: Policy, decision: Decision) -> dict[str, str]:
    """Both fields as they are given to `TooManyRequests(headers=…)` or set on an answer."""
    return {
        "RateLimit-Policy": policy_field([policy]).decode(),
        "RateLimit": limit_field(policy, decision).decode(),
    }
