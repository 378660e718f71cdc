"""What this package raises.

NotAuthenticated (401)      NotPermitted (403)       NotFound (404)           Conflict (409)
├── InvalidToken            ├── AccountSuspended     ├── AccountNotFound      ├── UsernameTaken
├── WrongCredentials        ├── WrongPassword        ├── SessionNotFound      ├── EmailTaken
├── SecondFactorRequired    ├── WrongCode            ├── ApiKeyNotFound       ├── OwnAccount, AccountIsBot
├── ChallengeNotValid       ├── InvitationRequired   └── InvitationNotFound   ├── TooManyApiKeys
├── WrongSecondFactor       ├── RegistrationClosed                            ├── TooManyInvitations
└── RecoveryCodeRequired    └── Reauthentication-                             ├── NothingToConfirm
                                Required                                      ├── SecondFactorIsOn
InvalidInput (422)                                                            ├── SecondFactorNotBegun
├── PasswordRefused         TooManyRequests (429)    Unavailable (503)        └── SecondFactorNeeded
├── UsernameRefused         ├── TooManyAttempts      └── PasswordsBusy
├── ScopesRefused           └── TooManyLetters
├── InvitationNotValid
└── LinkNotValid
                            ValueError, at the start only: UnusableKeys
"""

from collections.abc import Mapping
from typing import ClassVar

from src.auth.constants import ErrorCode
from src.exceptions import (
    Conflict,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    TooManyRequests,
    Unavailable,
)


class InvalidToken(NotAuthenticated):
    """The token is none of ours, no longer good, or not good for this; which of them is never told."""

    code = ErrorCode.INVALID_TOKEN
    detail = "The token is not valid or no longer valid; sign in again."

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'  # RFC 6750, section 3


class WrongCredentials(NotAuthenticated):
    """There is no such account or the password is another; which of them is never told."""

    code = ErrorCode.WRONG_CREDENTIALS
    detail = "The name or the password is wrong."


class AccountSuspended(NotPermitted):
    """Name and password are right, but the account may not act; only its owner ever sees this."""

    code = ErrorCode.ACCOUNT_SUSPENDED
    detail = "This account is suspended."


class WrongPassword(NotPermitted):
    """The caller is signed in but does not know the present password."""

    code = ErrorCode.WRONG_PASSWORD
    detail = "The present password is wrong."


class PasswordRefused(InvalidInput):
    """The new password breaks a rule; `errors` says which."""

    code = ErrorCode.PASSWORD_REFUSED
    detail = "This password cannot be chosen."


class UsernameRefused(InvalidInput):
    """The username breaks a rule; `errors` says which."""

    code = ErrorCode.USERNAME_REFUSED
    detail = "This username cannot be chosen."


class ScopesRefused(InvalidInput):
    """A scope does not exist, or the caller may not pass it on."""

    code = ErrorCode.SCOPES_REFUSED
    detail = "A key can have only scopes that you hold yourself."


class ApiKeyAlreadyOver(InvalidInput):
    """A key has to end in the future, if it does; one that has ended would not be counted."""

    code = ErrorCode.API_KEY_ALREADY_OVER
    detail = "The key would already be over."


class InvitationNotValid(InvalidInput):
    """The invitation was never made, has been used or withdrawn, or is too old; which of them is never told."""

    code = ErrorCode.INVITATION_NOT_VALID
    detail = "The invitation is not valid or no longer valid."


class InvitationRequired(NotPermitted):
    """People come to this server by invitation."""

    code = ErrorCode.INVITATION_REQUIRED
    detail = "To sign up here you need an invitation."


class RegistrationClosed(NotPermitted):
    """Nobody may sign up."""

    code = ErrorCode.REGISTRATION_CLOSED
    detail = "Nobody can sign up here at the moment."


class LinkNotValid(InvalidInput):
    """The link was never sent, has been used or withdrawn, or is too old; which of them is never told."""

    code = ErrorCode.LINK_NOT_VALID
    detail = "The link is not valid or no longer valid; ask for a new one."


class ReauthenticationRequired(NotPermitted):
    """The session has not shown for a while that its owner sits before it (`POST /v1/auth/reauthenticate`)."""

    code = ErrorCode.REAUTHENTICATION_REQUIRED
    detail = "Show once more who you are to do this."


class NothingToConfirm(Conflict):
    """The account has no e-mail address, or a confirmed one."""

    code = ErrorCode.NOTHING_TO_CONFIRM
    detail = "Your account has no e-mail address that waits to be confirmed."


class UsernameTaken(Conflict):
    """Somebody has this username."""

    code = ErrorCode.USERNAME_TAKEN
    detail = "This username is taken."


