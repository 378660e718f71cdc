"""What the routes of messages take: what sending needs, and how much of a history is asked for."""

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Header, Query, Request

from src import idempotency
from src.chats import batching, exceptions, message_schemas, service_history, service_sending
from src.chats.constants import DEFAULT_HISTORY
from src.database import Database
from src.events import bus as events_bus
from src.feature import Registry
from src.pagination import MAX_LIMIT
from src.realtime import hub as realtime_hub
from src.schemas import Id, Uuid


def means_in(database: Database, resources: Mapping[str, object]) -> service_sending.Means:
    """What sending needs, of what a process keeps in memory."""
    return service_sending.Means(
        database,
        cast("batching.Batcher", resources["chat_sends"]),
        cast("realtime_hub.Hub", resources["realtime"]),
        cast("events_bus.Events", resources["events"]),
        cast("Registry", resources["registry"]),
    )


async def means_of(request: Request) -> service_sending.Means:
    """What sending needs, of the process that serves this request."""
    state = request.state
    return service_sending.Means(state.database, state.chat_sends, state.realtime, state.events, state.registry)


MeansDep = Annotated[service_sending.Means, Depends(means_of)]


async def named(
    data: message_schemas.MessageCreate,
    key: Annotated[
        Uuid | None,
        Header(alias=idempotency.HEADER, description="The client id, for who does not write it into the body."),
    ] = None,
) -> message_schemas.MessageCreate:
    """The message of the request, with the client id that its header names."""
    return data if key is None or data.cid is not None else data.model_copy(update={"cid": key})


NamedMessage = Annotated[message_schemas.MessageCreate, Depends(named)]


async def window(
    before: Annotated[Id | None, Query(description="Messages with smaller numbers, the last of them.")] = None,
    after: Annotated[Id | None, Query(description="Messages with greater numbers, the first of them.")] = None,
    around: Annotated[Id | None, Query(description="The message of this number, between others.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Messages at most.")] = DEFAULT_HISTORY,
) -> service_history.Window:
    """The dependency behind `WindowDep`.

    Raises:
        OneDirection: more than one of before, after and around.
    """
    if sum(place is not None for place in (before, after, around)) > 1:
        raise exceptions.OneDirection
    return service_history.Window(before, after, around, limit)


WindowDep = Annotated[service_history.Window, Depends(window)]
