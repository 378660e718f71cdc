"""What notifications hand to the house."""

from src.events import handlers as events_handlers
from src.events.constants import Moment
from src.feature import Check, Feature, Job, Owned, Permissions, Router
from src.notifications import (
    archive,
    checks,
    constants,
    handlers,
    jobs,
    preferences_router,
    router,
    schemas,
    service_restores,
)
from src.realtime import parts as realtime_parts
from src.users import events as users_events

FEATURE = Feature(
    "notifications",
    (
        Router(preferences_router.router, prefix="/v1/notifications/preferences"),
        Router(router.router, prefix="/v1/notifications"),
        Permissions(constants.Permission),
        realtime_parts.EventType(
            "own", constants.ARRIVED, schemas.NotificationArrived, permission=constants.Permission.READ
        ),
        *constants.KINDS,
        events_handlers.Handler(users_events.AccountFollowed, handlers.followed, Moment.AFTER),
        events_handlers.Handler(users_events.FollowRequested, handlers.requested, Moment.AFTER),
        events_handlers.Handler(users_events.AccountUnfollowed, handlers.ended, Moment.AFTER),
        events_handlers.Handler(users_events.FollowRequestEnded, handlers.ended, Moment.AFTER),
        events_handlers.Handler(users_events.AccountBlocked, handlers.blocked, Moment.AFTER),
        Job("notifications.plan_digests", jobs.plan_digests, every=constants.PLAN_SECONDS),
        Job("notifications.send_mail", jobs.send_mail, every=constants.SEND_SECONDS),
        Job("notifications.tidy", jobs.tidy, every=constants.TIDY_SECONDS),
        Owned(
            archive.TABLES,
            export=archive.export,
            erase=archive.erase,
            restore={
                "notification_silences": service_restores.restore_silences,
                "notification_quiet_times": service_restores.restore_quiet_time,
                "notification_subscriptions": service_restores.restore_subscription,
            },
        ),
        Check("notifications.groups", checks.groups),
        Check("notifications.deliveries", checks.deliveries),
    ),
)
