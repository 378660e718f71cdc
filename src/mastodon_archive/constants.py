"""The stable codes of this package's errors and the names of what it reads in an archive."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Codes of this package's errors."""

    ARCHIVE_REFUSED = "archive_refused"
    ARCHIVE_UNREADABLE = "archive_unreadable"
    ARCHIVE_FORMAT_UNKNOWN = "archive_format_unknown"
    ARCHIVE_CORRUPT = "archive_corrupt"
    ARCHIVE_ENCRYPTED = "archive_encrypted"
    ARCHIVE_METHOD_UNKNOWN = "archive_method_unknown"
    ARCHIVE_TOO_MANY_ENTRIES = "archive_too_many_entries"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    ARCHIVE_FILE_TOO_LARGE = "archive_file_too_large"
    ARCHIVE_BOMB = "archive_bomb"
    ARCHIVE_LINK = "archive_link"
    ARCHIVE_DEVICE = "archive_device"
    ARCHIVE_UNSAFE_PATH = "archive_unsafe_path"
    ARCHIVE_DUPLICATE_ENTRY = "archive_duplicate_entry"
    NOT_A_MASTODON_ARCHIVE = "not_a_mastodon_archive"
    ARCHIVE_MALFORMED_FILE = "archive_malformed_file"


ACTOR = "actor.json"
OUTBOX = "outbox.json"
LIKES = "likes.json"
BOOKMARKS = "bookmarks.json"
# Mastodon offers these beside the archive; people put them into it.
FOLLOWS = "following_accounts.csv"
MUTES = "muted_accounts.csv"
BLOCKS = "blocked_accounts.csv"
BOOKMARKS_LIST = "bookmarks.csv"

# What is small enough to be held in memory while an archive is open; the outbox is read piece by piece.
SMALL_FILES = frozenset({ACTOR, LIKES, BOOKMARKS, FOLLOWS, MUTES, BLOCKS, BOOKMARKS_LIST})
