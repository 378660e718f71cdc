"""What sockets get of a chat: the types of a stream's entries, and the `d` of each."""

from typing import Annotated

from pydantic import BaseModel, Field

from src.chats import events, message_schemas, models
from src.chats.constants import ChatKind, ChatKindName
from src.groups.constants import GroupRoleName
from src.media import models as media_models
from src.media import schemas as media_schemas
from src.media import utils as media_utils
from src.schemas import Id, Output

NEW = "msg.new"
GONE = "msg.delete"
# Something that this version does not know.
OTHER = "chat.other"
TYPING = "typing"
# In the own stream: what one has deleted for oneself.
HIDDEN = "msg.hide"

# What each event of the outbox is called in frames.
TYPES = {
    events.MessageSent.type: NEW,
    events.MessageEdited.type: "msg.edit",
    events.MessageChanged.type: "msg.change",
    events.MessageDeleted.type: GONE,
    events.Reacted.type: "msg.react",
    events.ChatChanged.type: "chat.change",
    events.MemberJoined.type: "member.join",
    events.MemberLeft.type: "member.leave",
    events.MemberRoleChanged.type: "member.role",
}


class MessageGone(Output):
    """A message is there no more."""

    id: Id
    seq: Annotated[int | None, Field(description="Its number; null where that is not known any more.")]


class MessageHidden(Output):
    """One's other devices: a message that one has deleted for oneself."""

    chat_id: Id
    id: Id
    seq: int


class Reactions(Output):
    """All that is on a message now."""

    id: Id
    seq: int
    reactions: list[message_schemas.ReactionRead]


class Member(Output):
    """Somebody has come, gone, or got another role."""

    account_id: Id
    by_id: Annotated[Id | None, Field(description="Who did it; null: the server.")]
    role: Annotated[GroupRoleName | None, Field(description="The role from now on; null for somebody who has gone.")]


class Typing(Output):
    """Somebody is writing."""

    account_id: Id


class ChatFrame(Output):
    """What the chat is called, how it looks and which rules it has now."""

    id: Id
    kind: ChatKindName
    name: str | None
    topic: str | None
    picture: media_schemas.MediaRead | None
    is_public: bool
    is_read_only: bool
    slow_mode_seconds: int
    retention_days: int | None


class Other(Output):
    """Something that a newer version of the server has written, and that the one which tells of it does not know."""


# The `d` of each type.
MODELS: dict[str, type[BaseModel]] = {
    NEW: message_schemas.MessageRead,
    "msg.edit": message_schemas.MessageRead,
    "msg.change": message_schemas.MessageRead,
    GONE: MessageGone,
    "msg.react": Reactions,
    "chat.change": ChatFrame,
    "member.join": Member,
    "member.leave": Member,
    "member.role": Member,
    OTHER: Other,
}


def chat_frame(chat: models.Chat, picture: media_models.MediaItem | None) -> ChatFrame:
    """The `d` of a chat that has changed."""
    return ChatFrame(
        id=chat.id,
        kind=ChatKindName[ChatKind(chat.kind).name],
        name=chat.name,
        topic=chat.topic,
        picture=None if picture is None else media_utils.media_read(picture),
        is_public=chat.is_public,
        is_read_only=chat.is_read_only,
        slow_mode_seconds=chat.slow_mode_seconds,
        retention_days=chat.retention_days,
    )
