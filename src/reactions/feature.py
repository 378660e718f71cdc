"""What reactions hand to the house."""

from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Owned, Permissions, Router
from src.posts import events as posts_events
from src.reactions import archive, checks, constants, events, handlers, router, service_restores

FEATURE = Feature(
    "reactions",
    (
        Router(router.router, prefix="/v1/posts"),
        Permissions(constants.Permission),
        *constants.NOTIFICATION_KINDS,
        events_handlers.Handler(events.PostLiked, handlers.settle_like, Moment.AFTER),
        events_handlers.Handler(events.PostUnliked, handlers.settle_like, Moment.AFTER),
        events_handlers.Handler(events.PostReposted, handlers.settle_repost, Moment.AFTER),
        events_handlers.Handler(events.PostUnreposted, handlers.settle_repost, Moment.AFTER),
        events_handlers.Handler(posts_events.PostDeleted, handlers.take_back, Moment.AFTER),
        Owned(
            archive.KINDS,
            export=archive.export,
            erase=archive.erase,
            restore={kind.__tablename__: service_restores.restoring(kind) for kind in archive.KINDS},
        ),
        Check("reactions.counters", checks.counters),
    ),
)
