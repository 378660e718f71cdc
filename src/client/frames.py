"""The objects of the socket protocol as a client reads and writes them. What it does not know it passes over."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import orjson
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from src.exceptions import FieldError


class Entry(BaseModel):
    """An entry of a stream."""

    op: Literal["ev"] = "ev"
    stream: str
    ev: int
    t: str
    d: dict[str, object]


class Ephemeral(BaseModel):
    """Something that passes."""

    op: Literal["eph"]
    stream: str
    t: str
    d: dict[str, object]
    ttl: int = 5000


class Ping(BaseModel):
    """The server is there; these streams have moved, up to these entries."""

    op: Literal["ping"]
    h: list[tuple[str, int]] = []


class Lag(BaseModel):
    """Entries of these streams were left out."""

    op: Literal["lag"]
    streams: list[str]


class Bye(BaseModel):
    """The server closes the socket."""

    op: Literal["bye"]
    code: int
    reason: str = ""
    reconnect: bool = True
    after_ms: int = 0


class Refusal(BaseModel):
    """Why a request was refused."""

    code: str
    msg: str = ""
    retry: bool = False
    after_ms: int | None = None
    errors: list[FieldError] = []


class Reply(BaseModel):
    """The answer to a request: one of the two. Without a number it is about a frame that could not be read."""

    re: int | None
    ok: dict[str, object] | None = None
    err: Refusal | None = None


class Limits(BaseModel):
    """What the server takes from one socket: bytes of a frame, requests under way, frames a second and at once."""

    frame: int
    inflight: int
    rate: float
    burst: int


class Head(BaseModel):
    """Where a stream stands, and what its kind says of it."""

    stream: str
    ev: int
    state: dict[str, object] = {}


class Greeting(BaseModel):
    """The answer to hello."""

    conn: str
    account: int
    epoch: str
    fresh: bool
    ping_ms: int
    exp: int | None
    limits: Limits
    heads: list[Head]
    gone: list[str] = []
    more: bool = False


class PageRead(BaseModel):
    """The answer to sync."""

    stream: str
    events: list[Entry]
    upto: int
    more: bool
    reset: bool


class Refreshed(BaseModel):
    """The answer to refresh."""

    exp: int | None


Incoming: TypeAlias = Entry | Ephemeral | Ping | Lag | Bye | Reply
_PUSHED: TypeAdapter[Entry | Ephemeral | Ping | Lag | Bye] = TypeAdapter(
    Annotated[Entry | Ephemeral | Ping | Lag | Bye, Field(discriminator="op")]
)


def read(text: str | bytes) -> list[Incoming]:
    """The objects of one frame, one a line; those that this client does not know are left out."""
    found = (_object(line) for line in (text.encode() if isinstance(text, str) else text).split(b"\n") if line)
    return [one for one in found if one is not None]


def _object(line: bytes) -> Incoming | None:
    try:
        value: object = orjson.loads(line)
        if isinstance(value, dict) and "re" in value:
            return Reply.model_validate(value)
        return _PUSHED.validate_python(value)
    except (orjson.JSONDecodeError, ValidationError):
        return None


def request(op: str, number: int | None, fields: Mapping[str, object]) -> bytes:
    """A request as it is sent; without a number it is not answered."""
    head = {"op": op} if number is None else {"op": op, "id": number}
    return orjson.dumps({**head, **fields})
