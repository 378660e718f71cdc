"""What the rest of Hearth may know of accounts by name: roles, permissions, codes and the numbers of the rules."""

from datetime import timedelta
from enum import StrEnum
from typing import Self

from src import feature


class ErrorCode(StrEnum):
    """Codes of this package's errors."""

    INVALID_TOKEN = "invalid_token"  # noqa: S105  a code, no secret
    PASSWORDS_BUSY = "passwords_busy"
    WRONG_CREDENTIALS = "wrong_credentials"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    ACCOUNT_SUSPENDED = "account_suspended"
    PASSWORD_REFUSED = "password_refused"  # noqa: S105  a code, no secret
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  a code, no secret
    USERNAME_TAKEN = "username_taken"
    USERNAME_REFUSED = "username_refused"
    EMAIL_TAKEN = "email_taken"
    ACCOUNT_NOT_FOUND = "account_not_found"
    OWN_ACCOUNT = "own_account"
    ACCOUNT_IS_BOT = "account_is_bot"
    SESSION_NOT_FOUND = "session_not_found"
    API_KEY_NOT_FOUND = "api_key_not_found"
    SCOPES_REFUSED = "scopes_refused"
    TOO_MANY_API_KEYS = "too_many_api_keys"
    API_KEY_ALREADY_OVER = "api_key_already_over"
    INVITATION_NOT_FOUND = "invitation_not_found"
    INVITATION_NOT_VALID = "invitation_not_valid"
    INVITATION_REQUIRED = "invitation_required"
    REGISTRATION_CLOSED = "registration_closed"
    TOO_MANY_INVITATIONS = "too_many_invitations"
    REAUTHENTICATION_REQUIRED = "reauthentication_required"
    LINK_NOT_VALID = "link_not_valid"
    NOTHING_TO_CONFIRM = "nothing_to_confirm"
    TOO_MANY_LETTERS = "too_many_letters"
    SECOND_FACTOR_REQUIRED = "second_factor_required"
    CHALLENGE_NOT_VALID = "challenge_not_valid"
    WRONG_SECOND_FACTOR = "wrong_second_factor"
    RECOVERY_CODE_REQUIRED = "recovery_code_required"
    WRONG_CODE = "wrong_code"
    SECOND_FACTOR_IS_ON = "second_factor_is_on"
    SECOND_FACTOR_NOT_BEGUN = "second_factor_not_begun"
    SECOND_FACTOR_NEEDED = "second_factor_needed"


class Permission(feature.Permission):
    """What one may do with accounts."""

    # Open on purpose, also where strangers may read nothing; the route does not look at credentials at all.
    OPEN = "auth:open", feature.Role.NOBODY, False
    READ = "auth:read", feature.Role.MEMBER
    # One's own sessions, keys and password: never for a key, or a leaked one could make itself at home.
    SECURITY = "auth:security", feature.Role.MEMBER, False
    INVITE = "auth:invite", feature.Role.MODERATOR
    ADMINISTER = "auth:administer", feature.Role.ADMIN


class Role(StrEnum):
    """What an account may do beyond its own things, from least to most: the words of tokens and of the API."""

    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"

    @property
    def rank(self) -> feature.Role:
        """The role as code compares it."""
        return _RANKS[self]

    @classmethod
    def of(cls, rank: feature.Role) -> Self:
        """The word for a role; a stranger has none (`ValueError`)."""
        return cls(rank.name.lower())


_RANKS = {word: feature.Role[word.name] for word in Role}


class AccountState(StrEnum):
    """Whether an account may act."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    # Its data is being erased; for everybody else it does not exist any more.
    DELETED = "deleted"


class LinkPurpose(StrEnum):
    """What a link in a letter is good for."""

    CONFIRM_EMAIL = "confirm_email"
    CHANGE_EMAIL = "change_email"
    UNDO_EMAIL = "undo_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a word, no secret

    @property
    def lifetime(self) -> timedelta:
        """How long such a link is good."""
        return _LIFETIMES[self]


_LIFETIMES = {
    LinkPurpose.CONFIRM_EMAIL: timedelta(hours=24),
    LinkPurpose.CHANGE_EMAIL: timedelta(hours=24),
    LinkPurpose.UNDO_EMAIL: timedelta(days=7),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
}


class SecurityEventKind(StrEnum):
    """What a person wants to know of their account."""

    ACCOUNT_CREATED = "account_created"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a word, no secret
    PASSWORD_RESET = "password_reset"  # noqa: S105  a word, no secret
    EMAIL_CONFIRMED = "email_confirmed"
    EMAIL_CHANGED = "email_changed"
    EMAIL_CHANGE_UNDONE = "email_change_undone"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    SESSION_ENDED = "session_ended"
    REFRESH_REUSED = "refresh_reused"
    API_KEY_CREATED = "api_key_created"
    API_KEY_ENDED = "api_key_ended"
    BOT_CREATED = "bot_created"
    BOT_DELETED = "bot_deleted"
    EXPORT_REQUESTED = "export_requested"
    DELETION_REQUESTED = "deletion_requested"
    DELETION_WITHDRAWN = "deletion_withdrawn"
    ROLE_CHANGED = "role_changed"
    SUSPENDED = "suspended"
    RESTORED = "restored"


# OWASP ASVS 5.0, 7.3 and 10.4.8: a session nobody uses ends, and so does the oldest one.
SESSION_IDLE = timedelta(days=30)
SESSION_ABSOLUTE = timedelta(days=90)
# Two tabs refresh at once, or an answer is lost: the token before the newest is good for this long.
REFRESH_GRACE = timedelta(seconds=10)

# How long a session may do what is sensitive after its owner has shown who they are.
REAUTHENTICATED_FOR = timedelta(minutes=10)
# How many letters with a link to a new password an account gets in the hour that such a link lives.
MAX_OPEN_RESETS = 3

RECOVERY_CODES = 10
# Wrong codes in a row after the right password: when the owner is told, and when codes are taken from networks that
# they know alone. With three good codes in a million, fifty guesses are right once in seven thousand times.
NOTICED_CODE_FAILURES = 5
MOST_CODE_FAILURES = 50
CODE_FAILURES_FORGOTTEN = timedelta(days=1)

MAX_API_KEYS = 50
MAX_OPEN_INVITATIONS = 100
MAX_DEVICE = 200
MAX_LANGUAGE = 100
SECURITY_EVENTS_KEPT = timedelta(days=180)
AUDIT_KEPT = timedelta(days=730)
# How long ended sessions and keys stay in the tables, for refusing their reuse.
ENDED_KEPT = timedelta(days=30)
