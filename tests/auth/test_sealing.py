"""What is sealed opens with its key, for its purpose, and never otherwise."""

import stat
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.auth.exceptions import UnusableKeys
from src.auth.keyring import new_secret
from src.auth.sealing import FILE, Sealer, Unsealable, sealer_from_text, sealer_in

pytestmark = pytest.mark.unit

SEALER = Sealer([b"k" * 32])


@given(st.binary(max_size=100), st.text(max_size=20))
def test_what_is_sealed_opens_for_its_purpose_alone(plain: bytes, purpose: str) -> None:
    sealed = SEALER.seal(plain, purpose=purpose)
    assert SEALER.unseal(sealed, purpose=purpose) == plain
    assert sealed != SEALER.seal(plain, purpose=purpose)
    with pytest.raises(Unsealable):
        SEALER.unseal(sealed, purpose=purpose + "x")


@given(st.binary(max_size=60), st.integers(0, 200))
def test_nothing_else_opens(foreign: bytes, place: int) -> None:
    with pytest.raises(Unsealable):
        SEALER.unseal(foreign, purpose="p")
    sealed = bytearray(SEALER.seal(b"secret", purpose="p"))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(Unsealable):
        SEALER.unseal(bytes(sealed), purpose="p")


def test_a_new_key_seals_and_the_old_ones_still_open() -> None:
    old, new = new_secret(), new_secret()
    sealed = sealer_from_text(old).seal(b"x", purpose="p")
    both = sealer_from_text(f"{new}, {old}")
    assert both.unseal(sealed, purpose="p") == b"x"
    assert sealer_from_text(new).unseal(both.seal(b"y", purpose="p"), purpose="p") == b"y"
    with pytest.raises(Unsealable):
        sealer_from_text(new).unseal(sealed, purpose="p")


def test_the_key_is_made_once_by_many_who_start_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        sealers = list(threads.map(sealer_in, [tmp_path] * 8))
    sealed = sealers[0].seal(b"x", purpose="p")
    assert {sealer.unseal(sealed, purpose="p") for sealer in sealers} == {b"x"}
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", ",", "short", "é" * 43, urlsafe_b64encode(b"x" * 31).decode(), "A" * 42 + "B"])
def test_unfit_keys_stop_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnusableKeys):
        sealer_from_text(text)
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UnusableKeys, match="damaged"):
        sealer_in(tmp_path)
