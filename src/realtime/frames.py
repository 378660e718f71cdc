"""The objects that travel over a socket. What clients send is taken apart by these; what they get is described by them.

A client must pass over fields, operations and types that it does not know.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from src.realtime.constants import MAX_HEADS, MAX_PAGE, MAX_STREAM, MAX_TOKEN, MAX_WATCHED
from src.schemas import Id, Input, Text

StreamName = Annotated[
    Text,
    Field(min_length=1, max_length=MAX_STREAM, description="`chat:17`, or `own`.", examples=["chat:17"]),
]
Number = Annotated[int, Field(strict=True, ge=0, le=2**53, description="The number of an entry.", examples=[5314])]

PageLimit = Annotated[int, Field(strict=True, ge=1, le=MAX_PAGE, description="At most so many entries.")]


class Frame(BaseModel):
    """Base of what the server sends."""

    model_config = ConfigDict(extra="forbid")


class Hello(Input):
    """The first frame of a client: who it is and what it has."""

    v: Literal[1] = 1
    token: Annotated[
        Text | None,
        Field(min_length=1, max_length=MAX_TOKEN, description="Left out by clients that sent it with the handshake."),
    ] = None
    device: Annotated[
        Text, Field(max_length=100, description="Any name that the installation keeps; taken, and not used.")
    ] = ""
    client: Annotated[Text, Field(max_length=100, description="What the client calls itself; taken, and not used.")] = (
        ""
    )
    epoch: Annotated[Text | None, Field(max_length=64, description="Of the last hello.")] = None
    heads: Annotated[
        dict[StreamName, Number],
        Field(max_length=MAX_HEADS, description="The last entry that the client has, by stream."),
    ] = Field(default_factory=dict)


class Limits(Frame):
    """What the server takes from one socket."""

    frame: Annotated[int, Field(description="Bytes of one frame.")]
    inflight: Annotated[int, Field(description="Requests under way at once.")]
    rate: Annotated[float, Field(description="Frames a second.")]
    burst: Annotated[int, Field(description="Frames at once.")]


class HeadRead(Frame):
    """Where a stream stands."""

    stream: str
    ev: Annotated[int, Field(description="Its newest entry.", examples=[5314])]
    state: Annotated[
        dict[str, object], Field(description="What the stream's kind says of it; empty beyond the first 200 of many.")
    ]


class Greeting(Frame):
    """The answer to hello."""

    conn: Annotated[str, Field(description="Names the socket in the server's log.")]
    account: Annotated[str, Field(pattern="^[0-9]{1,19}$", description="The id of the account.")]
    epoch: Annotated[str, Field(description="Another one than before: the server's data are others; drop all heads.")]
    fresh: Annotated[bool, Field(description="Nothing that the client sent as its heads counts.")]
    ping_ms: int
    pong_ms: Annotated[int, Field(description="Within this time after a ping something has to come.")]
    exp: Annotated[int | None, Field(description="When the token ends, in Unix seconds; null: an API key's.")]
    limits: Limits
    heads: Annotated[list[HeadRead], Field(description="Streams that stand elsewhere than the client's heads.")]
    gone: Annotated[list[str], Field(description="Streams among the client's heads that it does not read any more.")]
    more: Annotated[bool, Field(description="There are more heads: `GET /v1/streams`.")]


class Refresh(Input):
    """A new token before the old one ends."""

    token: Annotated[Text, Field(min_length=1, max_length=MAX_TOKEN)]


class Refreshed(Frame):
    """The answer to refresh."""

    exp: int | None


class Sync(Input):
    """Asks for the entries after a number."""

    stream: StreamName
    since: Number
    limit: PageLimit = MAX_PAGE


class Watch(Input):
    """Asks to be told when these people come and go; replaces what was asked before."""

    accounts: Annotated[list[Id], Field(max_length=MAX_WATCHED)]


class Watched(Frame):
    """The answer to watch."""

    online: Annotated[list[str], Field(description="Those of them who are there.")]


class PresenceData(Frame):
    """Somebody whom the client watches has come or gone."""

    account: str
    online: bool


class Pong(Input):
    """Answers a ping; any other frame does, too."""


class EventFrame(Frame):
    """An entry of a stream."""

    op: Literal["ev"]
    stream: str
    ev: int
    t: str
    d: dict[str, object]


class PageRead(Frame):
    """The answer to sync: all entries after a number, or none with `reset`."""

    stream: str
    events: list[EventFrame]
    upto: Annotated[int, Field(description="Up to this entry nothing is missing now.")]
    more: Annotated[bool, Field(description="There are more: ask again from `upto`.")]
    reset: Annotated[
        bool, Field(description="What follows is too old to be had: load the thing anew, go on at `upto`.")
    ]


class PingFrame(Frame):
    """Comes every `ping_ms`; names the streams that have moved since the last one, with their newest entry."""

    op: Literal["ping"]
    h: list[tuple[str, int]]


class LagFrame(Frame):
    """The client was too slow: entries of these streams were left out; `sync` brings them."""

    op: Literal["lag"]
    streams: list[str]


class ByeFrame(Frame):
    """The server closes the socket with this code."""

    op: Literal["bye"]
    code: int
    reason: str
    reconnect: bool
    after_ms: Annotated[int, Field(description="Wait so long before coming again.")]


class Refusal(Frame):
    """Why something was not done."""

    code: Annotated[str, Field(examples=["too_many_requests"])]
    msg: str
    retry: Annotated[bool, Field(description="Whether the same may be sent again.")]
    after_ms: Annotated[int | None, Field(description="And when.")] = None
    errors: Annotated[list[dict[str, object]] | None, Field(description="Fields that were refused.")] = None


class RefusalFrame(Frame):
    """Refuses a request; `re` is null for a frame whose `id` could not be read."""

    re: int | None
    err: Refusal
