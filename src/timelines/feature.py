"""What timelines hand to the house."""

from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Job, Owned, Permissions, Resource, Router
from src.pagination import Page
from src.posts import events as posts_events
from src.reactions import events as reactions_events
from src.realtime import parts as realtime_parts
from src.search import sources as search_sources
from src.timelines import (
    archive,
    checks,
    constants,
    events,
    feeds_router,
    handlers,
    jobs,
    popular,
    rendering,
    router,
    schemas,
    searching,
    service_arrivals,
    threads_router,
)
from src.users import events as users_events

_TRIM_SECONDS = 600
_FORGET_SECONDS = 60

FEATURE = Feature(
    "timelines",
    (
        Router(router.router, prefix="/v1/timelines"),
        Router(threads_router.router, prefix="/v1/posts"),
        Router(feeds_router.router, prefix="/v1/users"),
        Permissions(constants.Permission),
        realtime_parts.EventType(
            "own", constants.POST_ARRIVED, schemas.PostArrived, permission=constants.Permission.HOME
        ),
        events_handlers.Handler(posts_events.PostPublished, handlers.tell, Moment.AFTER, alone=True),
        Resource("rendered_posts", rendering.rendered),
        events_handlers.Handler(posts_events.PostPublished, handlers.show, Moment.WITHIN),
        events_handlers.Handler(posts_events.PostEdited, handlers.show_to_newly_mentioned, Moment.WITHIN),
        events_handlers.Handler(posts_events.PostReaddressed, handlers.show_readdressed, Moment.WITHIN),
        events_handlers.Handler(reactions_events.PostReposted, handlers.carry, Moment.WITHIN),
        events_handlers.Handler(events.SpreadDelayed, handlers.spread_on, Moment.AFTER, alone=True),
        events_handlers.Handler(reactions_events.PostUnreposted, handlers.take_back, Moment.WITHIN),
        events_handlers.Handler(users_events.AccountFollowed, handlers.catch_up, Moment.WITHIN),
        events_handlers.Handler(users_events.FollowersAccepted, handlers.catch_up_together, Moment.AFTER, alone=True),
        Job("timelines.trim", jobs.trim, every=_TRIM_SECONDS),
        Job("timelines.forget_frozen_lists", popular.forget, every=_FORGET_SECONDS),
        Owned(archive.TABLES, export=archive.export, erase=archive.erase, finish=service_arrivals.finish),
        search_sources.Source("posts", searching.answer, Page[schemas.TimelineItem], searching.OPERATORS),
        Check("timelines.entries", checks.entries),
    ),
)
