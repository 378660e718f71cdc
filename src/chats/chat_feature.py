"""What chats as a whole hand to the house; messages and their delivery hand over theirs beside it."""

from src.archives import parts as archives_parts
from src.chats import (
    archive,
    checks,
    exporting,
    exports_router,
    membership_handlers,
    picture_handlers,
    queries,
    read_operations,
    reads_router,
    router,
    schemas,
    searching,
    service_emptied,
    service_pictures,
)
from src.chats.constants import EXPORT_KIND, GROUP_KIND, PICTURE_KIND, Permission
from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Job, Owned, Part, Router
from src.groups import events as groups_events
from src.groups import kinds as groups_kinds
from src.media import attachments as media_attachments
from src.media import events as media_events
from src.pagination import Page
from src.search import sources as search_sources

PARTS: tuple[Part, ...] = (
    Router(router.router, prefix="/v1/chats"),
    Router(router.channels_router, prefix="/v1/channels"),
    Router(reads_router.router, prefix="/v1/chats"),
    Router(exports_router.router, prefix="/v1/chats"),
    archives_parts.ExportedThing(EXPORT_KIND, exporting.write),
    *read_operations.PARTS,
    groups_kinds.GroupKind(GROUP_KIND, queries.names, queries.least_to_address),
    events_handlers.Handler(groups_events.MemberJoined, membership_handlers.seat, Moment.WITHIN),
    events_handlers.Handler(groups_events.MemberLeft, membership_handlers.unseat, Moment.WITHIN),
    events_handlers.Handler(groups_events.RoleChanged, membership_handlers.tell_role, Moment.WITHIN),
    events_handlers.Handler(groups_events.GroupEmptied, membership_handlers.close, Moment.WITHIN),
    media_attachments.Attachment(PICTURE_KIND, service_pictures.is_visible, Permission.READ),
    events_handlers.Handler(media_events.MediaChanged, picture_handlers.show_anew, Moment.AFTER),
    search_sources.Source("channels", searching.channels, Page[schemas.SeenChatRead]),
    Owned(archive.TABLES, export=archive.export, erase=archive.erase),
    Job("chats.delete_emptied", service_emptied.delete_emptied, every=service_emptied.EMPTIED_SECONDS),
    Check("chats.seats", checks.seats),
    Check("chats.unread", checks.unread),
)
