"""The words and numbers of archives and of leaving."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from src.feature import Permission as BasePermission
from src.feature import Role
from src.rate_limit import Policy


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    DELETION_NOT_ASKED = "deletion_not_asked"
    LAST_ADMIN = "last_admin"
    EXPORT_NOT_FOUND = "export_not_found"
    EXPORT_UNDER_WAY = "export_under_way"
    EXPORT_NOT_READY = "export_not_ready"
    IMPORT_KIND_UNKNOWN = "import_kind_unknown"
    IMPORT_UNDER_WAY = "import_under_way"
    IMPORT_EMPTY = "import_empty"
    IMPORT_GONE = "import_gone"
    ARCHIVE_STORAGE_FULL = "archive_storage_full"
    NOT_A_HEARTH_ARCHIVE = "not_a_hearth_archive"
    ARCHIVE_VERSION_UNKNOWN = "archive_version_unknown"


class Permission(BasePermission):
    """What the endpoints of this package ask for; exports ask for their owner's password."""

    IMPORT = "archives:import", Role.MEMBER


# How long one may change one's mind.
DELAY: Final = timedelta(days=7)
AT_ONCE: Final = 20

# An export reads, an import writes all that an account has.
EXPORTING: Final = Policy("export", 10, 3600)
IMPORTING: Final = Policy("import", 30, 3600)
# How long an export waits for its owner to fetch it.
EXPORT_KEPT: Final = timedelta(days=2)
# A file that no row names is one that is being written, until it is this old.
ORPHAN_AGE: Final = timedelta(days=1)
TIDY_SECONDS: Final = 300.0
EXPORT_TASK: Final = "archives.export"
IMPORT_TASK: Final = "archives.import"

# The kind of an export that is of the account itself.
ACCOUNT_KIND: Final = "account"
MANIFEST: Final = "hearth.json"
FORMAT: Final = "hearth-account"
VERSION: Final = 1
ROWS_AT_ONCE: Final = 500
RESTORED_AT_ONCE: Final = 200
