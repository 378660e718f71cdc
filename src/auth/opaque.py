"""Secrets that say nothing about themselves: refresh tokens, keys for programs, invitation codes.

Only their SHA-256 is stored: they have so many bits that a slow hash would add nothing.

A refresh token is the n-th of its family (the session): `hthr_<family>_<n>_<secret>`, where the secret is an HMAC of
family and n under the server's refresh secret. So nothing but n and a digest is stored, and yet

- the session is found by its id and the secret compared in constant time;
- within the grace, whoever shows the immediately previous token gets the same successor as the first who did;
- an older token is known to be a real one of this family, stolen or copied, not somebody's guess at an id. Only then
  may it end the family.

Should the refresh secret be replaced, the tokens given out stay good (their digest is stored); only what comes
before them can no longer be told from a guess.
"""

import hashlib
import hmac
import re
import secrets
import string
from base64 import urlsafe_b64encode
from typing import NamedTuple

from src.auth.exceptions import InvalidToken

# For the scanners that look for leaked secrets; 43 of 62 signs are 256 bits.
API_KEY = re.compile(r"hth_[0-9A-Za-z]{43}")
HOOK_CODE = re.compile(r"hthw_[0-9A-Za-z]{43}")
REFRESH_TOKEN = re.compile(r"hthr_([1-9][0-9]{0,18})_(0|[1-9][0-9]{0,8})_[A-Za-z0-9_-]{43}")

_ALPHANUMERIC = string.digits + string.ascii_letters
_MAXIMUM_ID = 2**63 - 1
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_INVITATION_SIGNS = 16


class RefreshToken(NamedTuple):
    """A refresh token as it was shown: nothing of it is proved yet."""

    family_id: int
    generation: int
    text: str


def refresh_token(secret: bytes, family_id: int, generation: int) -> str:
    """The refresh token of this generation (from 0) of a family; the same each time it is asked for."""
    message = b"hearth refresh token\0" + family_id.to_bytes(8, "big") + generation.to_bytes(8, "big")
    derived = hmac.digest(secret, message, hashlib.sha256)
    return f"hthr_{family_id}_{generation}_{urlsafe_b64encode(derived).decode().rstrip('=')}"


def parse_refresh_token(text: str) -> RefreshToken:
    """What the text claims to be; raises `InvalidToken` for what none of ours looks like."""
    match = REFRESH_TOKEN.fullmatch(text)
    if match is None or int(match[1]) > _MAXIMUM_ID:
        raise InvalidToken
    return RefreshToken(int(match[1]), int(match[2]), text)


def is_derived(secret: bytes, token: RefreshToken) -> bool:
    """Whether this server made the token, be it the newest of its family or not; in constant time."""
    return hmac.compare_digest(refresh_token(secret, token.family_id, token.generation), token.text)


def new_api_key() -> str:
    """A personal key for a program, 256 bits, shown once."""
    return "hth_" + "".join(secrets.choice(_ALPHANUMERIC) for _ in range(43))


def is_api_key(text: str) -> bool:
    """Whether the text looks like a key for a program: anything else needs no look-up."""
    return API_KEY.fullmatch(text) is not None


def new_hook_code() -> str:
    """What the address of a hook ends with, 256 bits, shown once."""
    return "hthw_" + "".join(secrets.choice(_ALPHANUMERIC) for _ in range(43))


def is_hook_code(text: str) -> bool:
    """Whether the text looks like the end of a hook's address: anything else needs no look-up."""
    return HOOK_CODE.fullmatch(text) is not None


def new_invitation_code() -> str:
    """A code that a person can read out and type: 80 bits in Crockford's base 32, `7K3M-9QXD-0ABC-WXYZ`."""
    signs = "".join(secrets.choice(_CROCKFORD) for _ in range(_INVITATION_SIGNS))
    return _grouped(signs)


def parse_invitation_code(text: str) -> str | None:
    """The code as it was made, whatever case, dashes, spaces and look-alike signs (O, I, L) it was typed with.

    None for what no code looks like.
    """
    signs = text.upper().translate(_MISREAD)
    if len(signs) != _INVITATION_SIGNS or not set(signs) <= set(_CROCKFORD):
        return None
    return _grouped(signs)


def new_link_token() -> str:
    """What a link in a letter ends with, 256 bits."""
    return "hthl_" + secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """What is stored of a secret, 32 bytes; the argument is one made or parsed here."""
    return hashlib.sha256(text.encode()).digest()


def is_digest_of(stored: bytes, text: str) -> bool:
    """Whether the stored digest is that of the text, in constant time."""
    return hmac.compare_digest(stored, digest(text))


def _grouped(signs: str) -> str:
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))
