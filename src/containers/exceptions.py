"""Why an archive is refused, all of them 422.

InvalidInput
└── ArchiveRefused
    ├── ArchiveUnreadable    ├── ArchiveFormatUnknown   ├── ArchiveCorrupt        ├── ArchiveEncrypted
    ├── ArchiveMethodUnknown ├── ArchiveTooManyEntries  ├── ArchiveTooLarge       ├── ArchiveFileTooLarge
    ├── ArchiveBomb          ├── ArchiveLink            ├── ArchiveDevice         ├── ArchiveUnsafePath
    └── ArchiveDuplicateEntry, ArchiveMalformedFile
"""

from enum import StrEnum
from typing import ClassVar

from src.containers.constants import ErrorCode
from src.exceptions import InvalidInput


class ArchiveRefused(InvalidInput):
    """Base of all: what makes this archive unfit to be read."""

    # Packages that know more of what an archive has to hold have reasons of their own.
    code: ClassVar[StrEnum] = ErrorCode.ARCHIVE_REFUSED
    detail = "The archive was refused."


class ArchiveUnreadable(ArchiveRefused):
    """There is no such file, it is no regular file, or it may not be read."""

    code = ErrorCode.ARCHIVE_UNREADABLE
    detail = "The archive is not a file that can be read."


class ArchiveFormatUnknown(ArchiveRefused):
    """The file's first bytes are those of no format that archives have."""

    code = ErrorCode.ARCHIVE_FORMAT_UNKNOWN
    detail = "The file is neither a zip nor a tar.gz nor a tar archive."


class ArchiveCorrupt(ArchiveRefused):
    """Something is cut off, or a checksum or a structure is wrong."""

    code = ErrorCode.ARCHIVE_CORRUPT
    detail = "The archive is damaged or cut off."


class ArchiveEncrypted(ArchiveRefused):
    """An entry is encrypted."""

    code = ErrorCode.ARCHIVE_ENCRYPTED
    detail = "The archive is encrypted."


class ArchiveMethodUnknown(ArchiveRefused):
    """An entry is compressed by something else than deflate."""

    code = ErrorCode.ARCHIVE_METHOD_UNKNOWN
    detail = "The archive is compressed in a way that is not read here."


class ArchiveTooManyEntries(ArchiveRefused):
    """More entries than any account's archive has."""

    code = ErrorCode.ARCHIVE_TOO_MANY_ENTRIES
    detail = "The archive has too many entries."


class ArchiveTooLarge(ArchiveRefused):
    """All files together are larger than any account's archive."""

    code = ErrorCode.ARCHIVE_TOO_LARGE
    detail = "The archive is too large when unpacked."


class ArchiveFileTooLarge(ArchiveRefused):
    """A file that would have to be read is larger than such files are."""

    code = ErrorCode.ARCHIVE_FILE_TOO_LARGE
    detail = "A file in the archive is too large."


class ArchiveBomb(ArchiveRefused):
    """It unpacks to far more than what real posts and pictures do."""

    code = ErrorCode.ARCHIVE_BOMB
    detail = "The archive unpacks to far more than it should."


class ArchiveLink(ArchiveRefused):
    """An entry is a symbolic or a hard link."""

    code = ErrorCode.ARCHIVE_LINK
    detail = "The archive holds a link."


class ArchiveDevice(ArchiveRefused):
    """An entry is a device, a pipe, or of a kind that archives of files do not have."""

    code = ErrorCode.ARCHIVE_DEVICE
    detail = "The archive holds something that is neither a file nor a folder."


class ArchiveUnsafePath(ArchiveRefused):
    """An entry's path is absolute, leaves its folder, or cannot be shown as it is."""

    code = ErrorCode.ARCHIVE_UNSAFE_PATH
    detail = "The archive holds a path that leads out of it or cannot be right."


class ArchiveDuplicateEntry(ArchiveRefused):
    """Two entries have one path, so which one counts would depend on the reader."""

    code = ErrorCode.ARCHIVE_DUPLICATE_ENTRY
    detail = "The archive holds the same path twice."


class ArchiveMalformedFile(ArchiveRefused):
    """A file that has to be read does not have the form that such files have."""

    code = ErrorCode.ARCHIVE_MALFORMED_FILE
    detail = "A file in the archive does not have the form that such files have."
