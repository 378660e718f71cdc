"""Puts the layers around the app in their order.

From the outside in: `Envelope` (id, log, headers, last net), `CrossOrigin` where origins are named (so that a page may
read refusals too), `Gate` (Host, target, limits, bodies), `Heads` (HEAD as GET without a body), the app.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from src.middleware.bodies import BodyTimes
from src.middleware.cors import CrossOrigin
from src.middleware.envelope import Envelope
from src.middleware.gate import BodyRules, Gate
from src.middleware.heads import Heads
from src.middleware.hygiene import HostCheck
from src.middleware.throttle import FREE, Throttle
from src.rate_limit import Limiter, MemoryLimiter, Policy


@dataclass(frozen=True)
class MiddlewareSettings:
    """What an operator or a test may change."""

    body_bytes: int = 1024 * 1024
    # Greatest bodies by path prefix, in bytes, of all but JSON; the longest prefix that fits counts.
    limits: Mapping[str, int] = field(default_factory=dict)
    # Path prefixes that take bodies of any type; everywhere else it is JSON or multipart.
    any_type: tuple[str, ...] = ()
    body_times: BodyTimes = field(default_factory=BodyTimes)
    # Host names that this server answers to (`hearth.example`, `*.example`); empty: any.
    trusted_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    # Each credential, and each address of strangers; None for both policies: no limit.
    default_policy: Policy | None = field(default_factory=lambda: Policy("default", 300, 60))
    address_policy: Policy | None = field(default_factory=lambda: Policy("address", 3000, 60))
    # Path prefixes that count against the address only.
    unthrottled: tuple[str, ...] = FREE
    hsts_seconds: int = 31_536_000


def wrap(app: ASGIApp, settings: MiddlewareSettings, *, limiter: Limiter | None = None) -> ASGIApp:
    """The app with everything around it. Without a limiter it gets one in memory of its own.

    Raises:
        ValueError: an origin that means everybody.
    """
    throttle = None
    if settings.default_policy is not None and settings.address_policy is not None:
        throttle = Throttle(
            limiter or MemoryLimiter(),
            each=settings.default_policy,
            address=settings.address_policy,
            free=settings.unthrottled,
        )
    bodies = BodyRules(
        default_bytes=settings.body_bytes,
        by_prefix=settings.limits,
        any_type=settings.any_type,
        times=settings.body_times,
    )
    inner: ASGIApp = Gate(Heads(app), host=HostCheck(settings.trusted_hosts), throttle=throttle, bodies=bodies)
    if settings.cors_origins:
        inner = CrossOrigin(inner, origins=settings.cors_origins)
    return Envelope(inner, hsts_seconds=settings.hsts_seconds)
