"""The words and numbers of search."""

from enum import StrEnum
from typing import Final

from src.feature import Permission as BasePermission
from src.feature import Role
from src.rate_limit import Policy


class Permission(BasePermission):
    """What the endpoint of this package asks for."""

    READ = "search:read", Role.NOBODY


class Place(StrEnum):
    """Where posts are looked for: `in:…`."""

    ME = "me"
    HOME = "home"
    BOOKMARKS = "bookmarks"
    LIKES = "likes"


MAX_QUERY: Final = 300
MAX_TERMS: Final = 20
MAX_KIND: Final = 20
# A name as it is typed, cut to what a name can have.
MAX_NAME: Final = 50
# A shorter name is found by its beginning alone: with one letter wrong nothing of it would be left.
FEWEST_FOR_A_MISTAKE: Final = 4
# Somebody who types and sees what there is with every letter.
SEARCHING: Final = Policy("search", 120, 60)
# The languages whose forms of words PostgreSQL knows, by the first part of a language tag.
TEXT_CONFIGURATIONS: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
# Of a longer text this much is searched.
MAX_SEARCHED: Final = 100_000
# Texts that came without their documents get them soon, so many by one statement.
DOCUMENTS_BATCH: Final = 500
DOCUMENTS_SECONDS: Final = 10
