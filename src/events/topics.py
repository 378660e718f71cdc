"""Hearth's topics in Kafka: made when they are missing, and never used when they are not as they have to be."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from src.events.backbone import Backbone, Topic
from src.events.exceptions import KafkaUnreachable, TopicsUnfit

SECONDS: Final = 4.0
_LOOK_AGAIN_SECONDS: Final = 0.05
_HOUR: Final = 3_600_000
_RETENTION: Final = "retention.ms"
# By the broker's own default (its `default.replication.factor`).
_REPLICATION: Final = -1


@dataclass(frozen=True)
class Findings:
    """What there is of the topics.

    Attributes:
        missing: those that have still to be made.
        wrong: a line for each thing that is not as it has to be, with the cure.
    """

    missing: tuple[Topic, ...]
    wrong: tuple[str, ...]


def examine(backbone: Backbone) -> Findings:
    """Looks at the topics; blocks.

    Raises:
        KafkaUnreachable: no broker answers in time.
    """
    return _examine(backbone.admin(), backbone)


def ensure(backbone: Backbone) -> Sequence[Topic]:
    """Makes the topics that are missing and gives those; blocks. Several processes may do so at once.

    Raises:
        KafkaUnreachable: no broker answers in time.
        TopicsUnfit: there are such topics, but not as they have to be, or they may not be made.
    """
    client = backbone.admin()
    found = _examine(client, backbone)
    made = _create(client, found.missing) if found.missing else ()
    deadline = time.monotonic() + SECONDS
    # A broker may take a moment to tell of what it has made.
    while found.missing and time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN_SECONDS)
        found = _examine(client, backbone)
    if found.wrong or found.missing:
        raise TopicsUnfit(*found.wrong, *(f"the topic {topic.name} is still not there." for topic in found.missing))
    return made


def _examine(client: AdminClient, backbone: Backbone) -> Findings:
    try:
        cluster = client.list_topics(timeout=SECONDS)
    except KafkaException as error:
        raise KafkaUnreachable from error
    there = cluster.topics
    known = [topic for topic in backbone.topics.values() if topic.name in there]
    wrong = [line for topic in known for line in _miscounted(topic, len(there[topic.name].partitions))]
    # Whoever is asked for settings asks the controller, which librdkafka's mock cluster lacks.
    if known and cluster.controller_id in cluster.brokers:
        wrong += _misconfigured(client, known)
    return Findings(tuple(topic for topic in backbone.topics.values() if topic not in known), tuple(wrong))


def _miscounted(topic: Topic, partitions: int) -> Sequence[str]:
    if partitions == topic.partitions:
        return ()
    line = (
        f"the topic {topic.name} has {partitions} partitions instead of {topic.partitions}: remove it, or set "
        "KAFKA_PREFIX to a new name; nothing is lost."
    )
    return (line,)


def _misconfigured(client: AdminClient, topics: Sequence[Topic]) -> list[str]:
    resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics]
    asked = client.describe_configs(resources, request_timeout=SECONDS)
    lines: list[str] = []
    for topic, resource in zip(topics, resources, strict=True):
        try:
            entries = asked[resource].result()
        except KafkaException as error:
            lines.append(f"the settings of the topic {topic.name} cannot be looked at: {_said(error)}.")
        else:
            lines += _deviating(topic, {name: entry.value for name, entry in entries.items()})
    return lines


def _deviating(topic: Topic, found: Mapping[str, str | None]) -> Sequence[str]:
    return [
        f"the topic {topic.name} has {name}={found.get(name)} instead of {value}: change that, or remove the topic."
        for name, value in _settings(topic).items()
        if not _is_enough(name, found.get(name), value)
    ]


def _is_enough(name: str, found: str | None, needed: str) -> bool:
    """Records may be kept longer, for others that read them; -1 is for ever."""
    if name == _RETENTION and found is not None:
        return int(found) < 0 or int(found) >= int(needed)
    return found == needed


def _settings(topic: Topic) -> dict[str, str]:
    return {"cleanup.policy": "delete", _RETENTION: str(topic.retention_hours * _HOUR)}


def _create(client: AdminClient, topics: Sequence[Topic]) -> Sequence[Topic]:
    """Makes them and gives those that nobody else has made meanwhile."""
    wanted = [
        NewTopic(topic.name, num_partitions=topic.partitions, replication_factor=_REPLICATION, config=_settings(topic))
        for topic in topics
    ]
    making = client.create_topics(wanted, request_timeout=SECONDS)
    return [topic for topic in topics if _is_made(topic, making[topic.name])]


def _is_made(topic: Topic, making: Future[None]) -> bool:
    try:
        making.result()
    except KafkaException as error:
        if _code(error) != KafkaError.TOPIC_ALREADY_EXISTS:
            raise TopicsUnfit(f"the topic {topic.name} cannot be made: {_said(error)}.") from error
        return False
    return True


def _code(error: KafkaException) -> int:
    reason: KafkaError = error.args[0]
    return reason.code()


def _said(error: KafkaException) -> str:
    reason: KafkaError = error.args[0]
    return reason.str().rstrip(".")
