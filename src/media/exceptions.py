"""What can go wrong with media.

NotFound ── MediaNotFound       Conflict ── MediaAttached, MediaTaken, DirectUnavailable
Unavailable ── StoreUnavailable         InvalidInput ── FileMissing, MediaFailed, MediaUnknown
MediaTooLarge (413)     MediaTypeRefused, ToolsMissing (415)    RangeNotSatisfiable (416)
InsufficientStorage (507) ── QuotaExceeded, StorageFull                    TooManyRequests ── TooManyUploads
"""

from http import HTTPStatus

from src.exceptions import Conflict, HearthError, InvalidInput, NotFound, TooManyRequests, Unavailable
from src.media.constants import BUSY_SECONDS, ErrorCode


class MediaNotFound(NotFound):
    """It does not exist, or the caller may not see what it hangs on."""

    code = ErrorCode.MEDIA_NOT_FOUND
    detail = "There is no such media item."


class MediaAttached(Conflict):
    """It hangs on something, and goes with it."""

    code = ErrorCode.MEDIA_ATTACHED
    detail = "The media item is in use; take it out there first."


class MediaTaken(Conflict):
    """It hangs on something else already."""

    code = ErrorCode.MEDIA_TAKEN
    detail = "A media item can be used once only."


class DirectUnavailable(Conflict):
    """Files are kept by this server itself."""

    code = ErrorCode.MEDIA_DIRECT_UNAVAILABLE
    detail = "This server keeps files itself: send them to `POST /v1/media`."


class StoreUnavailable(Unavailable):
    """The disk or the service that holds the files does not do what it should."""

    code = ErrorCode.MEDIA_STORE_UNAVAILABLE
    detail = "The file store does not answer; try again."


class FileMissing(InvalidInput):
    """The form has no file, or an empty one."""

    code = ErrorCode.MEDIA_FILE_MISSING
    detail = "The form needs a file, in a part named `file`."


class MediaUnknown(InvalidInput):
    """What shall hang on something is not there, is somebody else's, or is named twice."""

    code = ErrorCode.MEDIA_UNKNOWN
    detail = "One of the media items is not yours, or is named twice, or is gone."


class MediaFailed(InvalidInput):
    """The upload turned out to be unusable."""

    code = ErrorCode.MEDIA_FAILED
    detail = "The media item could not be processed; upload it again."


class MediaTooLarge(HearthError):
    """More bytes than a file of its kind may have."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = ErrorCode.MEDIA_TOO_LARGE
    detail = "The file is larger than this server takes for its kind."


class MediaTypeRefused(HearthError):
    """By its content it is none of what is taken, whatever it is called."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = ErrorCode.MEDIA_TYPE_REFUSED
    detail = "Taken are JPEG, PNG, WebP, GIF and AVIF, MP4 and WebM, MP3, OGG, FLAC, WAV and M4A."


class ToolsMissing(HearthError):
    """A film or a sound, and this server has no ffmpeg."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = ErrorCode.MEDIA_TOOLS_MISSING
    detail = "This server takes pictures only: for films and sounds, ffmpeg has to be installed on it."


class InsufficientStorage(HearthError):
    """There is no room (RFC 4331 uses 507 for quotas too)."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = ErrorCode.MEDIA_STORAGE_FULL
    detail = "The server has no room for more files."


class QuotaExceeded(InsufficientStorage):
    """The person's own share is used up."""

    code = ErrorCode.MEDIA_QUOTA_EXCEEDED
    detail = "Your share of this server's storage is used up; delete something first."


class StorageFull(InsufficientStorage):
    """The server's share, or the disk, is used up."""


class TooManyUploads(TooManyRequests):
    """So many of one's items wait to be processed that others would wait behind them."""

    code = ErrorCode.MEDIA_TOO_MANY
    detail = "Your earlier uploads are still being processed; go on in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=BUSY_SECONDS)


class RangeNotSatisfiable(HearthError):
    """The range lies behind the end of the file."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = ErrorCode.RANGE_NOT_SATISFIABLE
    detail = "The file ends before this range."

    def __init__(self, size: int = 0) -> None:
        """Takes the size of the file in bytes."""
        super().__init__(headers={"Content-Range": f"bytes */{size}"})
