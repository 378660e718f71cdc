"""What happens in chats, for whoever listens. Ids only: what was deleted must not live on in events.

Each is an entry of the chat's stream; `MessageSent` is written by the statement that writes the message.
"""

from typing import ClassVar

from src.events import event as events


class ChatEvent(events.Event):
    """Base: something of this chat."""

    chat_id: int


class MessageSent(ChatEvent):
    """A new message is there."""

    type: ClassVar[str] = "chats.message_sent"
    hot: ClassVar[bool] = True

    message_id: int
    seq: int


class MessageEdited(ChatEvent):
    """A message has a new text."""

    type: ClassVar[str] = "chats.message_edited"

    message_id: int


class MessageDeleted(ChatEvent):
    """A message is gone for all."""

    type: ClassVar[str] = "chats.message_deleted"

    message_id: int


class MessageChanged(ChatEvent):
    """What hangs on a message has changed: its media, its link's card, its poll, its pin."""

    type: ClassVar[str] = "chats.message_changed"

    message_id: int


class Reacted(ChatEvent):
    """An emoji was put on a message or taken off it."""

    type: ClassVar[str] = "chats.reacted"

    message_id: int


class ChatChanged(ChatEvent):
    """Name, topic, picture or a rule of the chat has changed."""

    type: ClassVar[str] = "chats.changed"


class MemberJoined(ChatEvent):
    """Somebody is a member from now on."""

    type: ClassVar[str] = "chats.member_joined"

    account_id: int
    role: int


class MemberLeft(ChatEvent):
    """Somebody is a member no more."""

    type: ClassVar[str] = "chats.member_left"

    account_id: int


class MemberRoleChanged(ChatEvent):
    """A member has another role."""

    type: ClassVar[str] = "chats.member_role_changed"

    account_id: int
    role: int


class LinkShared(events.Event):
    """A message holds a link, or has shown a card until now. No entry of the stream: nothing is to be seen yet."""

    type: ClassVar[str] = "chats.link_shared"

    message_id: int
