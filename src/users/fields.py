"""The kinds of values that a profile is made of, as they come from outside."""

import re
import unicodedata
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from src import markup
from src.auth import email_schemas as auth_email_schemas
from src.schemas import Text
from src.users import constants

# They turn the direction of the text that follows, so that a name could pass for another.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Code points that nobody has given a meaning, or everybody another.
_UNKNOWN = frozenset({"Cn", "Co"})
# What the machine has set, and a machine on which nobody has set anything.
_NO_ZONES = frozenset({"localtime", "Factory"})
_URL = TypeAdapter(HttpUrl)


def one_line(text: str) -> str:
    """The words of the text with single spaces between them."""
    text = " ".join(text.split())
    if _DIRECTION.search(text) or any(unicodedata.category(sign) == "Cc" for sign in text):
        raise PydanticCustomError("invisible_characters", "The text holds characters that nobody sees.")
    if text and markup.is_blank("".join(sign for sign in text if unicodedata.category(sign) not in _UNKNOWN)):
        raise PydanticCustomError("invisible", "Nothing of the text can be seen.")
    return text


def _web_address(text: str) -> str:
    """The address in its normal form; only the web's own schemes, and no user name that could pass for a host."""
    try:
        url = _URL.validate_python(text)
    except ValidationError:
        raise PydanticCustomError("url", "The address is no http or https URL.") from None
    if url.username or url.password:
        raise PydanticCustomError("url_credentials", "The address holds a user name or a password.")
    return str(url)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_ZONES


def _time_zone(name: str) -> str:
    if name not in _time_zones():
        raise PydanticCustomError("time_zone", "There is no such time zone in the IANA database.")
    return name


Username = Annotated[Text, Field(min_length=1, max_length=constants.MAX_USERNAME + 1, examples=["ada"])]
# Longer than any that can be chosen: what is wrong about it is said by the rule for passwords.
Password = Annotated[Text, Field(min_length=1, max_length=1024, examples=["correct horse battery staple"])]
Email = auth_email_schemas.Email
Invitation = Annotated[Text, Field(min_length=1, max_length=64, examples=["7K3M-9QXD-0ABC-WXYZ"])]
DisplayName = Annotated[
    Text,
    AfterValidator(one_line),
    Field(min_length=1, max_length=constants.MAX_DISPLAY_NAME, examples=["Ada Lovelace"]),
]
Bio = Annotated[
    Text, AfterValidator(markup.clean), Field(max_length=constants.MAX_BIO, examples=["Writes about engines."])
]
LinkLabel = Annotated[
    Text, AfterValidator(one_line), Field(min_length=1, max_length=constants.MAX_LINK_LABEL, examples=["Notes"])
]
LinkUrl = Annotated[
    Text,
    Field(max_length=constants.MAX_LINK_URL),
    AfterValidator(_web_address),
    Field(max_length=constants.MAX_LINK_URL, examples=["https://example.org/"]),
]
Locale = Annotated[
    Text,
    Field(max_length=constants.MAX_LOCALE, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["en", "pt-BR"]),
]
TimeZone = Annotated[
    Text, Field(max_length=constants.MAX_TIME_ZONE), AfterValidator(_time_zone), Field(examples=["Europe/Lisbon"])
]
