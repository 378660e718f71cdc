"""Whether the work on events keeps up, and whether who does it is set up as everybody else is."""

from collections.abc import Iterator
from datetime import timedelta

from src import clock
from src.database import ReadSession
from src.events import backbone as events_backbone
from src.events import lag as events_lag
from src.events import leadership as events_leadership
from src.feature import Registry
from src.operations import status
from src.operations.constants import MOST_WAITING


async def problems(session: ReadSession, registry: Registry) -> list[str]:
    """A line for each thing that is wrong."""
    has_kafka = events_backbone.configured() is not None
    unhandled = await events_lag.unhandled(session, status.listeners(registry))
    unpublished = await events_lag.unpublished(session) if has_kafka else events_lag.Lag()
    leader = await events_leadership.leader(session)
    worker = "hearth consumer" if has_kafka else "hearth serve"
    return [
        *_late(unhandled, f"wait to be handled: does a `{worker}` run, and what does its log say?"),
        *_late(unpublished, "wait to be brought to Kafka: does it answer, and does a `hearth serve` run?"),
        *([] if leader is None or leader.is_to_kafka == has_kafka else [_misled(leader)]),
    ]


def _late(lag: events_lag.Lag, what: str) -> Iterator[str]:
    age = timedelta() if lag.oldest is None else clock.now() - lag.oldest
    if age >= MOST_WAITING:
        yield f"{lag.count:,}, the oldest for {timedelta(seconds=round(age.total_seconds()))}, {what}"


def _misled(leader: events_leadership.Leader) -> str:
    """Somebody was left over when Kafka was switched on or off."""
    who = f"a process on {leader.place} (connection {leader.pid} of PostgreSQL)"
    if leader.is_to_kafka:
        return (
            f"the relay is led by {who} that brings events to a Kafka, and here none is set: end the `hearth consumer` "
            "that is left over, or set KAFKA_BOOTSTRAP_SERVERS."
        )
    return f"the relay is led by {who} that knows of no Kafka: start it again with KAFKA_BOOTSTRAP_SERVERS."
