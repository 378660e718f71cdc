"""What can go wrong with notifications.

NotFound ── NotificationNotFound      InvalidInput ── NotificationKindUnknown
"""

from src.exceptions import FieldError, InvalidInput, NotFound
from src.notifications.constants import ErrorCode


class NotificationNotFound(NotFound):
    """It does not exist any more, or lies in somebody else's inbox."""

    code = ErrorCode.NOTIFICATION_NOT_FOUND
    detail = "There is no such notification in your inbox."


class NotificationKindUnknown(InvalidInput):
    """No part of this server makes notifications of such a kind."""

    code = ErrorCode.NOTIFICATION_KIND_UNKNOWN
    detail = "There is no such kind of notification."

    def __init__(self, *loc: str | int) -> None:
        super().__init__(errors=[FieldError(loc=list(loc), code=str(self.code), message=self.detail)])
