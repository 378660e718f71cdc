"""What clients send and get about messages, over HTTP and sockets alike."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from src.chats.constants import MAX_EMOJI, MAX_MEDIA, MAX_TEXT
from src.media import schemas as media_schemas
from src.polls import schemas as polls_schemas
from src.previews import schemas as previews_schemas
from src.schemas import Count, Flag, Id, Input, Instant, Output, Text, Uuid
from src.users import schemas as users_schemas

MessageText = Annotated[Text, Field(max_length=MAX_TEXT, examples=["Dinner at **eight**?"])]
ClientId = Annotated[
    Uuid,
    Field(
        description="The client's own name for the message: sent again under it, the first one is answered.",
        examples=["0192f3c4-7d51-7cc0-8d25-0f6f5a1c9a10"],
    ),
]
Emoji = Annotated[Text, Field(min_length=1, max_length=MAX_EMOJI, examples=["👍"])]


class ForwardCreate(Input):
    """A thing to show in the message: a post that the sender may read."""

    kind: Annotated[Text, Field(max_length=20, examples=["post"])]
    id: Id


class MessageCreate(Input):
    """A new message."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Dinner at **eight**?"}]})

    text: MessageText = ""
    cid: ClientId | None = None
    reply_to_id: Id | None = None
    thread_id: Annotated[Id | None, Field(description="The message whose thread it belongs to.")] = None
    media_ids: Annotated[list[Id], Field(max_length=MAX_MEDIA, examples=[[]])] = Field(default_factory=list)
    forward: ForwardCreate | None = None
    poll: polls_schemas.PollCreate | None = None


class MessageUpdate(Input):
    """An edit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Dinner at **nine**?"}]})

    text: MessageText
    version: Annotated[Count | None, Field(description="Refuses the edit if the message has moved on.")] = None


class ReactionRead(Output):
    """An emoji on a message."""

    emoji: str
    count: int
    account_ids: Annotated[list[Id], Field(description="Who put it there, the first of them.")]


class ForwardRead(Output):
    """A thing of another part of the server, which each reader asks there for what they may see of it."""

    kind: str
    id: Id


class MessageRead(Output):
    """A message. A deleted one keeps its place, and nothing else."""

    id: Id
    chat_id: Id
    seq: Annotated[int, Field(description="Its number in the chat, from 1 without a gap.")]
    sender_id: Annotated[Id | None, Field(description="Null once the account is gone.")]
    cid: Annotated[UUID | None, Field(description="The sender's name for it.")]
    text: str
    mention_ids: Annotated[list[Id], Field(description="The members whom it names.")]
    names_all: Annotated[Flag, Field(description="It names all members (`@all`; in a channel its admins' alone).")]
    reply_to_id: Id | None
    thread_id: Id | None
    replies_count: Annotated[int, Field(description="Messages of the thread that hangs on it.")]
    media: list[media_schemas.MediaRead]
    link: previews_schemas.CardRead | None
    forward: ForwardRead | None
    poll_id: Annotated[Id | None, Field(description="Told anew when votes have come; `GET /v1/polls/{poll_id}`.")]
    reactions: list[ReactionRead]
    is_pinned: bool
    version: int
    created_at: Instant
    edited_at: Instant | None
    deleted_at: Instant | None


class MessageSentRead(Output):
    """The answer to a send: where the message stands."""

    id: Id
    chat_id: Id
    seq: int
    ev: Annotated[int, Field(description="Its number among the events of the chat's stream.")]
    created_at: Instant
    dup: Annotated[bool, Field(description="It had been sent before: nothing new was written.")]


class HistoryRead(Output):
    """Messages of a chat, the oldest first, with the people who wrote them and the polls that they hold."""

    items: list[MessageRead]
    people: list[users_schemas.Author]
    polls: list[polls_schemas.PollRead]
    last_seq: Annotated[int, Field(description="The number of the chat's newest message.")]
    has_before: bool
    has_after: bool


class MessageEditRead(Output):
    """An earlier version of a message."""

    id: Id
    version: int
    text: str
    replaced_at: Instant
