"""What routes take to know and to permit their caller, and to create things that a repeated request must not double.

`Writer = Annotated[Caller, requires(Permission.WRITE)]` in a package's own dependencies guards its routes: 401 for
strangers, 403 for a role or key that may not. The app refuses to start with a route that requires nothing. A route that
costs more than others declares a quota of its own beside it: `dependencies=[limited(SEARCH)]`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.params import Depends as Dependency
from starlette.datastructures import Headers

from src import idempotency, rate_limit
from src.auth import reauthentication, utils
from src.auth.authenticator import Authenticator
from src.auth.callers import STRANGER, Caller, Origin
from src.auth.constants import MAX_DEVICE, MAX_LANGUAGE
from src.auth.constants import Permission as AuthPermission
from src.auth.exceptions import InvalidToken, ReauthenticationRequired
from src.config import Settings, of
from src.database import ReadDep, WriteSession, writing
from src.exceptions import NotAuthenticated, NotPermitted, TooManyRequests, Unavailable
from src.feature import Permission, Permissions, RegistryDep, Role
from src.mail import naming as mail_naming

__all__ = [
    "GUARDED",
    "SENSITIVE",
    "Authenticated",
    "AuthenticatorDep",
    "Caller",
    "CreateDep",
    "KnownDep",
    "Limited",
    "OriginDep",
    "Reauthenticated",
    "Requires",
    "SiteNameReader",
    "asks_who",
    "authenticate",
    "limited",
    "requires",
]

GUARDED = (NotAuthenticated, InvalidToken, NotPermitted, Unavailable)
"""For `problems(…)`: what a guard may answer."""

SENSITIVE = (*GUARDED, ReauthenticationRequired)
"""For `problems(…)`: what a guard of something sensitive may answer."""

_KEY_HEADER = "X-API-Key"
# As OpenAPI describes them (its "Security Scheme Object"); a caller shows one of the two.
SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token of `POST /v1/auth/login`, or an API key.",
    },
    "apiKey": {"type": "apiKey", "in": "header", "name": _KEY_HEADER, "description": "A personal API key."},
}


async def authenticator_of(request: Request) -> Authenticator:
    """What this process knows of credentials."""
    authenticator: Authenticator = request.state.authenticator
    return authenticator


AuthenticatorDep = Annotated[Authenticator, Depends(authenticator_of)]


async def site_name_reader(request: Request) -> mail_naming.ReadName:
    """What gives the name that this server was given, from the session that the route has anyway."""
    return mail_naming.reader_of(request.state.database)


SiteNameReader = Annotated[mail_naming.ReadName, Depends(site_name_reader)]


async def origin_of(request: Request) -> Origin:
    """Where the request comes from."""
    device, language = (
        "".join(sign for sign in request.headers.get(name, "") if sign.isprintable())[:longest]
        for name, longest in (("User-Agent", MAX_DEVICE), ("Accept-Language", MAX_LANGUAGE))
    )
    return Origin(request.client.host if request.client else "", device, language)


OriginDep = Annotated[Origin, Depends(origin_of)]


async def known_permissions(registry: RegistryDep) -> utils.KnownPermissions:
    """What the features of this process have registered; whatever else is a permission by its class is nobody's."""
    return {permission.value: permission for part in registry.all(Permissions) for permission in part.kind}


KnownDep = Annotated[utils.KnownPermissions, Depends(known_permissions)]


def credential_in(headers: Headers) -> str | None:
    """The token or key that a request or a socket's handshake carries; None for a stranger.

    Raises:
        InvalidToken: more than one, or in another form than `Bearer …`.
    """
    authorizations = headers.getlist("Authorization")
    found = [*authorizations, *headers.getlist(_KEY_HEADER)]
    if not found:
        return None
    if len(found) > 1:
        raise InvalidToken
    if not authorizations:
        return found[0]
    scheme, _, credential = found[0].partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken
    return credential.strip()


