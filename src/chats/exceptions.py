"""What can go wrong with chats.

NotFound ── ChatNotFound, MessageNotFound, HookNotFound, HookNotValid
NotPermitted ── ChatNotYours, ChatIsReadOnly, PartnerUnavailable, MessageNotYours
Conflict ── ChatIsDirect, ChatIsNoChannel, MessageChanged, MessageDiffers, TooManyReactions, TooManyPins,
    TooManyHooks
InvalidInput ── PictureUnfit, MessageEmpty, ReplyTargetNotFound, ThreadNotFound, ForwardNotFound, OneDirection
TooManyRequests ── ChatIsSlow
"""

from src.chats.constants import ErrorCode
from src.exceptions import Conflict, InvalidInput, NotFound, NotPermitted, TooManyRequests


class ChatNotFound(NotFound):
    """It does not exist, or the caller may not know that it does."""

    code = ErrorCode.CHAT_NOT_FOUND
    detail = "There is no such chat."


class ChatNotYours(NotPermitted):
    """The caller sees the chat without being a member, or is one without the role for this."""

    code = ErrorCode.CHAT_NOT_YOURS
    detail = "Your role in the chat does not allow this."


class ChatIsDirect(Conflict):
    """What belongs to two people has no settings, and nobody joins or leaves it."""

    code = ErrorCode.CHAT_IS_DIRECT
    detail = "This cannot be done with a direct chat."


class ChatIsNoChannel(Conflict):
    """Groups are for those who were asked; only channels are found and joined by everybody."""

    code = ErrorCode.CHAT_IS_NO_CHANNEL
    detail = "Only a channel can be public."


class PictureUnfit(InvalidInput):
    """A film, a sound, or something that is still being looked at."""

    code = ErrorCode.CHAT_PICTURE_UNFIT
    detail = "Only a picture that is ready can be shown as the chat's."


class PartnerUnavailable(NotPermitted):
    """One of the two has blocked the other, or is gone."""

    code = ErrorCode.CHAT_PARTNER_UNAVAILABLE
    detail = "This person cannot be written to."


class ChatIsReadOnly(NotPermitted):
    """Only admins write in it."""

    code = ErrorCode.CHAT_IS_READ_ONLY
    detail = "Only admins write in this chat."


class ChatIsSlow(TooManyRequests):
    """The chat has a pause between two messages of a member."""

    code = ErrorCode.CHAT_IS_SLOW
    detail = "Members of this chat wait between two messages."


class MessageNotFound(NotFound):
    """It does not exist, was deleted, or the caller may not see it."""

    code = ErrorCode.MESSAGE_NOT_FOUND
    detail = "There is no such message."


class MessageNotYours(NotPermitted):
    """Only its sender may change a message."""

    code = ErrorCode.MESSAGE_NOT_YOURS
    detail = "This message is somebody else's."


class MessageEmpty(InvalidInput):
    """Nothing that can be seen."""

    code = ErrorCode.MESSAGE_EMPTY
    detail = "A message needs a text, media, a poll or something forwarded."


class MessageChanged(Conflict):
    """An edit names a version that is no longer the newest."""

    code = ErrorCode.MESSAGE_CHANGED
    detail = "The message was changed in the meantime; read it again."


class MessageDiffers(Conflict):
    """The sender has used the same client id for something else."""

    code = ErrorCode.MESSAGE_DIFFERS
    detail = "Another message was sent with this client id."


class ReplyTargetNotFound(InvalidInput):
    """The message to answer does not stand in this chat, or not any more."""

    code = ErrorCode.REPLY_TARGET_NOT_FOUND
    detail = "The message to reply to is not in this chat."


class ThreadNotFound(InvalidInput):
    """The message does not stand in this chat, or itself hangs on a thread."""

    code = ErrorCode.THREAD_NOT_FOUND
    detail = "The message cannot carry a thread."


class ForwardNotFound(InvalidInput):
    """What shall be shown in the message is not there, or not for the sender."""

    code = ErrorCode.FORWARD_NOT_FOUND
    detail = "There is nothing of this kind and id to forward."


class OneDirection(InvalidInput):
    """Before, after and around exclude each other."""

    code = ErrorCode.ONE_DIRECTION
    detail = "Ask for messages before, after or around a number."


class TooManyReactions(Conflict):
    """One message carries so many different emojis and no more."""

    code = ErrorCode.TOO_MANY_REACTIONS
    detail = "The message has as many different reactions as it may have."


class TooManyPins(Conflict):
    """Old ones have to be taken down first."""

    code = ErrorCode.TOO_MANY_PINS
    detail = "The chat has as many pinned messages as it may have."


class HookNotFound(NotFound):
    """The chat has none of this id that is good."""

    code = ErrorCode.HOOK_NOT_FOUND
    detail = "The chat has no such hook."


class HookNotValid(NotFound):
    """The code is none, or its hook has been taken back."""

    code = ErrorCode.HOOK_NOT_VALID
    detail = "This hook is not good, or not any more."


class TooManyHooks(Conflict):
    """Old ones have to be taken back first."""

    code = ErrorCode.TOO_MANY_HOOKS
    detail = "The chat has as many hooks as it may have."
