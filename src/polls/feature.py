"""What polls hand to the house."""

from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Job, Owned, Permissions, Router
from src.polls import (
    archive,
    checks,
    constants,
    events,
    handlers,
    jobs,
    models,
    router,
    subject,
)

FEATURE = Feature(
    "polls",
    (
        Router(router.router, prefix="/v1/polls"),
        Permissions(constants.Permission),
        constants.ENDED,
        subject.PollSubject(),
        events_handlers.Handler(events.PollClosed, handlers.tell, Moment.AFTER, alone=True),
        events_handlers.Handler(events.VotersWaiting, handlers.tell_on, Moment.AFTER, alone=True),
        events_handlers.Handler(events.PollDeleted, handlers.take_back, Moment.AFTER),
        Job("polls.close", jobs.close, every=constants.CLOSE_SECONDS),
        Owned((models.Poll, models.PollOption, models.PollBallot), export=archive.export, erase=archive.erase),
        Check("polls.counters", checks.counters),
        Check("polls.places", checks.places),
    ),
)
