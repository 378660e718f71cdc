"""What can go wrong with events where a person has asked for something."""

from src.events.constants import ErrorCode
from src.exceptions import Conflict, NotFound


class DeadLetterNotFound(NotFound):
    """There is no such dead letter, or somebody replays it right now."""

    code = ErrorCode.DEAD_LETTER_NOT_FOUND
    detail = "There is no such dead letter."


class DeadLetterUnclaimed(Conflict):
    """The package that the letter was for no longer listens to such events."""

    code = ErrorCode.DEAD_LETTER_UNCLAIMED
    detail = "No handler of this server is waiting for this event."


class UndecodableEvent(Exception):
    """A stored event does not fit its class any more; to try again would not help."""


class KafkaUnreachable(Exception):
    """No broker of KAFKA_BOOTSTRAP_SERVERS answers."""

    def __init__(self) -> None:
        super().__init__("Kafka does not answer: is it running, and is KAFKA_BOOTSTRAP_SERVERS right?")


class TopicsUnfit(Exception):
    """Topics are not as they have to be; each line says which, and the cure."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(f"Kafka: {line}" for line in lines))


class NotAcknowledged(Exception):
    """Kafka did not take a record; it may still have done so."""
