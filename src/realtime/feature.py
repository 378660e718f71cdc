"""What realtime hands to the house."""

from collections.abc import Mapping

from src.events import handlers as events_handlers
from src.feature import Feature, Impersonal, MadeRouter, Owned, Permissions, Resource, Router
from src.realtime import archive, asyncapi_router, constants, frames, models, opening, parts, personal, presence, router
from src.realtime.hub import Hub


def _hint(stream: str, ev: int, resources: Mapping[str, object]) -> None:
    hub = resources[constants.RESOURCE]
    if isinstance(hub, Hub):
        hub.hint(stream, ev)


FEATURE = Feature(
    "realtime",
    (
        Router(router.socket_router, prefix="/v1"),
        Router(router.router, prefix="/v1/streams"),
        Router(router.presence_router, prefix="/v1/presence"),
        MadeRouter(asyncapi_router.make, prefix=""),
        Permissions(constants.Permission),
        Resource(constants.RESOURCE, opening.opened),
        events_handlers.StreamEcho(_hint),
        parts.StreamKind(constants.OWN, constants.Permission.READ, personal.heads, personal.end, personal.render),
        Owned(archive.TABLES, export=archive.export, erase=archive.erase),
        parts.EventType(constants.OWN, presence.TYPE, frames.PresenceData, ephemeral=True),
        Impersonal((models.StreamEpoch, models.SocketCount)),
    ),
)
