"""An event as it lies in the outbox: its place, its columns, and the way back to its class."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError

from src.events.event import Event, Noted
from src.events.exceptions import UndecodableEvent


class Position(NamedTuple):
    """A place in the outbox, by writing transaction and row: compared as a pair."""

    xid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the outbox."""

    xid: int
    gid: int
    stream: str | None
    ev: int | None
    actor_id: int
    type: str
    payload: dict[str, object]
    at: datetime

    @property
    def position(self) -> Position:
        """Where it lies."""
        return Position(self.xid, self.gid)


def encode(noted: Noted) -> dict[str, object]:
    """The columns of an event's row, ready for JSON."""
    event = noted.event
    return {
        "stream": noted.stream,
        "ev": noted.ev,
        "actor_id": event.actor_id,
        "type": event.type,
        "payload": event.model_dump(mode="json", exclude={"actor_id", "at"}),
        "at": event.at.isoformat(),
    }


def decode(kind: type[Event], *, actor_id: int, at: datetime, payload: dict[str, object]) -> Event:
    """The event of a row; fields that a newer version of its class has added are left out.

    Raises:
        UndecodableEvent: the payload does not fit the class.
    """
    try:
        return kind.model_validate({**payload, "actor_id": actor_id, "at": at}, extra="ignore")
    except ValidationError as error:
        raise UndecodableEvent from error
