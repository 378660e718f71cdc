"""The types that input is made of: what passes can be stored, compared and answered."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from src.schemas import MAX_ID, Count, Finite, Flag, Id, Input, Instant, Int32, Output, Text

pytestmark = pytest.mark.unit
_TEXT: TypeAdapter[str] = TypeAdapter(Text)
_SHORT: TypeAdapter[str] = TypeAdapter(Annotated[Text, Field(min_length=1, max_length=3)])
_ID: TypeAdapter[int] = TypeAdapter(Id)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_FINITE: TypeAdapter[float] = TypeAdapter(Finite)
_FLAG: TypeAdapter[bool] = TypeAdapter(Flag)
_ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_SANE = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=_ZONES)  # noqa: DTZ001  the strategy's own


def refused(adapter: TypeAdapter[Any], value: object) -> str:
    """The code of the refusal."""
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    return caught.value.errors()[0]["type"]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_text_that_can_be_stored_passes_unchanged(text: str) -> None:
    assert _TEXT.validate_python(text) == text
    assert orjson.loads(orjson.dumps(text)) == text


@given(st.text(), st.text())
def test_a_text_with_nul_is_refused(before: str, behind: str) -> None:
    assert refused(_TEXT, f"{before}\0{behind}") in {"nul_character", "string_unicode"}


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0xD800, 0xDFFF))
def test_half_a_surrogate_pair_is_refused(text: str, half: int) -> None:
    assert refused(_TEXT, text.replace("\0", "") + chr(half)) in {"lone_surrogate", "string_unicode"}


def test_a_text_keeps_its_bounds_and_is_made_of_nothing_else() -> None:
    assert _SHORT.validate_python("🏡🏡🏡") == "🏡🏡🏡"
    assert refused(_SHORT, "abcd") == "too_long"
    assert refused(_SHORT, "") == "too_short"
    for value in (1, True, None, ["a"], 1.5):
        assert refused(_TEXT, value) == "string_type"
    schema = _SHORT.json_schema()
    assert (schema["minLength"], schema["maxLength"]) == (1, 3)


@given(st.integers(0, MAX_ID))
def test_an_id_travels_as_text(number: int) -> None:
    assert _ID.validate_python(str(number)) == _ID.validate_python(number) == number
    assert _ID.dump_python(number, mode="json") == str(number)
    assert _ID.validate_json(_ID.dump_json(number)) == number


@given(st.one_of(st.integers(max_value=-1), st.integers(min_value=MAX_ID + 1), st.booleans(), st.none(), st.floats()))
def test_what_is_no_id_is_refused_whether_text_or_not(value: object) -> None:
    assert refused(_ID, value)
    assert refused(_ID, str(value))


@given(st.text().filter(lambda text: not (text.isascii() and text.isdigit())))
def test_an_id_is_digits_alone(text: str) -> None:
    assert refused(_ID, text) == "id"


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "-0", "1_0", "1.0", "1e3", "٣", "²", "0x1", "1" * 20])
def test_numbers_in_other_forms_are_no_ids(text: str) -> None:
    assert refused(_ID, text) == "id"


def test_a_request_gives_ids_as_text_alone() -> None:
    class Reply(Input):
        to: Id | None = None

    assert Reply.model_validate({"to": "12"}).to == 12
    with pytest.raises(ValidationError):
        Reply.model_validate({"to": 12})


@given(_SANE)
def test_an_instant_comes_back_in_utc_to_the_millisecond(instant: datetime) -> None:
    read = _INSTANT.validate_python(instant.isoformat())
    assert read == instant
    assert read.tzinfo is UTC
    written = json.loads(_INSTANT.dump_json(read))
    assert written.endswith("Z")
    assert _INSTANT.validate_python(written) == read.replace(microsecond=read.microsecond // 1000 * 1000)
    # Inside the process it stays what it is.
    assert _INSTANT.dump_python(read) == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1899-12-31T23:59:59.999Z", "instant_range"),
        ("1900-01-01T00:00:00+00:01", "instant_range"),
        ("2200-01-01T00:00:00Z", "instant_range"),
        ("0001-01-01T00:00:00+14:00", "instant_range"),
        ("9999-12-31T23:59:59-14:00", "instant_range"),
        ("2030-01-01T00:00:00", "naive_instant"),
        ("2030-01-01", "naive_instant"),
        ("2030-02-30T00:00:00Z", "datetime_from_date_parsing"),
        ("", "instant"),
        ("1893456000", "instant"),
        ("1893456000.5", "instant"),
        ("12:00", "instant"),
        ("٢٠٣٠-01-01T00:00:00Z", "instant"),
    ],
)
def test_instants_that_make_no_sense_are_refused(text: str, code: str) -> None:
    assert refused(_INSTANT, text) == code


@pytest.mark.parametrize("value", [0, 1.5, True, None, [], b"2030-01-01T00:00:00Z"])
def test_an_instant_is_a_text(value: object) -> None:
    assert refused(_INSTANT, value) == "instant"


@pytest.mark.parametrize(("kind", "least", "most"), [(Int32, -(2**31), 2**31 - 1), (Count, 0, 2**31 - 1)])
def test_a_number_fits_its_column(kind: Any, least: int, most: int) -> None:
    adapter: TypeAdapter[int] = TypeAdapter(kind)
    assert [adapter.validate_python(value) for value in (least, most)] == [least, most]
    for value in (least - 1, most + 1, 2**63, 10**30, 1.0, "1", True, None, math.nan):
        assert refused(adapter, value)
    schema = adapter.json_schema()
    assert (schema["minimum"], schema["maximum"]) == (least, most)


@given(st.floats())
def test_a_number_with_a_fraction_is_finite(number: float) -> None:
    if math.isfinite(number):
        assert _FINITE.validate_python(number) == number
    else:
        assert refused(_FINITE, number) == "finite_number"
    assert [refused(_FINITE, value) for value in (True, "1")] == ["float_type"] * 2


@pytest.mark.parametrize("value", [0, 1, "true", "yes", "", None, 0.0])
def test_a_flag_is_true_or_false(value: object) -> None:
    assert [_FLAG.validate_python(flag) for flag in (True, False)] == [True, False]
    assert refused(_FLAG, value) == "bool_type"


class _Tea(Input):
    sort: Text = "green"


class _TeaRead(Output):
    sort: str


def test_a_request_has_no_unknown_fields() -> None:
    assert _Tea.model_validate({"sort": "black"}).sort == "black"
    assert refused(TypeAdapter(_Tea), {"sort": "black", "sugar": 1}) == "extra_forbidden"


def test_an_answer_is_made_of_anything_with_its_attributes() -> None:
    assert _TeaRead.model_validate(_Tea(sort="white")).model_dump() == {"sort": "white"}
