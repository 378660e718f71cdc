"""The words and numbers of leaving."""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    DELETION_NOT_ASKED = "deletion_not_asked"
    LAST_ADMIN = "last_admin"


# How long one may change one's mind.
DELAY: Final = timedelta(days=7)
AT_ONCE: Final = 20
