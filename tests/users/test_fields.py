"""The kinds of values that a profile is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from src.users import constants, schemas

pytestmark = pytest.mark.unit


def refusals(**fields: object) -> list[str]:
    try:
        schemas.ProfileUpdate.model_validate(fields)
    except ValidationError as error:
        return [found["type"] for found in error.errors()]
    return []


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ada", "Ada"),
        ("  Ada \n\t Lovelace ", "Ada Lovelace"),
        ("Zoë 👩‍🚀", "Zoë 👩‍🚀"),
        ("Жанна", "Жанна"),
        ("x" * constants.MAX_DISPLAY_NAME, "x" * constants.MAX_DISPLAY_NAME),
    ],
)
def test_a_display_name_is_one_line(typed: str, stored: str) -> None:
    assert schemas.ProfileUpdate(display_name=typed).display_name == stored


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", "too_short"),
        (" \n ", "too_short"),
        ("x" * (constants.MAX_DISPLAY_NAME + 1), "too_long"),
        ("a\u202egnp.exe", "invisible_characters"),
        ("a\u2066b", "invisible_characters"),
        ("bell\a", "invisible_characters"),
        ("a\u200e\u061cb", "invisible_characters"),
        ("\u200b\u200d", "invisible"),
        ("\u3164", "invisible"),
        ("\u2800", "invisible"),
        ("\u034f", "invisible"),
        ("\u115f\u1160", "invisible"),
        ("\ue000\u200b", "invisible"),
        ("nul\0", "nul_character"),
        (None, "string_type"),
        (7, "string_type"),
    ],
)
def test_a_display_name_that_deceives_or_does_not_fit_is_refused(typed: object, refusal: str) -> None:
    assert refusals(display_name=typed) == [refusal]


@given(st.text(max_size=80))
def test_a_display_name_is_refused_or_stays_as_it_is_when_sent_again(typed: str) -> None:
    if not refusals(display_name=typed):
        stored = schemas.ProfileUpdate(display_name=typed).display_name
        assert 1 <= len(stored) <= constants.MAX_DISPLAY_NAME
        assert schemas.ProfileUpdate(display_name=stored).display_name == stored


@pytest.mark.parametrize("url", ["https://example.org", "http://example.org:8080/a?b=c#d", "https://пример.рф/я"])
def test_a_link_leads_to_the_web(url: str) -> None:
    [link] = schemas.ProfileUpdate.model_validate({"links": [{"label": "Home", "url": url}]}).links
    assert link.url.startswith(("https://", "http://"))
    assert link.url.isascii()


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("javascript:alert(1)", "url"),
        ("data:text/html,hello", "url"),
        ("ftp://example.org", "url"),
        ("//example.org", "url"),
        ("https://", "url"),
        ("https://bank.example@evil.example/", "url_credentials"),
        ("https://example.org/" + "a" * constants.MAX_LINK_URL, "too_long"),
        # What it is written out as is longer than what was typed.
        ("https://example.org/" + "я" * 200, "too_long"),
    ],
)
def test_a_link_to_elsewhere_is_refused(url: str, refusal: str) -> None:
    assert refusals(links=[{"label": "Home", "url": url}]) == [refusal]


def test_there_is_an_end_to_links() -> None:
    link = {"label": "Home", "url": "https://example.org/"}
    assert refusals(links=[link] * constants.MAX_LINKS) == []
    assert refusals(links=[link] * (constants.MAX_LINKS + 1)) == ["too_long"]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("Europe/Lisbon", True),
        ("UTC", True),
        ("Mars/Base", False),
        ("", False),
        # Of the machine, and of nobody.
        ("localtime", False),
        ("Factory", False),
    ],
)
def test_a_time_zone_is_one_of_the_database(name: str, *, good: bool) -> None:
    assert refusals(time_zone=name) == ([] if good else ["time_zone"])


@pytest.mark.parametrize(("tag", "good"), [("en", True), ("pt-BR", True), ("x", False), ("en_GB", False)])
def test_a_locale_is_a_language_tag(tag: str, *, good: bool) -> None:
    assert bool(refusals(locale=tag)) is not good


@pytest.mark.parametrize("name", sorted(schemas.ProfileUpdate.model_fields))
def test_null_is_refused_for_every_field(name: str) -> None:
    assert refusals(**{name: None})


def test_what_is_absent_is_not_set() -> None:
    assert schemas.ProfileUpdate.model_validate({"bio": ""}).model_dump(exclude_unset=True) == {"bio": ""}


def test_a_mute_has_one_end() -> None:
    with pytest.raises(ValidationError):
        schemas.MuteCreate.model_validate({"minutes": 5, "until": "2100-01-01T00:00:00Z"})
