"""What can go wrong with bots.

NotFound ── BotNotFound
Conflict ── TooManyBots
"""

from src.bots.constants import ErrorCode
from src.exceptions import Conflict, NotFound


class BotNotFound(NotFound):
    """It does not exist, is somebody else's, or is suspended where it would have to act."""

    code = ErrorCode.BOT_NOT_FOUND
    detail = "There is no such bot of yours."


class TooManyBots(Conflict):
    """Old ones have to be deleted first."""

    code = ErrorCode.TOO_MANY_BOTS
    detail = "You have as many bots as this server allows."
