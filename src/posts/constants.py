"""The words of posts: who may see one, what may go wrong, what one may be permitted."""

from enum import IntEnum, StrEnum

from src.feature import Permission as BasePermission
from src.feature import Role
from src.notifications import kinds as notifications_kinds


class Visibility(IntEnum):
    """Who may see a post, as stored. Blocks and private profiles narrow each of them."""

    PUBLIC = 1
    FOLLOWERS = 2
    MENTIONED = 3
    # The members of `posts.group_id`, whoever they are when it is read.
    GROUP = 4


class VisibilityName(StrEnum):
    """The same as clients write it."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    GROUP = "group"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    POST_NOT_FOUND = "post_not_found"
    POST_NOT_YOURS = "post_not_yours"
    POST_EMPTY = "post_empty"
    POST_TOO_LONG = "post_too_long"
    POST_TOO_LARGE = "post_too_large"
    POST_CHANGED = "post_changed"
    REPLY_TARGET_NOT_FOUND = "reply_target_not_found"
    QUOTE_TARGET_NOT_FOUND = "quote_target_not_found"
    QUOTE_NOT_PERMITTED = "quote_not_permitted"
    NOBODY_MENTIONED = "nobody_mentioned"
    GROUP_AND_VISIBILITY_DIFFER = "group_and_visibility_differ"
    REPLY_LEAVES_GROUP = "reply_leaves_group"
    POLL_WITH_MEDIA = "poll_with_media"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "posts:read", Role.NOBODY
    WRITE = "posts:write", Role.MEMBER
    MODERATE = "posts:moderate", Role.MODERATOR


# About which post of whom: a person gets one of them for a post, the first that fits.
REPLY = notifications_kinds.Kind("reply", subject="post", urgent=True)
QUOTE = notifications_kinds.Kind("quote", subject="post")
MENTION = notifications_kinds.Kind("mention", subject="post", urgent=True)
NOTIFICATION_KINDS = (REPLY, QUOTE, MENTION)

# Of documents so many of the newest are compared with their posts by `hearth doctor`.
DOCUMENTS_CHECKED = 5_000
HASHTAG_USES_LOOKED_THROUGH = 5_000

# Of a group that is over so many posts get another audience in one transaction.
LET_GO_AT_ONCE = 200

# What media hang on, and how many on each.
MEDIA_KIND = "post"
MAX_MEDIA = 4
# What a poll belongs to.
POLL_KIND = "post"
MAX_TEXT_CODE_POINTS = 20_000
# A character as people count them may be made of any number of code points; a family of four has seven.
CODE_POINTS_PER_CHARACTER = 10
MAX_CONTENT_WARNING = 200
MAX_LANGUAGE = 35
MAX_EXCERPT = 140
MAX_MENTIONS = 50
MAX_HASHTAGS = 50
