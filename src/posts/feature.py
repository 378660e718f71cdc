"""What posts hand to the house."""

from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Owned, Permissions, Router
from src.notifications import kinds as notifications_kinds
from src.posts import archive, checks, constants, events, handlers, models, queries, router

FEATURE = Feature(
    "posts",
    (
        Router(router.router, prefix="/v1/posts"),
        Permissions(constants.Permission),
        *constants.NOTIFICATION_KINDS,
        notifications_kinds.Subject("post", visible_to=queries.post_visible_to, excerpts=queries.excerpts),
        events_handlers.Handler(events.PostPublished, handlers.tell, Moment.AFTER),
        events_handlers.Handler(events.PostEdited, handlers.tell_newly_mentioned, Moment.AFTER),
        events_handlers.Handler(events.PostDeleted, handlers.take_back, Moment.AFTER),
        Owned(
            (models.Post, models.PostEdit, models.PostMention, models.PostHashtag),
            export=archive.export,
            erase=archive.erase,
        ),
        Check("posts.counters", checks.counters),
    ),
)
