"""What clients get about what hangs on messages: pins, threads, and who has reacted."""

from typing import Annotated

from pydantic import Field

from src.chats.message_schemas import MessageRead
from src.pagination import Page
from src.polls import schemas as polls_schemas
from src.schemas import Id, Instant, Output
from src.users import schemas as users_schemas


class PinRead(Output):
    """A message that is kept in sight."""

    message: MessageRead
    by_id: Annotated[Id | None, Field(description="Null once the account is gone.")]
    pinned_at: Instant


class PinsRead(Output):
    """All pinned messages of a chat, the latest pin first, with the people who wrote them."""

    items: list[PinRead]
    people: list[users_schemas.Author]
    polls: list[polls_schemas.PollRead]


class MessagesPage(Page[MessageRead]):
    """A page of messages, with the people who wrote them and the polls that they hold."""

    people: list[users_schemas.Author]
    polls: list[polls_schemas.PollRead]


class ReactorRead(Output):
    """Somebody who has put an emoji on a message."""

    person: users_schemas.Author
    emoji: Annotated[str, Field(examples=["👍"])]
    at: Instant
