"""What posts hand to the house."""

from src.cards import parts as cards_parts
from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Job, Owned, Permissions, Router
from src.groups import events as groups_events
from src.media import attachments as media_attachments
from src.media import events as media_events
from src.notifications import kinds as notifications_kinds
from src.pagination import Page
from src.polls import containers as polls_containers
from src.posts import (
    archive,
    checks,
    constants,
    events,
    handlers,
    handlers_cards,
    handlers_groups,
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
from src.search.constants import DOCUMENTS_SECONDS

FEATURE = Feature(
    "posts",
    (
        Router(router.router, prefix="/v1/posts"),
        Permissions(constants.Permission),
        *constants.NOTIFICATION_KINDS,
        notifications_kinds.Subject("post", visible_to=queries.post_visible_to, excerpts=queries.excerpts),
        media_attachments.Attachment(constants.MEDIA_KIND, queries.is_visible, constants.Permission.READ),
        cards_parts.Card("post", queries.is_visible),
        polls_containers.Container(constants.POLL_KIND, queries.post_visible_to, constants.Permission.READ),
        events_handlers.Handler(media_events.MediaReady, handlers.show_media, Moment.AFTER),
        events_handlers.Handler(media_events.MediaFailed, handlers.show_media, Moment.AFTER),
        events_handlers.Handler(media_events.MediaChanged, handlers.show_media, Moment.AFTER),
        events_handlers.Handler(events.PostPublished, handlers.tell, Moment.AFTER),
        events_handlers.Handler(events.PostEdited, handlers.tell_newly_mentioned, Moment.AFTER),
        events_handlers.Handler(events.PostDeleted, handlers.take_back, Moment.AFTER),
        events_handlers.Handler(groups_events.GroupEmptied, handlers_groups.let_go, Moment.AFTER, alone=True),
        events_handlers.Handler(events.GroupPostsWaiting, handlers_groups.let_go, Moment.AFTER, alone=True),
        Owned(
            (models.Post, models.PostEdit, models.PostMention, models.PostHashtag),
            export=archive.export,
            erase=archive.erase,
            restore={"posts": service_restores.restore_posts, "post_edits": service_restores.restore_edits},
            finish=service_restores.restore_what_hangs,
        ),
        events_handlers.Handler(events.LinkShared, handlers_cards.look_up_link, Moment.AFTER),
        events_handlers.Handler(previews_events.CardChanged, handlers_cards.show_card, Moment.AFTER),
        Job("posts.write_documents", jobs.write_documents, every=DOCUMENTS_SECONDS),
        search_sources.Source("hashtags", searching.hashtags, Page[schemas.HashtagRead]),
        Check("posts.counters", checks.counters),
        Check("posts.words", checks.words),
        Check("posts.groups", checks.groups),
    ),
)