async def authenticate(request: Request) -> Caller:
    """The caller, a stranger if the request carries no credential; found out once a request.

    Nothing is injected, and guards call it themselves: on the way of every request each dependency counts. The app
    documents `SECURITY_SCHEMES`.

    Raises:
        InvalidToken: the credential is not good, whatever the route would let a stranger do.
        Unavailable: this process cannot tell at the moment which credentials have ended.
        TooManyRequests: the account's quota, of all its credentials together, is used up.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    credential = credential_in(request.headers)
    if credential is None:
        return STRANGER
    authenticator = await authenticator_of(request)
    caller = await authenticator.caller(credential)
    request.state.caller = caller
    request.state.account_id = caller.account_id
    rate = of(Settings).rate_limit
    if rate:
        _take(request, str(caller.account_id), _of_account(rate))
    return caller


@lru_cache
def _of_account(rate: int) -> rate_limit.Policy:
    """What all tokens and keys of an account may do together: as much as three credentials."""
    return rate_limit.Policy("account", 3 * rate, 60)


def _take(request: Request, key: str, policy: rate_limit.Policy) -> rate_limit.Decision:
    limiter: rate_limit.Limiter = request.state.limiter
    decision = limiter.check(key, policy)
    if not decision.allowed:
        headers = rate_limit.headers_of(policy, decision)
        raise TooManyRequests(retry_after=decision.retry_after, headers=headers)
    return decision


@dataclass(frozen=True)
class Limited:
    """A quota of its own for a route that costs more than others."""

    policy: rate_limit.Policy
    by_address: bool

    async def __call__(self, request: Request) -> None:
        """Counts the request by account, a stranger's by address, and lets its answer tell what is left.

        Raises:
            TooManyRequests: the quota is used up.
            InvalidToken, Unavailable: as `authenticate`.
        """
        if not of(Settings).rate_limit:
            return
        caller = STRANGER if self.by_address else await authenticate(request)
        address = rate_limit.address_key(request.client.host) if request.client else ""
        left = _take(request, address if caller.is_stranger else f"account {caller.account_id}", self.policy)
        request.state.answer_headers += (
            (b"ratelimit-policy", rate_limit.policy_field([self.policy])),
            (b"ratelimit", rate_limit.limit_field(self.policy, left)),
        )


def limited(policy: rate_limit.Policy, *, by_address: bool = False) -> Dependency:
    """The dependency of a route that costs more than others: `dependencies=[limited(SEARCH)]` beside its summary.

    It comes on top of what holds for every request. `RATE_LIMIT=0` lifts it like the others.

    Args:
        policy: how often; routes with a policy of the same name share one quota.
        by_address: whatever credential the request carries; for routes that are open on purpose.
    """
    dependency: Dependency = Depends(Limited(policy, by_address))
    return dependency


Authenticated = Annotated[Caller, Depends(authenticate)]
"""The caller without any demand: for dependencies of routes whose permission is declared beside them."""


@dataclass(frozen=True)
class Requires:
    """The declaration of a route's permission, which the app looks for at its start."""

    permission: Permission


@dataclass(frozen=True)
class _Guard(Requires):
    async def __call__(self, request: Request) -> Caller:
        """The caller, who may do it.

        Raises:
            InvalidToken, Unavailable: as `authenticate`.
            NotAuthenticated: a stranger may not.
            NotPermitted: the role may not, or the API key lacks the scope.
        """
        caller = await authenticate(request)
        if caller.is_stranger and not (self.permission.least is Role.NOBODY and of(Settings).public_read):
            raise NotAuthenticated
        if not caller.may(self.permission):
            raise NotPermitted
        return caller


@dataclass(frozen=True)
class _OpenDoor(Requires):
    async def __call__(self) -> Caller:
        """A stranger: who signs in with an expired token still in hand is not sent away for it."""
        return STRANGER


def requires(permission: Permission) -> Dependency:
    """The dependency that lets in who holds the permission and gives the `Caller`."""
    guard = _OpenDoor(permission) if permission is AuthPermission.OPEN else _Guard(permission)
    dependency: Dependency = Depends(guard)
    return dependency


def asks_who(call: object) -> bool:
    """Whether this dependency looks at the request's credential."""
    return call is authenticate or isinstance(call, _Guard)


async def claimed(
    request: Request,
    session: ReadDep,
    key: Annotated[
        str | None,
        Header(
            alias=idempotency.HEADER,
            max_length=idempotency.MAX_KEY,
            pattern=idempotency.KEY_PATTERN,
            description="Any text of your own: the same request with the same key is done once and answered alike.",
        ),
    ] = None,
) -> WriteSession:
    """The request's session, after a look whether the request has been here before; a stranger's key is not kept."""
    unit_of_work = await writing(session)
    caller = STRANGER if key is None else await authenticate(request)
    if key is not None and not caller.is_stranger:
        await idempotency.claim(unit_of_work, request, account_id=caller.account_id, key=key)
    return unit_of_work


Anyone = Annotated[Caller, requires(AuthPermission.OPEN)]
"""Whoever asks, also where strangers get nothing else: signing in and what a letter's link does."""

Holder = Annotated[Caller, requires(AuthPermission.SECURITY)]
"""Somebody signed in by a session, for what touches their own credentials."""


async def reauthenticated(caller: Holder, session: ReadDep) -> Caller:
    """The caller, whose session has just shown that its owner sits before it.

    Raises:
        ReauthenticationRequired: that was too long ago.
    """
    await reauthentication.require(session, caller=caller)
    return caller


Reauthenticated = Annotated[Caller, Depends(reauthenticated)]
"""For what is sensitive; no API key ever gets here, and a session only for ten minutes after its owner was asked.

A route that takes `DatabaseDep` asks `reauthentication.require` itself, in a transaction of its own.
"""

CreateDep = Annotated[WriteSession, Depends(claimed)]
"""The session of a route that creates, in place of `WriteDep`; its router is made with `idempotency.Route`."""
