"""What this package raises.

NotFound (404) ── DeletionNotAsked      Conflict (409) ── LastAdmin
"""

from src.archives.constants import ErrorCode
from src.exceptions import Conflict, NotFound


class DeletionNotAsked(NotFound):
    """Nobody has asked to delete the caller's account, or it has begun."""

    code = ErrorCode.DELETION_NOT_ASKED
    detail = "Your account is not about to be deleted."


class LastAdmin(Conflict):
    """Without the caller nobody could administer the server."""

    code = ErrorCode.LAST_ADMIN
    detail = "You are the last admin; make somebody else one first."
