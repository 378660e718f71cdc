"""Secrets that carry nothing but themselves: their forms, and the law by which refresh tokens follow each other."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.auth import opaque
from src.auth.exceptions import InvalidToken

pytestmark = pytest.mark.unit

SECRET = bytes(range(32))
families = st.integers(1, 2**63 - 1)
generations = st.integers(0, 999_999_998)


def test_who_shows_the_previous_token_again_gets_the_same_successor_from_nothing_stored_but_a_number() -> None:
    generation, shown = 3, opaque.refresh_token(SECRET, 77, 3)
    stored = opaque.digest(shown)

    def renew(text: str) -> str:
        token = opaque.parse_refresh_token(text)
        assert opaque.is_derived(SECRET, token)
        return opaque.refresh_token(SECRET, token.family_id, token.generation + 1)

    assert opaque.is_digest_of(stored, shown)
    first = renew(shown)
    generation, stored = generation + 1, opaque.digest(first)
    late = renew(shown)
    assert late == first
    assert opaque.is_digest_of(stored, late)
    assert not opaque.is_digest_of(stored, shown)


@given(families, generations)
def test_a_refresh_token_is_read_back_and_known_as_ours(family_id: int, generation: int) -> None:
    text = opaque.refresh_token(SECRET, family_id, generation)
    token = opaque.parse_refresh_token(text)
    assert (token.family_id, token.generation) == (family_id, generation)
    assert opaque.refresh_token(SECRET, family_id, generation) == text
    assert opaque.is_derived(SECRET, token)
    assert not opaque.is_derived(bytes(32), token)


@given(families, generations, families, generations)
def test_no_two_refresh_tokens_are_alike_and_none_passes_for_another(
    family_id: int, generation: int, other_family: int, other_generation: int
) -> None:
    text = opaque.refresh_token(SECRET, family_id, generation)
    if (family_id, generation) != (other_family, other_generation):
        assert opaque.refresh_token(SECRET, other_family, other_generation).split("_", 3)[3] != text.split("_", 3)[3]
        moved = f"hthr_{other_family}_{other_generation}_{text.split('_', 3)[3]}"
        assert not opaque.is_derived(SECRET, opaque.parse_refresh_token(moved))


@given(families, generations, st.data())
def test_one_other_sign_makes_it_a_guess(family_id: int, generation: int, data: st.DataObject) -> None:
    text = opaque.refresh_token(SECRET, family_id, generation)
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.sampled_from("0aZ-_.é")) + text[place + 1 :]
    try:
        known = opaque.is_derived(SECRET, opaque.parse_refresh_token(changed))
    except InvalidToken:
        known = False
    assert known == (changed == text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hthr_",
        "hthr_1_0_",
        "hthr_1_0_" + "A" * 42,
        "hthr_1_0_" + "A" * 44,
        "hthr_0_0_" + "A" * 43,
        "hthr_-1_0_" + "A" * 43,
        "hthr_01_0_" + "A" * 43,
        "hthr_1_00_" + "A" * 43,
        "hthr_9223372036854775808_0_" + "A" * 43,
        "hthr_" + "9" * 5000 + "_0_" + "A" * 43,
        "hthr_1_" + "9" * 5000 + "_" + "A" * 43,
        "hthr_\u0661_0_" + "A" * 43,
        "hthr_1_0_" + "é" * 43,
        "hthr_1_0_" + "A" * 43 + "\n",
        "hth_" + "A" * 43,
        "HTHR_1_0_" + "A" * 43,
        "\ud800",
    ],
)
def test_what_is_no_refresh_token(text: str) -> None:
    with pytest.raises(InvalidToken):
        opaque.parse_refresh_token(text)


def test_keys_for_programs_are_long_different_and_known_by_their_form() -> None:
    keys = {opaque.new_api_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(opaque.is_api_key(key) for key in keys)
    assert len({key[10] for key in keys}) > 30


@pytest.mark.parametrize(
    "text", ["", "hth_", "hth_" + "a" * 42, "hth_" + "a" * 44, "hth_" + "ä" * 43, "hth_" + "-" * 43]
)
def test_what_is_no_key_for_a_program(text: str) -> None:
    assert not opaque.is_api_key(text)


def test_only_a_digest_of_a_fixed_length_is_stored() -> None:
    key = opaque.new_api_key()
    assert len(opaque.digest(key)) == 32
    assert opaque.is_digest_of(opaque.digest(key), key)
    assert not opaque.is_digest_of(opaque.digest(key), opaque.new_api_key())


def test_an_invitation_is_short_and_has_eighty_bits() -> None:
    codes = {opaque.new_invitation_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


@given(st.data())
def test_an_invitation_may_be_typed_as_people_type(data: st.DataObject) -> None:
    code = opaque.new_invitation_code()
    typed = code.lower() if data.draw(st.booleans()) else code
    typed = typed.replace("0", data.draw(st.sampled_from("0oO"))).replace("1", data.draw(st.sampled_from("1iIlL")))
    typed = typed.replace("-", data.draw(st.sampled_from(["-", " ", "", " - "])))
    assert opaque.parse_invitation_code(f" {typed} ") == code


@given(st.text(max_size=30))
def test_any_text_is_an_invitation_in_its_one_form_or_none(text: str) -> None:
    code = opaque.parse_invitation_code(text)
    assert code is None or opaque.parse_invitation_code(code) == code


@pytest.mark.parametrize(
    "text", ["", "7K3M-9QXD-0ABC-WXY", "7K3M-9QXD-0ABC-WXYZ-7", "7K3M-9QXD-0ABC-WXYU", "\ud800" * 16]
)
def test_what_is_no_invitation(text: str) -> None:
    assert opaque.parse_invitation_code(text) is None
