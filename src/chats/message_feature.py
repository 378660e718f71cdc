"""What messages add to the table of contents of chats, beyond sending and reading them."""

from src.chats import (
    archive_messages,
    checks,
    events,
    frames,
    handlers,
    hanging_router,
    hanging_schemas,
    jobs,
    message_models,
    message_queries,
    message_router,
    message_searching,
    notice_kinds,
    queries_notices,
    queries_places,
    service_message_restores,
    service_messages,
    service_poll_news,
)
from src.chats.constants import MEDIA_KIND, Permission
from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Impersonal, Job, Owned, Part, Router
from src.media import attachments as media_attachments
from src.media import events as media_events
from src.notifications import kinds as notifications_kinds
from src.polls import containers as polls_containers
from src.polls import events as polls_events
from src.previews import events as previews_events
from src.realtime import constants as realtime_constants
from src.realtime import parts as realtime_parts
from src.search import sources as search_sources

POLLS = polls_containers.Container(
    MEDIA_KIND, message_queries.visible_to, Permission.READ, may_vote=message_queries.may_vote
)
PARTS: tuple[Part, ...] = (
    Router(message_router.router, prefix="/v1/chats"),
    Router(hanging_router.router, prefix="/v1/chats"),
    media_attachments.Attachment(MEDIA_KIND, service_messages.is_visible, Permission.READ),
    POLLS,
    *notice_kinds.ALL,
    realtime_parts.EventType(realtime_constants.OWN, frames.HIDDEN, frames.MessageHidden, permission=Permission.READ),
    notifications_kinds.Subject(
        notice_kinds.SUBJECT,
        visible_to=queries_notices.has_unread,
        excerpts=queries_notices.excerpts,
        places=queries_places.naming,
    ),
    events_handlers.Handler(events.MessageSent, handlers.sent, Moment.AFTER, together=True),
    events_handlers.Handler(events.MessageEdited, handlers.edited, Moment.AFTER),
    events_handlers.Handler(events.MessageDeleted, handlers.deleted, Moment.AFTER),
    events_handlers.Handler(events.MemberLeft, handlers.left, Moment.AFTER),
    events_handlers.Handler(events.LinkShared, handlers.look_up_link, Moment.AFTER, alone=True),
    events_handlers.Handler(previews_events.CardChanged, handlers.show_card, Moment.AFTER, alone=True),
    events_handlers.Handler(media_events.MediaReady, handlers.show_media, Moment.AFTER, alone=True),
    events_handlers.Handler(media_events.MediaFailed, handlers.show_media, Moment.AFTER, alone=True),
    events_handlers.Handler(media_events.MediaChanged, handlers.show_media, Moment.AFTER, alone=True),
    events_handlers.Handler(polls_events.PollVoted, service_poll_news.voted, Moment.AFTER),
    events_handlers.Handler(polls_events.PollClosed, service_poll_news.ended, Moment.AFTER, alone=True),
    Job("chats.tell_votes", service_poll_news.tell_votes, every=service_poll_news.LOOK_SECONDS),
    Impersonal((message_models.MessagePollNews,)),
    Job("chats.write_documents", jobs.write_documents, every=jobs.DOCUMENTS_SECONDS),
    search_sources.Source(
        "messages", message_searching.answer, hanging_schemas.MessagesPage, message_searching.OPERATORS
    ),
    Check("chats.words", checks.words),
    Job("chats.expire_messages", jobs.expire, every=jobs.EXPIRE_SECONDS),
    Owned(
        archive_messages.TABLES,
        export=archive_messages.export,
        erase=archive_messages.erase,
        restore={"messages": service_message_restores.restore_messages},
        finish=service_message_restores.restore_what_hangs,
    ),
)
