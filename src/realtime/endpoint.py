"""The handshake: who may open a socket here, and its handing over."""

from urllib.parse import urlsplit

from starlette.websockets import WebSocket

from src import problems, sockets
from src.auth import dependencies as auth_dependencies
from src.config import Settings, of
from src.exceptions import HearthError
from src.realtime import exceptions
from src.realtime.connection import Connection
from src.realtime.constants import HEAVY_BYTES, LIGHT_BYTES, RESOURCE, SUBPROTOCOL
from src.realtime.hub import Hub


async def serve(websocket: WebSocket) -> None:
    """Accepts the socket and gives it to the hub, or answers why not with a problem document."""
    try:
        hub, socket = _ready(websocket)
        connection = Connection(hub, socket, _credential(websocket))
    except HearthError as refusal:
        await websocket.send_denial_response(problems.render(refusal, websocket.state.request_id))
        return
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None)
    hub.add(connection)
    if not socket.take(connection, high=HEAVY_BYTES, low=LIGHT_BYTES):
        connection.lost()


def _ready(websocket: WebSocket) -> tuple[Hub, sockets.HearthSocketProtocol]:
    """The hub and the socket.

    Raises:
        OriginRefused: a page of another site asks.
        SocketsNotServed: this server does not hand sockets over.
        TooManySockets: the process is full.
    """
    origin = websocket.headers.get("origin")
    if origin is not None and not is_ours(origin, websocket.headers.get("host", "")):
        raise exceptions.OriginRefused
    hub = getattr(websocket.state, RESOURCE, None)
    socket = sockets.of_scope(websocket.scope)
    if not isinstance(hub, Hub) or socket is None:
        raise exceptions.SocketsNotServed
    if hub.is_full:
        raise exceptions.TooManySockets
    return hub, socket


def is_ours(origin: str, host: str) -> bool:
    """Whether pages of this origin may open sockets: our own, and those that may read answers."""
    settings = of(Settings)
    if origin in settings.cors_origins:
        return True
    parts = urlsplit(origin)
    own = urlsplit(settings.hearth_url or "").netloc
    return parts.scheme in {"http", "https"} and parts.netloc.lower() in {host.lower(), own.lower()} - {""}


def _credential(websocket: WebSocket) -> str | None:
    """What a native client shows with the handshake; a page cannot, and says it in its first frame."""
    return auth_dependencies.credential_in(websocket.headers)
