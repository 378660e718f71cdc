"""The stable codes of what is wrong with an archive."""

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
    ARCHIVE_MALFORMED_FILE = "archive_malformed_file"
