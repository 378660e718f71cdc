"""What clients send and get about chats."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from src import markup
from src.chats import message_schemas
from src.chats.constants import (
    MAX_FOUNDERS,
    MAX_NAME,
    MAX_RETENTION_DAYS,
    MAX_SLOW_MODE_SECONDS,
    MAX_TOPIC,
    ChatKindName,
    LevelName,
)
from src.groups.constants import GroupRoleName
from src.media import schemas as media_schemas
from src.schemas import Count, Flag, Id, Input, Instant, Output, Text
from src.users import fields as users_fields
from src.users import schemas as users_schemas

Name = Annotated[
    Text,
    AfterValidator(users_fields.one_line),
    Field(min_length=1, max_length=MAX_NAME, examples=["Film night"]),
]
Topic = Annotated[
    Text, AfterValidator(markup.clean), Field(max_length=MAX_TOPIC, examples=["Thursdays, after **eight**"])
]
SlowMode = Annotated[
    Count, Field(le=MAX_SLOW_MODE_SECONDS, description="How long a member waits between two messages; 0: not at all.")
]
RetentionDays = Annotated[
    Count,
    Field(ge=1, le=MAX_RETENTION_DAYS, description="After how many days messages are deleted; null: never."),
]
IsPublic = Annotated[Flag, Field(description="Found and joined by everybody; of channels only.")]
IsReadOnly = Annotated[Flag, Field(description="Only its admins write.")]


class ChatCreate(Input):
    """A new group or channel; direct chats are opened by naming the other person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "group", "name": "Film night"}]})

    kind: Literal[ChatKindName.GROUP, ChatKindName.CHANNEL]
    name: Name
    topic: Topic | None = None
    is_public: IsPublic = False
    is_read_only: IsReadOnly = False
    slow_mode_seconds: SlowMode = 0
    retention_days: RetentionDays | None = None
    member_ids: Annotated[
        list[Id], Field(max_length=MAX_FOUNDERS, description="Who belongs to it from the beginning.", examples=[[]])
    ] = Field(default_factory=list)

    @model_validator(mode="after")
    def _only_channels(self) -> Self:
        if self.is_public and self.kind is ChatKindName.GROUP:
            raise PydanticCustomError("public_group", "Only a channel can be public.")
        return self


class ChatUpdate(Input):
    """A change of a chat's settings: what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"topic": "Thursdays, after **eight**"}]})

    name: Name = Field(default_factory=str)
    topic: Topic | None = None
    is_public: IsPublic = False
    is_read_only: IsReadOnly = False
    slow_mode_seconds: SlowMode = 0
    retention_days: RetentionDays | None = None


class ChatPictureUpdate(Input):
    """The picture of a chat."""

    media_id: Annotated[Id, Field(description="One's own upload, a picture that is ready.")]


class ReadUpdate(Input):
    """How far one has read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seq": 12}]})

    seq: Annotated[Count, Field(description="The number of the last message that was read.")]


class NotificationsUpdate(Input):
    """How one wants to be told of a chat's messages; this replaces what was said before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"level": "mentions", "muted_until": None}]})

    level: Annotated[
        LevelName | None, Field(description="Null: what is usual, `mentions` in a channel and `all` elsewhere.")
    ] = None
    muted_until: Annotated[Instant | None, Field(description="Null: not muted.")] = None


class ChatSettingsUpdate(Input):
    """What somebody has said about all of their chats: what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"shares_reads": False}]})

    shares_reads: Annotated[Flag, Field(description="Others see what one has read, and one sees what they have.")] = (
        True
    )


class ChatRead(Output):
    """A chat, the same for all who see it."""

    id: Id
    kind: ChatKindName
    name: Annotated[str | None, Field(description="Null in a direct chat.")]
    topic: str | None
    picture: media_schemas.MediaRead | None
    is_public: bool
    is_read_only: bool
    slow_mode_seconds: int
    retention_days: int | None
    members_count: int
    last_seq: Annotated[int, Field(description="The number of its newest message.")]
    created_at: Instant


class MembershipRead(Output):
    """What a chat is to one of its members."""

    role: GroupRoleName
    read_seq: Annotated[int, Field(description="All messages up to this number are read.")]
    unread_count: int
    mentions_count: Annotated[int, Field(description="Unread messages that name the member, alone or with all.")]
    level: Annotated[LevelName | None, Field(description="Null: what is usual for the kind of chat.")]
    muted_until: Instant | None


class LatestRead(Output):
    """The newest message of a chat, with who wrote it."""

    message: message_schemas.MessageRead
    sender: Annotated[users_schemas.Author | None, Field(description="Null once the account is gone.")]


class SeenChatRead(ChatRead):
    """A chat as one person sees it."""

    last_ev: Annotated[int, Field(description="The number of the newest entry of its stream when this was read.")]
    partner: Annotated[
        users_schemas.Author | None,
        Field(description="Of a direct chat: the other person, or oneself; null once that account is gone."),
    ]
    latest: Annotated[LatestRead | None, Field(description="Null before the first message, and for who is no member.")]
    membership: Annotated[MembershipRead | None, Field(description="Null for who is no member of a public channel.")]


class ReadMarkRead(Output):
    """How far one has read, and what is left."""

    read_seq: int
    unread_count: int
    mentions_count: int


class NotificationsRead(Output):
    """How one is told of a chat's messages."""

    level: Annotated[LevelName | None, Field(description="Null: what is usual for the kind of chat.")]
    muted_until: Instant | None


class ReceiptRead(Output):
    """How far a member has read."""

    account_id: Id
    read_seq: int


class ReceiptsRead(Output):
    """How far members have read; without those who do not let others know."""

    items: list[ReceiptRead]


class UnreadRead(Output):
    """What is unread in all of one's chats, but for those that are muted or of which one wants to hear nothing."""

    chats_count: Annotated[int, Field(description="Chats with something unread.")]
    unread_count: Annotated[int, Field(description="Unread messages.")]
    mentions_count: Annotated[int, Field(description="Of these, the ones that name the reader, alone or with all.")]


class ChatSettingsRead(Output):
    """What somebody has said about all of their chats."""

    shares_reads: bool
