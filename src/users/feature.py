"""The table of contents of people."""

from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Job, Owned, Permissions, Router
from src.media import attachments as media_attachments
from src.media import events as media_events
from src.users import (
    archive,
    checks,
    constants,
    generated,
    handlers,
    jobs,
    models,
    pictures_router,
    relations_router,
    router,
    service_pictures,
    service_restores,
    signup_router,
)

FEATURE = Feature(
    "users",
    (
        Router(signup_router.router, prefix="/v1/auth"),
        Router(router.router, prefix="/v1/users"),
        Router(relations_router.router, prefix="/v1/users"),
        Router(pictures_router.router, prefix="/v1/users"),
        Router(pictures_router.drawn_router, prefix=generated.PATH),
        *(
            media_attachments.Attachment(place.media_kind, service_pictures.is_visible, constants.Permission.READ)
            for place in constants.Place
        ),
        events_handlers.Handler(media_events.MediaChanged, handlers.say_anew, Moment.AFTER),
        events_handlers.Handler(media_events.MediaReady, handlers.say_anew, Moment.AFTER),
        events_handlers.Handler(media_events.MediaFailed, handlers.take_down, Moment.AFTER),
        Permissions(constants.Permission),
        Job("users.clear_mutes", jobs.clear_mutes, every=300),
        Owned(
            (models.Profile, models.Follow, models.Block, models.Mute),
            export=archive.export,
            erase=archive.erase,
            restore={
                "profiles": service_restores.restore_profile,
                "following": service_restores.restoring(service_restores.follow),
                "blocks": service_restores.restoring(service_restores.block),
                "mutes": service_restores.restoring(service_restores.mute),
            },
            finish=service_restores.restore_pictures,
        ),
        Check("users.counters", checks.counters),
        Check("users.profiles", checks.profiles),
        Check("users.bots", checks.bots),
        Check("users.pictures", checks.pictures),
    ),
)
