"""The words and numbers of mail."""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Codes of this package's errors."""

    MAIL_NOT_CONFIGURED = "mail_not_configured"


class Outcome(StrEnum):
    """How a letter ended."""

    SENT = "sent"
    # The server will never take it: no such mailbox, or no address at all.
    REFUSED = "refused"
    # Nobody took it for a day.
    EXPIRED = "expired"


LOCALES: Final = ("en", "ru")

# What is a day late says nothing true any more: its links have ended.
GIVEN_UP_AFTER: Final = timedelta(days=1)
# How long the key of a letter that is over keeps a second one away.
KEPT: Final = timedelta(days=30)

BATCH: Final = 20
# For each command; a server that greylists or scans answers late.
COMMAND_SECONDS: Final = 20.0
# As long as a letter of a killed sender waits for another one, and longer than one letter can take.
LEASE: Final = timedelta(minutes=3)
LONGEST_LETTER: Final = timedelta(seconds=5 * COMMAND_SECONDS)
FIRST_RETRY_SECONDS: Final = 15.0
LONGEST_RETRY_SECONDS: Final = 3600.0

# Of a letter's value: the address that ends further letters of its kind at a click.
UNSUBSCRIBE: Final = "unsubscribe_url"
