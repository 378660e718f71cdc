"""What can go wrong with events where a person has asked for something."""

from src.events.constants import ErrorCode
from src.exceptions import Conflict, NotFound


class DeadLetterNotFound(NotFound):
    """There is no such dead letter, or somebody replays it right now."""

    code = ErrorCode.DEAD_LETTER_NOT_FOUND
    detail = "There is no such dead letter."


class DeadLetterUnclaimed(Conflict):
    """The package that the letter was for no longer listens to such events."""

    code = ErrorCode.DEAD_LETTER_UNCLAIMED
    detail = "No handler of this server is waiting for this event."


class UndecodableEvent(Exception):
    """A stored event does not fit its class any more; to try again would not help."""
