"""Events as records of Kafka: JSON for everybody, and in the headers what is needed to drop one unread."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from confluent_kafka import Message
from pydantic import BaseModel, ConfigDict, ValidationError

from src.events.handlers import Place
from src.events.lanes import Arrived
from src.events.records import Position, Record

# Kafka refuses records of a mebibyte; a bigger event goes without its value and is read from the outbox.
MAX_BYTES: Final = 900_000
_SCHEMA: Final = 1
_TYPE, _PLACE, _AFTER, _STREAM = "type", "place", "after", "stream"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be produced."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, str | bytes | None]]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the headers say.

    Attributes:
        type: the event's type.
        place: its place in the outbox.
        after: the place up to which all of the partition's events have been published before it.
        stream: the stream that it belongs to and its number there, if it does.
    """

    type: str
    place: Position
    after: Position
    stream: Place | None = None


class _Value(BaseModel):
    """A record's value, as other readers of the topics may take it too.

    Attributes:
        schema_: the version of this form.
        id: the event's number, which never comes twice with another content.
    """

    model_config = ConfigDict(extra="ignore")

    id: int
    type: str
    actor_id: int
    stream: str | None
    ev: int | None
    at: datetime
    payload: dict[str, object]


def outgoing(record: Record, *, topic: str, partition: int, key: str, after: Position) -> Outgoing:
    """The record of an event; `after` is the place up to which its partition is complete."""
    value = orjson.dumps(
        {
            "schema": _SCHEMA,
            "id": record.gid,
            "type": record.type,
            "actor_id": record.actor_id,
            "stream": record.stream,
            "ev": record.ev,
            "at": record.at,
            "payload": record.payload,
        }
    )
    return Outgoing(
        topic,
        partition,
        key.encode(),
        value if len(value) <= MAX_BYTES else None,
        [
            (_TYPE, record.type),
            (_PLACE, _packed(record.position)),
            (_AFTER, _packed(after)),
            *([] if record.stream is None else [(_STREAM, f"{record.stream}.{record.ev}")]),
        ],
    )


def letterhead(message: Message) -> Letterhead | None:
    """The headers; None if the record is not Hearth's."""
    found = dict(message.headers() or ())
    try:
        stream = _stream(_text(found[_STREAM])) if _STREAM in found else None
        return Letterhead(_text(found[_TYPE]), _unpacked(found[_PLACE]), _unpacked(found[_AFTER]), stream)
    except (KeyError, ValueError):
        return None


def arrived(message: Message, head: Letterhead, *, is_heard: bool) -> Arrived:
    """What a lane takes; the value is read only if somebody hears it."""
    return Arrived(head.place, head.after, record(message, head) if is_heard else None, is_heard)


def record(message: Message, head: Letterhead) -> Record | None:
    """The event; None if the record has none that can be read."""
    try:
        value = _Value.model_validate_json(message.value() or b"")
    except ValidationError:
        return None
    place = head.place
    return Record(place.xid, place.gid, value.stream, value.ev, value.actor_id, value.type, value.payload, value.at)


def _packed(place: Position) -> str:
    return f"{place.xid}.{place.gid}"


def _unpacked(text: str | bytes | None) -> Position:
    xid, _, gid = _text(text).partition(".")
    return Position(int(xid), int(gid))


def _stream(text: str) -> Place:
    name, _, ev = text.rpartition(".")
    return name, int(ev)


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
