"""The words and numbers of notifications."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from src.feature import Permission as BasePermission
from src.feature import Role
from src.notifications.kinds import Kind


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    NOTIFICATION_NOT_FOUND = "notification_not_found"
    NOTIFICATION_KIND_UNKNOWN = "notification_kind_unknown"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "notifications:read", Role.MEMBER
    WRITE = "notifications:write", Role.MEMBER


# What own streams call a notification that has arrived.
ARRIVED: Final = "notification.new"


class Channel(StrEnum):
    """Where a notification may go; all others carry what the inbox holds."""

    INBOX = "inbox"
    MAIL = "mail"


class Frequency(StrEnum):
    """How often letters come."""

    OFF = "off"
    # One letter soon after what is urgent.
    IMMEDIATELY = "immediately"
    DAILY = "daily"
    WEEKLY = "weekly"


class Weekday(StrEnum):
    """The days of a week, in the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class State(StrEnum):
    """How a delivery stands."""

    QUEUED = "queued"
    SENT = "sent"
    # Its cause was gone, read or unwanted before it was sent.
    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given_up"


# News about people; the kinds of domains stand with them.
FOLLOW: Final = Kind("follow", grouped=True)
FOLLOW_REQUEST: Final = Kind("follow_request")
FOLLOW_ACCEPTED: Final = Kind("follow_accepted")
KINDS: Final = (FOLLOW, FOLLOW_REQUEST, FOLLOW_ACCEPTED)

MAX_KIND: Final = 40
MAX_KINDS: Final = 40
MAX_GROUP_KEY: Final = 100

# What one look counts. A badge says 99+; somebody who reads on gets all.
COUNTED: Final = 99
# The newest that are looked at for it, in an inbox or a group, should all of them be hidden.
LOOKED_AT: Final = 1_000
# People whom a group names.
NAMED: Final = 8

# In which a letter may still be spared: by reading, or by taking back what it would tell of.
MAIL_DELAY: Final = timedelta(minutes=1)
# Letters that come at once do not come more often.
MAIL_PAUSE: Final = timedelta(minutes=10)
# A digest ends so long before it is made: the clocks of processes may differ.
DIGEST_LAG: Final = timedelta(minutes=1)
DIGEST_GROUPS: Final = 20
DIGEST_HOUR: Final = 8

LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 6
FIRST_RETRY: Final = timedelta(seconds=30)
RETRY_FACTOR: Final = 4
# How long deliveries that are over keep a second one of the same key away.
DELIVERIES_KEPT: Final = timedelta(days=30)
# A delivery that is so late is a sign that nobody sends.
OVERDUE: Final = timedelta(hours=1)

BATCH: Final = 200
PLAN_SECONDS: Final = 60.0
SEND_SECONDS: Final = 15.0
TIDY_SECONDS: Final = 3_600.0
TIDY_BATCH: Final = 5_000
# An empty group younger than this may be about to be filled.
EMPTY_GROUP_KEPT: Final = timedelta(hours=1)
