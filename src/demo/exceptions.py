"""What can go wrong with the demo.

Conflict ── ServerHasPeople
"""

from src.demo.constants import ErrorCode
from src.exceptions import Conflict


class ServerHasPeople(Conflict):
    """Somebody lives here already, whose timelines would fill with strangers."""

    code = ErrorCode.SERVER_HAS_PEOPLE
    detail = "This server has people already."
