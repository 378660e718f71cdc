"""What happens to polls, for whoever listens. Ids only; what somebody has chosen is told nobody."""

from typing import ClassVar

from src.events import event as events


class PollVoted(events.Event):
    """Somebody has voted, changed their vote or taken it back: the counters are others now."""

    type: ClassVar[str] = "polls.voted"

    poll_id: int
    attached_kind: str
    attached_id: int


class PollClosed(events.Event):
    """A poll has ended; by its owner, or by itself (`actor_id` 0)."""

    type: ClassVar[str] = "polls.closed"

    poll_id: int
    owner_id: int
    attached_kind: str
    attached_id: int


class VotersWaiting(events.Event):
    """A poll has too many voters to tell them all of its end at once: those with larger ids wait."""

    type: ClassVar[str] = "polls.voters_waiting"

    poll_id: int
    after_id: int


class PollDeleted(events.Event):
    """A poll is gone with what it belonged to."""

    type: ClassVar[str] = "polls.deleted"

    poll_id: int
