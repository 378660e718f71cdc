"""The words and numbers of events."""

from enum import StrEnum
from typing import Final


class Moment(StrEnum):
    """When a handler hears of an event."""

    # In the writing transaction: own tables, bounded, no I/O. Its failure fails the write.
    WITHIN = "within"
    # In one process, at least once, in an own transaction with its watermark; retried, then set aside.
    AFTER = "after"
    # In each process that runs its relay, right after the commit; no writes; may be missed, so recoverable by reading.
    EVERYWHERE = "everywhere"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    DEAD_LETTER_NOT_FOUND = "dead_letter_not_found"
    DEAD_LETTER_UNCLAIMED = "dead_letter_unclaimed"


CHANNEL: Final = "hearth_events"
LEADER_LOCK: Final = "events.relay"
# What the name of a relay ends with in the database that leaves AFTER handlers to consumers behind Kafka.
TO_KAFKA: Final = " to Kafka"

# Events of one transaction; more than this is a circle of handlers that publish.
MAX_EVENTS: Final = 10_000
# Events that one subscription handles in one transaction when all goes well.
BATCH: Final = 100
# Events that it reads at once when it takes some together; they count as one.
READ_AHEAD: Final = 500
# Such a subscription begins a transaction at most this often: the more it takes together, the less each event costs.
TOGETHER_SECONDS: Final = 0.5
# Handler transactions of the relay at the same time: requests need the pool more.
HANDLERS_AT_ONCE: Final = 2
# A handler that takes longer than this has failed; a little later PostgreSQL itself would end its transaction.
HANDLER_SECONDS: Final = 8.0

# An event is tried this often, 0.25, 0.75, 2.25 … 182 seconds apart (four and a half minutes), then set aside.
MAX_ATTEMPTS: Final = 8
FIRST_RETRY_SECONDS: Final = 0.25
RETRY_FACTOR: Final = 3

# Events of the tail that a process hears in one go.
TAIL_BATCH: Final = 1_000

# The relay looks by itself this often, should every wake-up have been lost.
POLL_SECONDS: Final = 1.0
# It looks at most this often: many commits are one look, one NOTIFY.
PACE_SECONDS: Final = 0.025
# While an open transaction holds back committed events, the relay looks again after these times.
HELD_SECONDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2)
RECONNECT_SECONDS: Final = 0.5
# Idle subscriptions step over other packages' events this often, so that these can be purged.
SWEEP_SECONDS: Final = 60.0
SETTLE_SECONDS: Final = 20.0

# Streams can be resumed over this time.
RETENTION_DAYS: Final = 30
# A watermark so far behind the others belongs to a package that is no longer installed.
ABANDONED_DAYS: Final = 7
PURGE_BATCH: Final = 5_000
PURGE_SECONDS: Final = 3_600.0

# Kafka: events that are published and acknowledged together, records that a consumer takes at once.
PUBLISH_BATCH: Final = 500
FETCH_BATCH: Final = 500
# A consumer waits so long for the first record.
FETCH_SECONDS: Final = 0.25
# Topics are looked after by an idle relay so often.
TOPICS_SECONDS: Final = 10.0
# Topics that are not as they have to be are looked at again.
UNFIT_SECONDS: Final = 15.0
# Lanes that stand still are compared with the outbox so often.
LANES_SWEEP_SECONDS: Final = 10.0
FIRST_SWEEP_SECONDS: Final = 1.0
# Packages of one consumer process that handle at the same time.
PACKAGES_AT_ONCE: Final = 4
# Events of its own that a process remembers until Kafka brings them back.
MAX_OWN: Final = 50_000
