"""What can go wrong with the demo.

Conflict ── ServerHasPeople        InvalidInput ── TooManyPeople
"""

from src.demo.constants import ErrorCode
from src.exceptions import Conflict, InvalidInput


class ServerHasPeople(Conflict):
    """Somebody lives here already, whose timelines would fill with strangers."""

    code = ErrorCode.SERVER_HAS_PEOPLE
    detail = "This server has people already."


class TooManyPeople(InvalidInput):
    """There are not so many names."""

    code = ErrorCode.TOO_MANY_PEOPLE
    detail = "There are not enough names for so many people."