class EmailTaken(Conflict):
    """Somebody has this address."""

    code = ErrorCode.EMAIL_TAKEN
    detail = "This e-mail address is taken."


class AccountIsBot(Conflict):
    """A program stays a member: nobody signs in to it, and nobody would answer for what it does."""

    code = ErrorCode.ACCOUNT_IS_BOT
    detail = "This account is a bot, which has no role but that of a member."


class OwnAccount(Conflict):
    """Admins neither suspend themselves nor change their own role: there would soon be none left."""

    code = ErrorCode.OWN_ACCOUNT
    detail = "Ask another admin to do this to your own account."


class TooManyApiKeys(Conflict):
    """The account has as many keys as an account may have."""

    code = ErrorCode.TOO_MANY_API_KEYS
    detail = "You have too many keys; revoke one first."


class TooManyInvitations(Conflict):
    """The account has invited as many people as may be invited at once."""

    code = ErrorCode.TOO_MANY_INVITATIONS
    detail = "You have too many open invitations; withdraw one first."


class AccountNotFound(NotFound):
    """There is no such account."""

    code = ErrorCode.ACCOUNT_NOT_FOUND
    detail = "There is no such account."


class SessionNotFound(NotFound):
    """The caller has no such session."""

    code = ErrorCode.SESSION_NOT_FOUND
    detail = "You have no such session."


class ApiKeyNotFound(NotFound):
    """The caller has no such key."""

    code = ErrorCode.API_KEY_NOT_FOUND
    detail = "You have no such key."


class InvitationNotFound(NotFound):
    """The caller has no such open invitation."""

    code = ErrorCode.INVITATION_NOT_FOUND
    detail = "You have no such open invitation."


class TooManyAttempts(TooManyRequests):
    """Too many wrong passwords from here."""

    code = ErrorCode.TOO_MANY_ATTEMPTS
    detail = "Too many wrong attempts; wait before the next one."


class TooManyLetters(TooManyRequests):
    """This account or network has asked for as many letters as one may."""

    code = ErrorCode.TOO_MANY_LETTERS
    detail = "You have asked for too many letters; look for the ones that have come, or wait."


class SecondFactorRequired(NotAuthenticated):
    """The password was right; the account asks for a code, too. The answer carries the challenge for it."""

    code = ErrorCode.SECOND_FACTOR_REQUIRED
    detail = "Give a code of your authenticator, or a recovery code."
    example_members: ClassVar[Mapping[str, str]] = {"challenge": "hthc_115612345678901248_1793000000_…"}

    def __init__(self, *, challenge: str) -> None:
        super().__init__()
        self.members["challenge"] = challenge


class ChallengeNotValid(NotAuthenticated):
    """The first half of the login is too long ago, or the account has changed since."""

    code = ErrorCode.CHALLENGE_NOT_VALID
    detail = "Begin to sign in once more."


class WrongSecondFactor(NotAuthenticated):
    """The code is another, or has been used; which of them is never told."""

    code = ErrorCode.WRONG_SECOND_FACTOR
    detail = "The code is wrong or has been used."


class RecoveryCodeRequired(NotAuthenticated):
    """Somebody has guessed codes of this account; from networks that it does not know only recovery codes are taken."""

    code = ErrorCode.RECOVERY_CODE_REQUIRED
    detail = "There were too many wrong codes; from here only a recovery code is taken."


class WrongCode(NotPermitted):
    """The caller is signed in, but the code is another or has been used."""

    code = ErrorCode.WRONG_CODE
    detail = "The code is wrong or has been used."


class SecondFactorIsOn(Conflict):
    """There is a second factor already; it is turned off before another one is begun."""

    code = ErrorCode.SECOND_FACTOR_IS_ON
    detail = "Your second factor is on."


class SecondFactorNotBegun(Conflict):
    """There is no secret that an authenticator could have, or it is not asked for yet."""

    code = ErrorCode.SECOND_FACTOR_NOT_BEGUN
    detail = "Your second factor is not on; begin with it first."


class SecondFactorNeeded(Conflict):
    """With the caller's role one has to have a second factor."""

    code = ErrorCode.SECOND_FACTOR_NEEDED
    detail = "With your role you need a second factor."


class PasswordsBusy(Unavailable):
    """More passwords wait to be checked than the processors can finish soon."""

    code = ErrorCode.PASSWORDS_BUSY
    detail = "Too many people are signing in at this moment; try again."


class UnusableKeys(ValueError):
    """The keys that sign tokens cannot be used; the text says in one line why, for the operator."""
