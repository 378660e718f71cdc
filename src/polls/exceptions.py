"""What can go wrong with polls.

NotFound ── PollNotFound                               Conflict ── PollEnded
NotPermitted ── PollNotYours, VoteRefused, PollIsAnonymous, PollResultsHidden
InvalidInput ── PollWordsUnfit, BallotUnfit
"""

from src.exceptions import Conflict, InvalidInput, NotFound, NotPermitted
from src.polls.constants import ErrorCode


class PollNotFound(NotFound):
    """It does not exist, or the caller may not see what it belongs to."""

    code = ErrorCode.POLL_NOT_FOUND
    detail = "There is no such poll."


class PollNotYours(NotPermitted):
    """Only its owner may end a poll."""

    code = ErrorCode.POLL_NOT_YOURS
    detail = "This poll is somebody else's."


class VoteRefused(NotPermitted):
    """The caller sees the poll, but may not take part where it is."""

    code = ErrorCode.VOTE_REFUSED
    detail = "You may not vote in this poll."


class PollEnded(Conflict):
    """Nobody can vote, or take a vote back, any more."""

    code = ErrorCode.POLL_ENDED
    detail = "The poll has ended."


class PollIsAnonymous(NotPermitted):
    """Nobody learns who has voted."""

    code = ErrorCode.POLL_IS_ANONYMOUS
    detail = "Who has voted in this poll is nobody's business."


class PollResultsHidden(NotPermitted):
    """The poll shows no results before its end, and who has voted for what would be some."""

    code = ErrorCode.POLL_RESULTS_HIDDEN
    detail = "The poll shows its results when it has ended."


class PollWordsUnfit(InvalidInput):
    """An option or the question is blank, or two options are the same."""

    code = ErrorCode.POLL_WORDS_UNFIT
    detail = "A poll needs options that can be seen and told from each other, and no blank question."


class BallotUnfit(InvalidInput):
    """The ballot chooses what there is not, something twice, or more than one where one is to be chosen."""

    code = ErrorCode.BALLOT_UNFIT
    detail = "The ballot does not fit this poll."
