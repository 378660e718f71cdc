"""The words and the measures of the demo."""

from datetime import timedelta
from enum import StrEnum


class ErrorCode(StrEnum):
    """Codes of this package's errors."""

    SERVER_HAS_PEOPLE = "server_has_people"


class Step(StrEnum):
    """What is made, in this order."""

    PEOPLE = "people"
    RELATIONS = "relations"
    POSTS = "posts"
    REACTIONS = "reactions"
    HOMES = "homes"
    CHATS = "chats"


DEFAULT_PEOPLE = 200
MIN_PEOPLE = 2
MAX_PEOPLE = 1_000
# How far back it all began.
HISTORY = timedelta(days=180)
