"""The types that everything from outside is made of: a value that passes here can be stored, sorted and answered.

A string has no NUL and no lone surrogate and a maximum, a number fits its column, an instant lies in sane years.
Request models derive from `Input` (unknown fields are refused), answers from `Output`.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

MAX_ID = 2**63 - 1
_ID_DIGITS = 19
_FIRST_INSTANT = datetime(1900, 1, 1, tzinfo=UTC)
_LAST_INSTANT = datetime(2200, 1, 1, tzinfo=UTC)
_UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_YEAR = re.compile(r"\d{4}-", re.ASCII)


class Input(BaseModel):
    """Base of request models."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """Base of answers; rows and dataclasses are read by attribute."""

    model_config = ConfigDict(from_attributes=True)


def _storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul_character", "The text holds a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("lone_surrogate", "The text holds half of a surrogate pair.") from None
    return text


def _id(value: object, info: ValidationInfo) -> object:
    """Ids travel as strings of digits; a number would lose its last digits in JavaScript."""
    # Only a request model forbids extra fields; an answer is made of our own numbers.
    in_request = (info.config or {}).get("extra_fields_behavior") == "forbid"
    if isinstance(value, int) and not isinstance(value, bool) and not in_request:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _ID_DIGITS:
        return int(value)
    raise PydanticCustomError("id", "An id is a string of 1 to 19 digits.")


def _uuid(value: object) -> object:
    if isinstance(value, UUID) or (isinstance(value, str) and _UUID.fullmatch(value)):
        return value
    raise PydanticCustomError("uuid", "A UUID has 36 characters, four of them dashes.")


def _sane(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise PydanticCustomError("naive_instant", "The instant needs a time zone.")
    if not _FIRST_INSTANT <= instant < _LAST_INSTANT:
        raise PydanticCustomError("instant_range", "The instant lies outside of the years 1900 to 2199.")
    return instant.astimezone(UTC)


def _instant_text(value: object) -> object:
    # Of text, only what begins with a year: a string of digits would be taken for seconds since 1970.
    if not (isinstance(value, datetime) or (isinstance(value, str) and _YEAR.match(value))):
        raise PydanticCustomError("instant", "An instant is a string in the form of ISO 8601.")
    return value


def _milliseconds(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_ID_SCHEMA: dict[str, Any] = {
    "type": "string",
    "pattern": "^[0-9]{1,19}$",
    "maxLength": _ID_DIGITS,
    "examples": ["115612345678901248"],
}
_INSTANT_SCHEMA: dict[str, Any] = {"type": "string", "format": "date-time", "examples": ["2026-03-01T12:00:00.000Z"]}

# A string that can be stored; give it a maximum at the place of use: Annotated[Text, Field(max_length=…)].
Text = Annotated[str, AfterValidator(_storable)]
Id = Annotated[
    int, BeforeValidator(_id), Field(ge=0, le=MAX_ID), PlainSerializer(str, return_type=str), WithJsonSchema(_ID_SCHEMA)
]
# In its usual form alone; an answer is made of our own.
Uuid = Annotated[
    UUID,
    BeforeValidator(_uuid),
    WithJsonSchema({"type": "string", "format": "uuid", "pattern": _UUID.pattern, "minLength": 36, "maxLength": 36}),
]
Int32 = Annotated[StrictInt, Field(ge=-(2**31), le=2**31 - 1)]
Count = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]
Flag = StrictBool
Finite = Annotated[StrictFloat, Field(allow_inf_nan=False)]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant_text),
    AfterValidator(_sane),
    PlainSerializer(_milliseconds, return_type=str, when_used="json"),
    WithJsonSchema(_INSTANT_SCHEMA),
]
