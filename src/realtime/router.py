"""The endpoints of realtime: the socket, and its twins over plain HTTP."""

from fastapi import APIRouter, WebSocket
from starlette.responses import Response

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.realtime import endpoint, exceptions, frames, presence, schemas
from src.realtime.dependencies import AnswerDep, Reader, StreamsDep, Writer

socket_router = APIRouter(tags=["realtime"])
router = APIRouter(tags=["realtime"])
presence_router = APIRouter(tags=["realtime"])


@socket_router.websocket("/ws")
async def open_socket(websocket: WebSocket) -> None:
    """A socket; what is said over it stands in the AsyncAPI document."""
    await endpoint.serve(websocket)


@router.get("", summary="Where one's streams stand", responses=problems(*auth_dependencies.GUARDED))
async def list_streams(found: StreamsDep) -> schemas.StreamsRead:
    """All streams that the caller reads, with the newest entry of each."""
    return found


@presence_router.get("", summary="Read whether one's presence is shown", responses=problems(*auth_dependencies.GUARDED))
async def read_presence(caller: Reader, session: ReadDep) -> schemas.PresenceRead:
    """Whether others are told when the caller is there."""
    return schemas.PresenceRead(shared=await presence.is_shared(session, caller.account_id))


@presence_router.put(
    "", summary="Show one's presence or not", responses=problems(*auth_dependencies.GUARDED, InvalidInput)
)
async def change_presence(data: schemas.PresenceSettings, caller: Writer, session: WriteDep) -> schemas.PresenceRead:
    """Decides whether others are told when the caller is there."""
    await presence.share(session, caller.account_id, shared=data.shared)
    return schemas.PresenceRead(shared=data.shared)


@router.get(
    "/{stream}/events",
    response_model=frames.PageRead,
    summary="Read or follow a stream",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.StreamNotFound, exceptions.TooManySockets),
)
async def read_stream(answer: AnswerDep) -> Response:
    """The entries after `since`, as over a socket; with `Accept: text/event-stream` all that come later, too."""
    return answer
