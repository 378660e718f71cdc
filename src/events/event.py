"""What an event is, and the one way to publish one.

A package's `events.py` holds its event classes and nothing else:

    class PostPublished(Event):
        type: ClassVar[str] = "posts.published"
        post_id: int

An event holds ids and no contents: rows of the outbox outlive what they tell of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from src import clock
from src.database import WriteSession

_NOTED = "noted_events"
_STREAMED = "noted_streams"


class Event(BaseModel):
    """Base of all events.

    Attributes:
        type: `package.what_happened`; stands in the outbox, so it must stay the same when the class is renamed.
        hot: a statement of the package writes the row itself; such an event is not published and has no WITHIN handler.
        actor_id: the account that did it; 0 for the server itself.
        at: when it happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    hot: ClassVar[bool] = False

    actor_id: int
    at: datetime = Field(default_factory=clock.now)


@dataclass(frozen=True, slots=True)
class Noted:
    """An event that waits for its transaction's end, with its place in a stream if it has one."""

    event: Event
    stream: str | None
    ev: int | None


def publish(session: WriteSession, event: Event, *, stream: str | None = None, ev: int | None = None) -> None:
    """Notes the event: it is stored with the session's transaction, and heard if that is committed.

    Args:
        session: the unit of work that makes the change.
        event: what happens.
        stream: the ordered log that it belongs to (`chat:17`), if any.
        ev: its number there, given by the stream's owner under a lock of its own, dense from 1.

    Raises:
        ValueError: one of `stream` and `ev` without the other.
        RuntimeError: inside of a savepoint, whose roll-back the event would survive.
    """
    if (stream is None) != (ev is None):
        message = "a stream's event has a number, and only a stream's"
        raise ValueError(message)
    if session.in_nested_transaction():
        message = "publish after the savepoint: an event does not go away with it"
        raise RuntimeError(message)
    session.info.setdefault(_NOTED, []).append(Noted(event, stream, ev))


def noted(session: WriteSession) -> list[Noted]:
    """The session's events so far; the list grows when more are published."""
    found: list[Noted] = session.info.get(_NOTED, [])
    return found


def note_streams(session: WriteSession, places: Iterable[tuple[str, int]]) -> None:
    """Notes that a statement of this session has written events into streams itself: told once it is committed.

    Raises:
        RuntimeError: inside of a savepoint, whose roll-back the note would survive.
    """
    if session.in_nested_transaction():
        message = "note streams after the savepoint: the note does not go away with it"
        raise RuntimeError(message)
    session.info.setdefault(_STREAMED, []).extend(places)


def noted_streams(session: WriteSession) -> list[tuple[str, int]]:
    """What was noted so far."""
    found: list[tuple[str, int]] = session.info.get(_STREAMED, [])
    return found
