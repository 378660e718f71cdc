"""What events hand to the house."""

from src.events import jobs, models
from src.events.constants import PURGE_SECONDS
from src.feature import Feature, Impersonal, Job

FEATURE = Feature(
    "events",
    (
        Impersonal((models.OutboxRow, models.Subscription, models.DeadLetter)),
        Job("events.purge_outbox", jobs.purge_outbox, every=PURGE_SECONDS),
    ),
)
