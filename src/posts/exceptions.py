"""What can go wrong with posts.

NotFound ── PostNotFound        NotPermitted ── PostNotYours, QuoteNotPermitted        Conflict ── PostChanged
InvalidInput ── PostEmpty, PostTooLong, PostTooLarge, NobodyMentioned, ReplyTargetNotFound, QuoteTargetNotFound,
                PollWithMedia, GroupAndVisibilityDiffer, ReplyLeavesGroup
"""

from src.exceptions import Conflict, InvalidInput, NotFound, NotPermitted
from src.posts.constants import ErrorCode


class PostNotFound(NotFound):
    """It does not exist, or the caller may not see it."""

    code = ErrorCode.POST_NOT_FOUND
    detail = "There is no such post."


class PostNotYours(NotPermitted):
    """Only its author may change a post."""

    code = ErrorCode.POST_NOT_YOURS
    detail = "This post is somebody else's."


class PostEmpty(InvalidInput):
    """Nothing that can be seen."""

    code = ErrorCode.POST_EMPTY
    detail = "A post needs a text or media."


class PostTooLong(InvalidInput):
    """More characters than this server accepts."""

    code = ErrorCode.POST_TOO_LONG
    detail = "The post is longer than this server accepts."


class PostTooLarge(InvalidInput):
    """Few enough characters as people count them, but made of too many code points: of marks, or in addresses."""

    code = ErrorCode.POST_TOO_LARGE
    detail = "The post has more combining marks or longer addresses than this server accepts."


class PostChanged(Conflict):
    """An edit names a version that is no longer the newest."""

    code = ErrorCode.POST_CHANGED
    detail = "The post was changed in the meantime; read it again."


class ReplyTargetNotFound(InvalidInput):
    """The post to answer does not exist for the caller."""

    code = ErrorCode.REPLY_TARGET_NOT_FOUND
    detail = "The post to reply to does not exist."


class QuoteTargetNotFound(InvalidInput):
    """The post to quote does not exist for the caller."""

    code = ErrorCode.QUOTE_TARGET_NOT_FOUND
    detail = "The post to quote does not exist."


class QuoteNotPermitted(NotPermitted):
    """Only public posts may be carried on to others."""

    code = ErrorCode.QUOTE_NOT_PERMITTED
    detail = "Only public posts can be quoted."


class NobodyMentioned(InvalidInput):
    """A post for the mentioned alone that mentions nobody."""

    code = ErrorCode.NOBODY_MENTIONED
    detail = "A post for the people it mentions has to mention somebody."


class GroupAndVisibilityDiffer(InvalidInput):
    """A post for a group that names none, or another post that names one."""

    code = ErrorCode.GROUP_AND_VISIBILITY_DIFFER
    detail = "A post for a group has to say which, and no other post does."


class ReplyLeavesGroup(InvalidInput):
    """An answer to a post in a group for anybody else."""

    code = ErrorCode.REPLY_LEAVES_GROUP
    detail = "An answer to a post in a group is for the same group."


class PollWithMedia(InvalidInput):
    """A poll and media on one post."""

    code = ErrorCode.POLL_WITH_MEDIA
    detail = "A post has either a poll or media."
