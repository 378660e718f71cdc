"""Access tokens: signed, short-lived, read without the database. The only module that touches python-jose.

The form is RFC 9068 (`at+jwt`) with the session (`sid`) and the role. python-jose would believe too much: a key
chosen by the token, absent claims, `crit`, its own clock. So a token is refused by its form before jose sees it, its
header must be the very one that we write (a foreign header is never parsed), and every claim is checked here again.
"""

import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from jose import jwk, jwt

from src.auth.constants import Role
from src.auth.exceptions import InvalidToken
from src.auth.keyring import ACCESS_TOKEN_LIFETIME, LEEWAY, Keyring, SigningKey

ALGORITHM = "HS256"
TYPE = "at+jwt"
ISSUER = "hearth"
AUDIENCE = "hearth-api"
MAXIMUM_LENGTH = 4096
"""In characters."""

_MAXIMUM_ID = 2**63 - 1
_LATEST_SECOND = 2**40
_LIFETIME_SECONDS = int(ACCESS_TOKEN_LIFETIME.total_seconds())
_LEEWAY_SECONDS = int(LEEWAY.total_seconds())
_RECHECK_SECONDS = 1.0

# Three parts of base64url; the last is 32 bytes written in the one way that leaves no bit over.
_FORM = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_IDENTIFIER = re.compile(r"[1-9][0-9]{0,18}")
_TOKEN_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_SCOPES = re.compile(r"([a-z0-9_.:*-]{1,64}( [a-z0-9_.:*-]{1,64}){0,31})?")

# What jose can demand without deciding by its own clock (`require_exp` would): the rest is done in `_claims`.
_OPTIONS = {
    **{f"require_{name}": True for name in ("aud", "iss", "sub", "jti")},
    **{f"verify_{name}": False for name in ("exp", "iat", "nbf")},
}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says; instants are Unix seconds."""

    account_id: int
    session_id: int
    role: Role
    scopes: frozenset[str]
    token_id: str
    issued_at: int
    not_before: int
    expires_at: int

    def hold_at(self, now: datetime) -> bool:
        """Whether the token is good at this instant, with leeway for the clocks of other machines."""
        seconds = now.timestamp()
        return self.not_before - _LEEWAY_SECONDS <= seconds < self.expires_at + _LEEWAY_SECONDS


def issue(
    keyring: Keyring, *, account_id: int, session_id: int, role: Role, scopes: Collection[str], now: datetime
) -> str:
    """A token for this session, good for `ACCESS_TOKEN_LIFETIME` from `now`.

    Raises `ValueError` for what `read` would not take back: an id that is none, a scope with a space.
    """
    keyring.refresh()
    issued_at = int(now.timestamp())
    payload: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "sid": str(session_id),
        "jti": secrets.token_urlsafe(16),
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + _LIFETIME_SECONDS,
        "role": role.value,
        "scope": " ".join(sorted(scopes)),
    }
    if _claims(payload).scopes != frozenset(scopes):
        raise ValueError("a scope contains a space")
    key = keyring.current
    return jwt.encode(payload, jwk.construct(key.secret, ALGORITHM), ALGORITHM, headers={"typ": TYPE, "kid": key.kid})


def read(keyring: Keyring, token: str, *, now: datetime) -> Claims:
    """The claims of one of our tokens that is good now; `InvalidToken` for any other text, and nothing else."""
    form = _FORM.fullmatch(token) if len(token) <= MAXIMUM_LENGTH else None
    if form is None:
        raise InvalidToken
    key = _key_of(keyring, form[1], now)
    if key is None and keyring.refresh():
        key = _key_of(keyring, form[1], now)
    if key is None:
        raise InvalidToken
    try:
        payload: Mapping[str, object] = jwt.decode(
            token,
            jwk.construct(key.secret, ALGORITHM),  # a key, not a text: jose would read JSON in a text as many keys
            algorithms=[ALGORITHM],  # a list: jose takes a text by its parts
            options=_OPTIONS,
            audience=AUDIENCE,
            issuer=ISSUER,
        )
        claims = _claims(payload)
    except Exception:  # noqa: BLE001  jose lets TypeError, OverflowError, RecursionError and more escape
        raise InvalidToken from None
    if not claims.hold_at(now):
        raise InvalidToken
    return claims


class TokenReader:
    """`read` that remembers the tokens it has verified; one for each process, used from its event loop.

    What is remembered is checked against the time at each use and forgotten when the keys change. A change by another
    process is seen within a second.

    Args:
        keyring: whose tokens are read.
        limit: how many tokens are remembered, about 1 kB each; the oldest goes first.
    """

    def __init__(self, keyring: Keyring, *, limit: int = 10_000) -> None:
        self._keyring = keyring
        self._limit = limit
        self._verified: dict[str, Claims] = {}
        self._version = keyring.version
        self._checked_at = 0.0

    def read(self, token: str, *, now: datetime) -> Claims:
        """The claims of one of our tokens that is good now; raises `InvalidToken`."""
        self._notice_changed_keys(now)
        claims = self._verified.get(token)
        if claims is None:
            claims = read(self._keyring, token, now=now)
            if len(self._verified) >= self._limit:
                del self._verified[next(iter(self._verified))]
            self._verified[token] = claims
        elif not claims.hold_at(now):
            del self._verified[token]
            raise InvalidToken
        return claims

    def _notice_changed_keys(self, now: datetime) -> None:
        seconds = now.timestamp()
        if abs(seconds - self._checked_at) >= _RECHECK_SECONDS:
            self._checked_at = seconds
            self._keyring.refresh()
        if self._version != self._keyring.version:
            self._version = self._keyring.version
            self._verified.clear()


def _key_of(keyring: Keyring, header: str, now: datetime) -> SigningKey | None:
    """The live key whose tokens start with this header."""
    return next((key for key in keyring.keys if _header(key.kid) == header and key.is_live(now)), None)


@lru_cache(maxsize=16)
def _header(kid: str) -> str:
    """The header of our tokens, as jose writes it: sorted, without spaces."""
    written = json.dumps({"alg": ALGORITHM, "kid": kid, "typ": TYPE}, separators=(",", ":"), sort_keys=True)
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _claims(payload: Mapping[str, object]) -> Claims:
    """The claims, each of its type and range; raises KeyError, TypeError or ValueError."""
    issued_at, not_before, expires_at = (_instant(payload[name]) for name in ("iat", "nbf", "exp"))
    if not issued_at <= not_before < expires_at <= issued_at + _LIFETIME_SECONDS:
        raise ValueError("the instants contradict each other")
    if payload["aud"] != AUDIENCE or payload["iss"] != ISSUER:
        raise ValueError("not for us")
    return Claims(
        account_id=_identifier(payload["sub"]),
        session_id=_identifier(payload["sid"]),
        role=Role(_text(payload["role"])),
        scopes=frozenset(_matching(_SCOPES, payload["scope"]).split()),
        token_id=_matching(_TOKEN_ID, payload["jti"]),
        issued_at=issued_at,
        not_before=not_before,
        expires_at=expires_at,
    )


def _instant(value: object) -> int:
    # Not isinstance: True is an int.
    if type(value) is not int or not 0 <= value <= _LATEST_SECOND:
        raise ValueError("not an instant")
    return value


def _identifier(value: object) -> int:
    number = int(_matching(_IDENTIFIER, value))
    if number > _MAXIMUM_ID:
        raise ValueError("not an id")
    return number


def _matching(form: re.Pattern[str], value: object) -> str:
    text = _text(value)
    if form.fullmatch(text) is None:
        raise ValueError("not of the expected form")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
