"""What can go wrong between people.

NotFound ── UserNotFound, FollowRequestNotFound        NotPermitted ── ListsArePrivate
Conflict ── UserIsYou, UserIsBlocked                   InvalidInput ── MuteAlreadyOver, EmailMissing, PictureUnfit
"""

from src.exceptions import Conflict, FieldError, InvalidInput, NotFound, NotPermitted
from src.users.constants import ErrorCode


class UserNotFound(NotFound):
    """Nobody has this name, or the caller may not know that somebody has."""

    code = ErrorCode.USER_NOT_FOUND
    detail = "There is nobody of this name here."


class FollowRequestNotFound(NotFound):
    """Nobody with this id waits for the caller's answer."""

    code = ErrorCode.FOLLOW_REQUEST_NOT_FOUND
    detail = "There is no such request to follow you."


class ListsArePrivate(NotPermitted):
    """Whom a private person follows, and who follows them, is for their followers alone."""

    code = ErrorCode.LISTS_ARE_PRIVATE
    detail = "Only followers of this person see whom they follow and who follows them."


class UserIsYou(Conflict):
    """Nobody follows, blocks or mutes themselves."""

    code = ErrorCode.USER_IS_YOU
    detail = "This person is you."


class UserIsBlocked(Conflict):
    """Whoever is blocked cannot be followed."""

    code = ErrorCode.USER_IS_BLOCKED
    detail = "You have blocked this person; unblock them first."


class MuteAlreadyOver(InvalidInput):
    """A mute has to end in the future."""

    code = ErrorCode.MUTE_ALREADY_OVER
    detail = "The mute would already be over."


class EmailMissing(InvalidInput):
    """This server wants everybody's e-mail address."""

    code = ErrorCode.EMAIL_MISSING
    detail = "Signing up here takes an e-mail address."

    def __init__(self) -> None:
        super().__init__(
            errors=[FieldError(loc=["body", "email"], code=self.code, message="Give your e-mail address.")]
        )


class PictureUnfit(InvalidInput):
    """Films and sounds show nobody, and what is still being processed is not known to be a picture."""

    code = ErrorCode.PICTURE_UNFIT
    detail = "Only a picture that is ready can stand on a profile."
