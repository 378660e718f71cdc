"""Codes as RFC 6238 has them, accepted for a minute and a half and never backwards."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.auth import totp

pytestmark = pytest.mark.unit

# RFC 6238, appendix B: the last six of the eight digits for SHA-1.
SECRET = b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, now=at(seconds), after=0) == seconds // 30


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_a_code_is_good_one_step_around_and_no_more(seconds: int, code: str) -> None:
    step = seconds // 30
    good = {
        shift: totp.step_of(SECRET, code, now=at(seconds) + timedelta(seconds=30 * shift), after=0) == step
        for shift in range(-2 if seconds > 90 else 0, 3)
    }
    assert good == {shift: abs(shift) <= 1 for shift in good}


def test_a_code_is_used_up_with_all_before_it() -> None:
    now = at(1111111111)
    step = 1111111111 // 30
    assert totp.step_of(SECRET, "050471", now=now, after=step - 1) == step
    assert totp.step_of(SECRET, "050471", now=now, after=step) is None
    assert totp.step_of(SECRET, "081804", now=now, after=step) is None


@given(st.text(max_size=20))
def test_what_is_no_code_is_none(text: str) -> None:
    if not totp.is_code(text):
        assert totp.step_of(SECRET, text.encode("ascii", "replace").decode(), now=at(59), after=0) is None


@pytest.mark.parametrize(
    ("text", "is_code"),
    [("287082", True), (" 287 082 ", True), ("28708", False), ("٢٨٧٠٨٢", False), ("7K3M-9Q", False)],
)
def test_spaces_may_be_typed(text: str, is_code: bool) -> None:
    assert totp.is_code(text) is is_code


def test_what_an_authenticator_reads() -> None:
    secret = totp.new_secret()
    assert secret != totp.new_secret()
    assert len(secret) == 32
    parts = urlsplit(totp.provisioning_uri(secret, username="ada", issuer="hearth.example"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/hearth.example:ada")
    assert parse_qs(parts.query) == {"secret": [secret], "issuer": ["hearth.example"]}
