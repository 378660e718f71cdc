"""What posts hand to the house."""

from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Job, Owned, Permissions, Router
from src.media import attachments as media_attachments
from src.media import events as media_events
from src.notifications import kinds as notifications_kinds
from src.pagination import Page
from src.posts import (
    archive,
    checks,
    constants,
    events,
    handlers,
    handlers_cards,
    jobs,
    models,
    queries,
    router,
    schemas,
    searching,
    service_restores,
)
from src.previews import events as previews_events
from src.search import sources as search_sources

FEATURE = Feature(
    "posts",
    (
        Router(router.router, prefix="/v1/posts"),
        Permissions(constants.Permission),
        *constants.NOTIFICATION_KINDS,
        notifications_kinds.Subject("post", visible_to=queries.post_visible_to, excerpts=queries.excerpts),
        media_attachments.Attachment(constants.MEDIA_KIND, queries.is_visible),
        events_handlers.Handler(media_events.MediaReady, handlers.show_media, Moment.AFTER),
        events_handlers.Handler(media_events.MediaFailed, handlers.show_media, Moment.AFTER),
        events_handlers.Handler(media_events.MediaChanged, handlers.show_media, Moment.AFTER),
        events_handlers.Handler(events.PostPublished, handlers.tell, Moment.AFTER),
        events_handlers.Handler(events.PostEdited, handlers.tell_newly_mentioned, Moment.AFTER),
        events_handlers.Handler(events.PostDeleted, handlers.take_back, Moment.AFTER),
        Owned(
            (models.Post, models.PostEdit, models.PostMention, models.PostHashtag),
            export=archive.export,
            erase=archive.erase,
            restore={"posts": service_restores.restore_posts, "post_edits": service_restores.restore_edits},
            finish=service_restores.restore_media,
        ),
        events_handlers.Handler(events.LinkShared, handlers_cards.look_up_link, Moment.AFTER),
        events_handlers.Handler(previews_events.CardChanged, handlers_cards.show_card, Moment.AFTER),
        Job("posts.write_documents", jobs.write_documents, every=constants.DOCUMENTS_SECONDS),
        search_sources.Source("hashtags", searching.hashtags, Page[schemas.HashtagRead]),
        Check("posts.counters", checks.counters),
        Check("posts.words", checks.words),
    ),
)
