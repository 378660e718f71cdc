"""What clients send and get about posts."""

from typing import Annotated

from pydantic import ConfigDict, Field

from src.media import schemas as media_schemas
from src.polls import schemas as polls_schemas
from src.posts.constants import (
    MAX_CONTENT_WARNING,
    MAX_LANGUAGE,
    MAX_MEDIA,
    MAX_TEXT_CODE_POINTS,
    VisibilityName,
)
from src.previews import schemas as previews_schemas
from src.schemas import Count, Id, Input, Instant, Output, Text
from src.users import schemas as users_schemas

# May be nothing where there are media; otherwise that is said as of a text of spaces, by the rule for posts.
PostText = Annotated[Text, Field(max_length=MAX_TEXT_CODE_POINTS, examples=["Good morning, #hearth!"])]
MediaIds = Annotated[
    list[Id],
    Field(
        max_length=MAX_MEDIA, description="One's own uploads that hang on nothing yet, in their order.", examples=[[]]
    ),
]
ContentWarning = Annotated[Text, Field(min_length=1, max_length=MAX_CONTENT_WARNING, examples=["spoilers"])]
# BCP 47, as browsers send it; the pattern leaves nothing that could not be stored.
Language = Annotated[
    str, Field(max_length=MAX_LANGUAGE, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", examples=["en", "pt-BR"])
]


class PostCreate(Input):
    """A new post."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Good morning, #hearth!"}]})

    text: PostText
    content_warning: ContentWarning | None = None
    language: Language | None = None
    visibility: Annotated[
        VisibilityName,
        Field(description="An answer to a post in a group is in that group and needs neither this nor `group_id`."),
    ] = VisibilityName.PUBLIC
    group_id: Annotated[
        Id | None,
        Field(description="With the visibility `group` alone: whose members see it, whoever they are when they read."),
    ] = None
    reply_to_id: Id | None = None
    quote_of_id: Id | None = None
    media_ids: MediaIds = Field(default_factory=list)
    poll: Annotated[polls_schemas.PollCreate | None, Field(description="Not together with media.")] = None


class PostUpdate(Input):
    """An edit: what is absent stays, null takes a content warning or a language away."""

    text: PostText = Field(default_factory=str)
    content_warning: ContentWarning | None = None
    language: Language | None = None
    media_ids: MediaIds = Field(default_factory=list)
    # The version that the edit was made on; with it, a change made in the meantime is not lost.
    version: Annotated[Count | None, Field(description="Refuses the edit if the post has moved on.")] = None


class MentionRead(Output):
    """A person whom a post names."""

    id: Id
    username: str


class PostRead(Output):
    """A post as its readers see it."""

    id: Id
    author: users_schemas.Author
    text: str
    content_warning: str | None
    language: str | None
    visibility: VisibilityName
    group_id: Annotated[Id | None, Field(description="Whose members see it, with the visibility `group`.")]
    reply_to_id: Id | None
    thread_id: Annotated[Id, Field(description="The first post of the thread; its own id where it starts one.")]
    quote_of_id: Id | None
    mentions: list[MentionRead]
    hashtags: list[str]
    card: Annotated[
        previews_schemas.CardRead | None, Field(description="Of the first link, once it has been looked up.")
    ]
    media: list[media_schemas.MediaRead]
    poll: polls_schemas.PollRead | None
    created_at: Instant
    edited_at: Instant | None
    version: int
    likes_count: int
    reposts_count: int
    replies_count: int
    quotes_count: int


class HashtagRead(Output):
    """A hashtag that somebody looks for."""

    name: str
    last_used_at: Annotated[Instant, Field(description="In a post that the caller may see.")]


class PostEditRead(Output):
    """An earlier version of a post."""

    id: Id
    version: int
    text: str
    content_warning: str | None
    replaced_at: Instant
