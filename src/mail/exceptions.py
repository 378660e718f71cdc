"""What this package raises.

Unavailable (503)             ValueError, for the operator: UnusableServer
└── MailNotConfigured
"""

from src.exceptions import Unavailable
from src.mail.constants import ErrorCode

_RETRY_AFTER_SECONDS = 3600


class MailNotConfigured(Unavailable):
    """What was asked for needs a letter, and this server has no way to send one."""

    code = ErrorCode.MAIL_NOT_CONFIGURED
    detail = "This server sends no mail; ask whoever runs it."
    retryable = False

    def __init__(self) -> None:
        super().__init__(retry_after=_RETRY_AFTER_SECONDS)


class UnusableServer(ValueError):
    """SMTP_URL cannot be used; the text says why, without repeating it."""
