"""The stable codes of this package's errors and the names of what it reads in an archive."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Codes of this package's errors."""

    NOT_A_MASTODON_ARCHIVE = "not_a_mastodon_archive"


# What the ledger's index takes, with room for what stands beside it (a third of a page: 2,704 bytes).
MAX_URI_BYTES = 2_500

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
