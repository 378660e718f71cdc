"""What this package raises.

NotFound (404) ── DeletionNotAsked, ExportNotFound
Conflict (409) ── LastAdmin, ExportUnderWay, ExportNotReady, ImportUnderWay
InvalidInput (422) ── ImportKindUnknown, ImportEmpty, ImportGone
                   ── containers_exceptions.ArchiveRefused ── NotHearthArchive, ArchiveVersionUnknown
ArchiveStorageFull (507)
"""

from http import HTTPStatus

from src.archives.constants import ErrorCode
from src.containers import exceptions as containers_exceptions
from src.exceptions import Conflict, HearthError, InvalidInput, NotFound


class DeletionNotAsked(NotFound):
    """Nobody has asked to delete the caller's account, or it has begun."""

    code = ErrorCode.DELETION_NOT_ASKED
    detail = "Your account is not about to be deleted."


class LastAdmin(Conflict):
    """Without the caller nobody could administer the server."""

    code = ErrorCode.LAST_ADMIN
    detail = "You are the last admin; make somebody else one first."


class ExportNotFound(NotFound):
    """It does not exist, has expired, or is somebody else's."""

    code = ErrorCode.EXPORT_NOT_FOUND
    detail = "There is no such export."


class ExportUnderWay(Conflict):
    """The account has one that is not made yet."""

    code = ErrorCode.EXPORT_UNDER_WAY
    detail = "An export of your account is being made already."


class ExportNotReady(Conflict):
    """It is still being made."""

    code = ErrorCode.EXPORT_NOT_READY
    detail = "The export is not made yet."


class ImportKindUnknown(InvalidInput):
    """No package brings files of this kind along."""

    code = ErrorCode.IMPORT_KIND_UNKNOWN
    detail = "There is no such kind of import."


class ImportUnderWay(Conflict):
    """The account has one that has not ended."""

    code = ErrorCode.IMPORT_UNDER_WAY
    detail = "An import into your account is under way already."


class ImportEmpty(InvalidInput):
    """Nothing was sent."""

    code = ErrorCode.IMPORT_EMPTY
    detail = "The file is empty."


class ImportGone(InvalidInput):
    """What was sent is not there any more."""

    code = ErrorCode.IMPORT_GONE
    detail = "The file that was to be imported is gone; send it again."


class NotHearthArchive(containers_exceptions.ArchiveRefused):
    """It has no manifest of ours."""

    code = ErrorCode.NOT_A_HEARTH_ARCHIVE
    detail = "The archive is no export of a Hearth account."


class ArchiveVersionUnknown(containers_exceptions.ArchiveRefused):
    """A later Hearth has made it."""

    code = ErrorCode.ARCHIVE_VERSION_UNKNOWN
    detail = "The archive was made by a later version of Hearth."


class ArchiveStorageFull(HearthError):
    """There is no room on the disk (RFC 4331 has this status)."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = ErrorCode.ARCHIVE_STORAGE_FULL
    detail = "The server has no room for this archive."
