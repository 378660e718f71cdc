"""The words and numbers of media: where files are kept, what may go wrong, what one may be permitted."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from src.feature import Permission as BasePermission
from src.feature import Role
from src.rate_limit import Policy


class StoreName(StrEnum):
    """Where files are kept."""

    DIRECTORY = "directory"
    S3 = "s3"


class Delivery(StrEnum):
    """How files in S3 get to people."""

    # Through Hearth: S3 need not be reachable for them, and every answer has our headers.
    PROXY = "proxy"
    # By an address that is good for a few minutes: the bytes do not pass Hearth.
    REDIRECT = "redirect"


class State(StrEnum):
    """Where an item stands."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    MEDIA_NOT_FOUND = "media_not_found"
    MEDIA_UNKNOWN = "media_unknown"
    MEDIA_TYPE_REFUSED = "media_type_refused"
    MEDIA_TOOLS_MISSING = "media_tools_missing"
    MEDIA_TOO_LARGE = "media_too_large"
    MEDIA_TOO_MANY = "media_too_many"
    MEDIA_FILE_MISSING = "media_file_missing"
    MEDIA_QUOTA_EXCEEDED = "media_quota_exceeded"
    MEDIA_STORAGE_FULL = "media_storage_full"
    MEDIA_STORE_UNAVAILABLE = "media_store_unavailable"
    MEDIA_ATTACHED = "media_attached"
    MEDIA_TAKEN = "media_taken"
    MEDIA_FAILED = "media_failed"
    MEDIA_DIRECT_UNAVAILABLE = "media_direct_unavailable"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "media:read", Role.NOBODY
    # One's own items that hang on nothing yet.
    LIST = "media:list", Role.MEMBER
    WRITE = "media:write", Role.MEMBER


MEBIBYTE: Final = 1024 * 1024
# Items of one person that may wait to be processed: a small file can cost seconds, and others wait behind it.
MAX_PROCESSING: Final = 20
BUSY_SECONDS: Final = 5
MAX_ALT_TEXT: Final = 5_000
# What a form may hold besides its file, and of what a multipart body is made around it.
MAX_FORM_BYTES: Final = 64 * 1024
MAX_FORM_PARTS: Final = 10
# What one hand-over between the event loop and a thread carries.
CHUNK_BYTES: Final = 512 * 1024
# Each file is processed by a core for a second or so.
UPLOADING: Final = Policy("upload", 120, 60)
# Threads that wait for the disk at the same time.
DISK_AT_ONCE: Final = 16
# A file without a row is an upload that is under way, until it is this old; and an item that hangs on nothing is kept
# for its owner to attach for as long.
ORPHAN_AGE: Final = timedelta(days=1)
SWEPT_AT_ONCE: Final = 500
SWEEP_SECONDS: Final = 6 * 3_600.0
TIDY_SECONDS: Final = 60.0
LINK_SECONDS: Final = 300
# How long a form is good that sends a file straight to S3.
DIRECT_SECONDS: Final = 3_600
# A year, the longest that caches heed (RFC 9111, 5.2.2.1 leaves it open; RFC 2616 said a year).
CACHE_SECONDS: Final = 31_536_000
# The same for shared caches (RFC 9111, 5.2.2.10), of what everybody may see.
SHARED_SECONDS: Final = 3_600
STORES_RESOURCE: Final = "media_stores"
PROCESS_TASK: Final = "media.process"
DISCARD_TASK: Final = "media.discard"
SWEEP_TASK: Final = "media.sweep"
