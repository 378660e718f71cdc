"""What clients send and get about notifications."""

from datetime import time
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from src.notifications.constants import MAX_GROUP_KEY, MAX_KIND, MAX_KINDS, Frequency, Weekday
from src.schemas import Flag, Id, Input, Instant, Output, Text
from src.users import schemas as users_schemas

KindName = Annotated[Text, Field(min_length=1, max_length=MAX_KIND, examples=["like"])]
GroupKey = Annotated[
    Text, Field(min_length=1, max_length=MAX_GROUP_KEY, examples=["like:115612345678901248:2026-03-01"])
]
TimeOfDay = Annotated[str, Field(max_length=5, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00", "07:00"])]
Hour = Annotated[int, Field(ge=0, le=23, strict=True)]


class NotificationArrived(Output):
    """What one's own stream says of a new notification; the inbox has the rest."""

    id: Id
    kind: str


class PlaceRead(Output):
    """A message of a chat."""

    id: Id
    seq: Annotated[int, Field(description="Its number there; `GET /v1/chats/{chat_id}/messages?around=`.")]


class SubjectRead(Output):
    """What a notification is about."""

    kind: Annotated[str, Field(description="Such as post.")]
    id: Id
    excerpt: Annotated[str | None, Field(description="A line that tells which one is meant.")]
    places: Annotated[
        list[PlaceRead],
        Field(
            description="Of a group or channel, the messages that name the reader and are not read yet, as it is now: "
            "the oldest first, up to 8. Else empty."
        ),
    ]


class NotificationRead(Output):
    """A piece of news."""

    id: Id
    kind: str
    group: str
    created_at: Instant
    read: bool
    actor: Annotated[users_schemas.Author | None, Field(description="Who did it; null: the server itself.")]
    subject: SubjectRead | None


class GroupRead(Output):
    """News of one kind about one thing, shown as one. What is not grouped stands in a group of its own."""

    key: Annotated[str, Field(description="For the parameter `group` of other requests.")]
    kind: str
    subject: SubjectRead | None
    count: Annotated[int, Field(description="How many there are, up to 99.")]
    more: Annotated[bool, Field(description="Whether there are more than `count`.")]
    unread: Annotated[int, Field(description="How many of those counted are unread.")]
    newest_id: Id
    created_at: Annotated[Instant, Field(description="When the newest one came.")]
    people: Annotated[list[users_schemas.Author], Field(description="Who did it, the last ones first, up to 8.")]


class UnreadRead(Output):
    """What a badge shows."""

    count: Annotated[int, Field(description="Unread notifications, up to 99.")]
    more: Annotated[bool, Field(description="Whether there are more than `count`: show 99+.")]


class ReadMark(Input):
    """What has been read; with nothing given, all that is there."""

    up_to: Annotated[Id | None, Field(description="The newest one that was seen: what came after it stays unread.")] = (
        None
    )
    group: GroupKey | None = None


class KindPreference(Input):
    """Where a kind is wanted; what is absent stays."""

    kind: KindName
    inbox: Flag = Field(default_factory=bool)
    mail: Flag = Field(default_factory=bool)


class QuietHours(Input):
    """When nothing is sent, by the clock of the person's time zone; over midnight if it ends before it starts."""

    start: TimeOfDay
    end: TimeOfDay

    @property
    def start_time(self) -> time:
        """As a time."""
        return time.fromisoformat(self.start)

    @property
    def end_time(self) -> time:
        """As a time."""
        return time.fromisoformat(self.end)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.start == self.end:
            raise PydanticCustomError("quiet_hours", "Quiet hours end at another time than they start.")
        return self


class MailUpdate(Input):
    """When letters come; what is absent stays."""

    frequency: Annotated[
        Frequency, Field(description="immediately: soon after what is urgent, such as replies and mentions.")
    ] = Field(default_factory=lambda: Frequency.OFF)
    hour: Annotated[Hour, Field(description="Of digests, by the clock of the person's time zone.")] = Field(
        default_factory=int
    )
    weekday: Annotated[Weekday, Field(description="Of weekly digests.")] = Field(default_factory=lambda: Weekday.MONDAY)


class PreferencesUpdate(Input):
    """What is absent stays; null takes the quiet hours away."""

    kinds: Annotated[list[KindPreference], Field(max_length=MAX_KINDS)] = Field(default_factory=list)
    mail: MailUpdate = Field(default_factory=MailUpdate)
    quiet_hours: QuietHours | None = None


class KindPreferenceRead(Output):
    """Where a kind is wanted. Letters tell of what the inbox holds."""

    kind: str
    inbox: bool
    mail: bool


class MailRead(Output):
    """When letters come."""

    frequency: Frequency
    hour: int
    weekday: Weekday
    reachable: Annotated[bool, Field(description="Whether there is an address that letters may go to.")]


class QuietHoursRead(Output):
    """When nothing is sent."""

    start: str
    end: str


class PreferencesRead(Output):
    """What a person wants to hear of, where and when."""

    kinds: list[KindPreferenceRead]
    mail: MailRead
    quiet_hours: QuietHoursRead | None
    time_zone: Annotated[str, Field(description="Of the profile; what hours and quiet hours mean.")]
