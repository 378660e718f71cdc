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


class VisibilityName(StrEnum):
    """The same as clients write it."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"


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

# The languages whose forms of words PostgreSQL knows, by the first part of a language tag.
TEXT_CONFIGURATIONS = {
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
MAX_SEARCHED = 100_000

DOCUMENTS_BATCH = 500
DOCUMENTS_SECONDS = 10
# Of documents so many of the newest are compared with their posts by `hearth doctor`.
DOCUMENTS_CHECKED = 5_000
HASHTAG_USES_LOOKED_THROUGH = 5_000

# What media hang on, and how many on each.
MEDIA_KIND = "post"
MAX_MEDIA = 4
MAX_TEXT_CODE_POINTS = 20_000
# A character as people count them may be made of any number of code points; a family of four has seven.
CODE_POINTS_PER_CHARACTER = 10
MAX_CONTENT_WARNING = 200
MAX_LANGUAGE = 35
MAX_EXCERPT = 140
MAX_MENTIONS = 50
MAX_HASHTAGS = 50
