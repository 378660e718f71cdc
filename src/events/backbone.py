"""Which Kafka, if any: the options of its clients and the topics that Hearth has there."""

import logging
import re
import time
from dataclasses import dataclass, field
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from src import config
from src.events.config import EventsSettings

logger = logging.getLogger("hearth.kafka")

EVENTS: Final = "events"
STREAMS: Final = "streams"

# Of librdkafka's own lines only the critical ones: while brokers are away it would write several each second.
_QUIET: Final = 2
# The same trouble is told of so often.
_TELL_SECONDS: Final = 30.0
_told: dict[str, float] = {}

_PROPERTY = re.compile(r'property:? "([\w.]+)"')


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes:
        kind: `events` or `streams`; stands in the names of lanes.
        name: as Kafka knows it.
        partitions: never changed, because a key would move to another partition and overtake itself.
        retention_hours: how long Kafka keeps a record; consumers that come later find it in the outbox.
    """

    kind: str
    name: str
    partitions: int
    retention_hours: int = 7 * 24


@dataclass(frozen=True)
class Backbone:
    """A Kafka cluster and Hearth's place in it.

    Attributes:
        options: what all clients of librdkafka are given.
        prefix: what names of topics and groups begin with.
        events: the topic of events of their actor's, in the order of each actor.
        streams: the topic of events that have a stream, in the order of each stream.
    """

    options: dict[str, str] = field(repr=False)
    prefix: str
    events: Topic
    streams: Topic

    @property
    def topics(self) -> dict[str, Topic]:
        """All of them, by kind."""
        return {topic.kind: topic for topic in (self.events, self.streams)}

    def topic_of(self, stream: str | None) -> Topic:
        """The topic of an event in this stream, or in none."""
        return self.events if stream is None else self.streams

    def client(self, **options: object) -> dict[str, object]:
        """The options of one client: those of the settings win, but over what a client must not do without."""
        common = {
            "client.id": "hearth",
            "reconnect.backoff.max.ms": 1000,
            "log.connection.close": False,
            "error_cb": tell_error,
            "logger": logger,
            "log_level": _QUIET,
        }
        return {**common, **self.options, **options}

    def admin(self) -> AdminClient:
        """A client that looks at topics and makes them."""
        return AdminClient({"client.id": "hearth", "log_level": _QUIET, **self.options}, logger=logger)

    def group(self, package: str) -> str:
        """The consumer group of a package's subscription."""
        return f"{self.prefix}.{package}"


def backbone(prefix: str, options: dict[str, str], *, events: int = 12, streams: int = 24) -> Backbone:
    """The topics of this prefix; their version counts up when their keys or the form of their records change."""
    return Backbone(
        options,
        prefix,
        Topic(EVENTS, f"{prefix}.events.v1", events),
        Topic(STREAMS, f"{prefix}.streams.v1", streams),
    )


def configured() -> Backbone | None:
    """The Kafka of the settings; None when there is none."""
    settings = config.of(EventsSettings)
    if settings.kafka_bootstrap_servers is None:
        return None
    options = {**settings.kafka_options, "bootstrap.servers": settings.kafka_bootstrap_servers}
    if settings.kafka_password is not None:
        options["sasl.password"] = settings.kafka_password.get_secret_value()
    return backbone(settings.kafka_prefix, options)


def tell(trouble: str, *, of: str = "") -> None:
    """Logs a trouble that lasts, but not all the time; `of` is what it is known by, if not by its words."""
    now = time.monotonic()
    if now - _told.get(of or trouble, -_TELL_SECONDS) >= _TELL_SECONDS:
        _told[of or trouble] = now
        logger.warning("%s", trouble)


def tell_error(error: KafkaError) -> None:
    """Logs what a client says of its connections."""
    tell(f"Kafka: {error.str()}", of=error.name())


def unfit() -> list[str]:
    """A line for what the client refuses in the settings; nothing is connected to."""
    found = configured()
    if found is None:
        return []
    try:
        found.admin()
    except KafkaException as error:
        named = _PROPERTY.search(str(error))
        what = f"the option {named[1]}" if named else "its options"
        return [f"KAFKA_OPTIONS: Kafka's client does not take {what}."]
    return []
