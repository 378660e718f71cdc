"""Codes that change every half minute (RFC 6238). The only module that touches pyotp."""

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DIGITS = 6
# Clocks of telephones differ, and typing takes time: the code before and the one after are good, too.
DRIFT = 1


def new_secret() -> str:
    """A secret of 160 bits in base 32, as authenticators take it (RFC 4226, section 4, R6)."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, username: str, issuer: str) -> str:
    """The address that an authenticator reads as a QR code (`otpauth://totp/…`)."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def is_code(text: str) -> bool:
    """Whether it has the form of a code, spaces left out."""
    bare = text.replace(" ", "")
    return len(bare) == DIGITS and bare.isascii() and bare.isdigit()


def step_of(secret: str, text: str, *, now: datetime, after: int) -> int | None:
    """The half minute whose code this is; None if it is none of those that are good now.

    Args:
        secret: as `new_secret` gave it.
        text: the code as it was typed.
        now: the present instant.
        after: the half minute of the last code that was accepted: it and all before are used up.
    """
    present, otp, bare = int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret), text.replace(" ", "")
    steps = [step for step in range(present - DRIFT, present + DRIFT + 1) if step > after]
    # All of them, in constant time.
    matching = [step for step in steps if hmac.compare_digest(otp.generate_otp(step), bare)]
    return min(matching, default=None)
