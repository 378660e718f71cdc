"""The words of chats: their kinds, what may go wrong, what one may be permitted, how much is taken."""

from enum import IntEnum, StrEnum

from src.feature import Permission as BasePermission
from src.feature import Role
from src.rate_limit import Policy


class ChatKind(IntEnum):
    """What a chat is, as stored."""

    # Two people (or one, with themselves), for good.
    DIRECT = 1
    GROUP = 2
    # Like a group; public ones are found and joined by everybody.
    CHANNEL = 3


class ChatKindName(StrEnum):
    """The same as clients write it."""

    DIRECT = "direct"
    GROUP = "group"
    CHANNEL = "channel"


class Level(IntEnum):
    """Of which messages a member is told, as stored."""

    ALL = 1
    MENTIONS = 2
    NOTHING = 3


class LevelName(StrEnum):
    """The same as clients write it."""

    ALL = "all"
    MENTIONS = "mentions"
    NOTHING = "nothing"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    CHAT_NOT_FOUND = "chat_not_found"
    CHAT_NOT_YOURS = "chat_not_yours"
    CHAT_IS_DIRECT = "chat_is_direct"
    CHAT_PARTNER_UNAVAILABLE = "chat_partner_unavailable"
    CHAT_IS_READ_ONLY = "chat_is_read_only"
    CHAT_IS_SLOW = "chat_is_slow"
    CHAT_IS_NO_CHANNEL = "chat_is_no_channel"
    CHAT_PICTURE_UNFIT = "chat_picture_unfit"
    MESSAGE_NOT_FOUND = "message_not_found"
    MESSAGE_NOT_YOURS = "message_not_yours"
    MESSAGE_EMPTY = "message_empty"
    MESSAGE_CHANGED = "message_changed"
    MESSAGE_DIFFERS = "message_differs"
    REPLY_TARGET_NOT_FOUND = "message_reply_target_not_found"
    THREAD_NOT_FOUND = "message_thread_not_found"
    FORWARD_NOT_FOUND = "message_forward_not_found"
    ONE_DIRECTION = "history_one_direction"
    TOO_MANY_REACTIONS = "message_too_many_reactions"
    TOO_MANY_PINS = "chat_too_many_pins"
    HOOK_NOT_FOUND = "chat_hook_not_found"
    HOOK_NOT_VALID = "chat_hook_not_valid"
    TOO_MANY_HOOKS = "chat_too_many_hooks"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "chats:read", Role.MEMBER
    WRITE = "chats:write", Role.MEMBER
    MODERATE = "chats:moderate", Role.MODERATOR


# The kind of group that a chat is, and of thing that media and polls hang on.
GROUP_KIND = "chat"
MEDIA_KIND = "message"
PICTURE_KIND = "chat_picture"
# The kind of an archive of a chat.
EXPORT_KIND = "chat"
# The beginning of the name of a chat's stream of events.
STREAM = "chat"

MAX_NAME = 100
MAX_TOPIC = 500
# Whom somebody brings along when founding a chat.
MAX_FOUNDERS = 200
MAX_TEXT = 10_000
MAX_MEDIA = 10
MAX_MENTIONS = 50
MAX_EMOJI = 32
# Of different emojis on one message.
MAX_REACTIONS = 20
MAX_PINS = 50
# Of one chat at a time, and what a program may send through one at once.
MAX_HOOKS = 10
MAX_HOOK_BODY = 64 * 1024
MAX_HOOK_PARTS = 20
# As many as Slack takes.
MAX_HOOK_BLOCKS = 50
# Runs of one style in a paragraph, items in a list.
MAX_HOOK_RUNS = 1000
MAX_HOOK_CODE = 64
HOOKS_PATH = "/v1/chat-hooks"
# Messages of one hook; what one address sends to all of them, which also bounds guesses at their codes.
HOOKING = Policy("chat-hook", 60, 60)
HOOK_ADDRESSES = Policy("chat-hook-address", 300, 60)
MAKING_HOOKS = Policy("chat-hooks", 20, 3600)
MAX_SLOW_MODE_SECONDS = 3600
MAX_RETENTION_DAYS = 3650
# Messages of a page of history, when the client does not say.
DEFAULT_HISTORY = 50
# Whoever reads in chats of no more members than this is told of who has read what.
MAX_RECEIPT_MEMBERS = 100
