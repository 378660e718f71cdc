"""What a server answers over HTTP, as far as a client of chats needs it. Unknown fields are passed over."""

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel


class Grant(BaseModel):
    """What acts for an account from here on."""

    account_id: int
    access_token: str
    expires_in: int
    refresh_token: str


class Account(BaseModel):
    """Oneself."""

    id: int
    username: str


class Person(BaseModel):
    """Somebody."""

    id: int
    username: str
    display_name: str
    is_bot: bool = False


class Member(BaseModel):
    """Somebody who belongs to a chat."""

    user: Person
    role: str


class Reaction(BaseModel):
    """An emoji on a message."""

    emoji: str
    count: int


class Attachment(BaseModel):
    """A file on a message."""

    kind: str = "file"
    url: str | None = None
    alt_text: str | None = None


class Message(BaseModel):
    """A message; a deleted one is an empty place."""

    id: int
    seq: int
    sender_id: int | None
    text: str
    reply_to_id: int | None = None
    thread_id: int | None = None
    replies_count: int = 0
    poll_id: int | None = None
    media: list[Attachment] = []
    reactions: list[Reaction] = []
    is_pinned: bool = False
    version: int = 1
    created_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


class History(BaseModel):
    """A page of messages, the oldest first, with who wrote them."""

    items: list[Message]
    people: list[Person]
    last_seq: int
    has_before: bool
    has_after: bool


class Messages(BaseModel):
    """Some messages of a chat, with who wrote them."""

    items: list[Message]
    people: list[Person]


class Pinned(BaseModel):
    """A message that is kept in sight."""

    message: Message


class Pins(BaseModel):
    """All of them, with who wrote them."""

    items: list[Pinned]
    people: list[Person]


class PollOption(BaseModel):
    """Something to choose; nobody is told of votes as long as results are hidden."""

    text: str
    votes: int | None = None


class Poll(BaseModel):
    """A poll as one person sees it; choices are positions of options."""

    question: str | None = None
    options: list[PollOption]
    has_ended: bool = False
    choices: list[int] | None = None


class Invite(BaseModel):
    """A new invite."""

    code: str


class Invited(BaseModel):
    """Where an invite leads."""

    id: int


class Membership(BaseModel):
    """What a chat is to its reader."""

    role: str
    read_seq: int
    unread_count: int
    mentions_count: int
    level: str | None = None
    muted_until: datetime | None = None


class Chat(BaseModel):
    """A chat as one person sees it."""

    id: int
    kind: str
    name: str | None
    topic: str | None = None
    members_count: int
    last_seq: int
    partner: Person | None
    membership: Membership | None


class ReadMark(BaseModel):
    """How far one has read, and what is left."""

    read_seq: int
    unread_count: int
    mentions_count: int


T = TypeVar("T", bound=BaseModel)


class PageOf(BaseModel, Generic[T]):
    """A page of a list; `next` is the cursor of the next one."""

    items: list[T]
    next: str | None
