"""The words and numbers of polls."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from src.feature import Permission as BasePermission
from src.feature import Role
from src.notifications import kinds as notifications_kinds


class PollKind(StrEnum):
    """What a ballot says."""

    # One option.
    SINGLE = "single"
    # Any number of options, in no order.
    MULTIPLE = "multiple"
    # Options in the order in which they are liked; decided by instant run-off.
    RANKED = "ranked"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    POLL_NOT_FOUND = "poll_not_found"
    POLL_NOT_YOURS = "poll_not_yours"
    VOTE_REFUSED = "poll_vote_refused"
    POLL_ENDED = "poll_ended"
    POLL_IS_ANONYMOUS = "poll_is_anonymous"
    POLL_RESULTS_HIDDEN = "poll_results_hidden"
    POLL_WORDS_UNFIT = "poll_words_unfit"
    BALLOT_UNFIT = "ballot_unfit"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "polls:read", Role.NOBODY
    WRITE = "polls:write", Role.MEMBER


# To those who have voted, of its owner; and to its owner, of nobody, unless they ended it themselves.
ENDED: Final = notifications_kinds.Kind("poll_ended", subject="poll")

MIN_OPTIONS: Final = 2
MAX_OPTIONS: Final = 12
MAX_QUESTION: Final = 300
MAX_OPTION: Final = 100
SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=366)

CLOSE_SECONDS: Final = 5.0
CLOSED_AT_ONCE: Final = 50
TOLD_AT_ONCE: Final = 1_000
