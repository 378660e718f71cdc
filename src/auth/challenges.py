"""What a client holds between the right password and the code: opaque, good for minutes, stored nowhere.

`hthc_<account>_<second of its end>_<HMAC>`; the HMAC covers when password and second factor were last changed, so
either change voids it. It is no secret that opens anything: without a code that has not been used it is worthless.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import NamedTuple

from src.auth.exceptions import ChallengeNotValid
from src.auth.models import Account

LIFETIME = timedelta(minutes=5)

_FORM = re.compile(r"hthc_([1-9][0-9]{0,18})_([1-9][0-9]{0,11})_[A-Za-z0-9_-]{43}")
_MAXIMUM_ID = 2**63 - 1


class Challenge(NamedTuple):
    """A challenge as it was shown: nothing of it is proved yet."""

    account_id: int
    ends: int
    text: str


def make(secret: bytes, account: Account, *, now: datetime) -> str:
    """A challenge for an account whose password was right."""
    return _written(secret, account, int((now + LIFETIME).timestamp()))


def parse(text: str) -> Challenge:
    """What the text claims to be.

    Raises:
        ChallengeNotValid: it looks like none of ours.
    """
    match = _FORM.fullmatch(text)
    if match is None or int(match[1]) > _MAXIMUM_ID:
        raise ChallengeNotValid
    return Challenge(int(match[1]), int(match[2]), text)


def prove(secret: bytes, shown: Challenge, account: Account, *, now: datetime) -> None:
    """Lets a challenge pass that was made for this account as it stands now.

    Raises:
        ChallengeNotValid: it is another's, it is too old, or the account has changed since.
    """
    is_ours = hmac.compare_digest(_written(secret, account, shown.ends), shown.text)
    if not is_ours or now.timestamp() >= shown.ends:
        raise ChallengeNotValid


def _written(secret: bytes, account: Account, ends: int) -> str:
    state = f"{account.id}|{ends}|{account.password_changed_at}|{account.second_factor_at}"
    derived = hmac.digest(secret, b"hearth challenge\0" + state.encode(), hashlib.sha256)
    return f"hthc_{account.id}_{ends}_{urlsafe_b64encode(derived).decode().rstrip('=')}"
