"""What the endpoints of streams ask for."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request
from starlette.responses import Response

from src import server
from src.auth import dependencies as auth_dependencies
from src.pagination import MAX_LIMIT
from src.realtime import exceptions, following, greeting, pages, schemas, service
from src.realtime.constants import RESOURCE, Permission
from src.realtime.hub import Hub
from src.schemas import Text

Reader = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.READ)]
Writer = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.WRITE)]


async def hub_of(request: Request) -> Hub:
    """The hub of the process that serves this request."""
    hub: Hub = getattr(request.state, RESOURCE)
    return hub


HubDep = Annotated[Hub, Depends(hub_of)]
StreamName = Annotated[
    Text,
    Path(
        description="The stream's name: `own`, or as `GET /v1/streams` gives it.",
        max_length=40,
        pattern="^(own|[a-z]{1,16}:[0-9]{1,19})$",
        examples=["own"],
    ),
]
Since = Annotated[
    Text,
    Query(
        description="The number of the last entry that the caller has.",
        max_length=16,
        pattern="^[0-9]{1,15}$",
        examples=["5309"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="At most so many entries.")]
LastEventId = Annotated[
    str | None,
    Header(
        max_length=16,
        pattern="^[0-9]{1,15}$",
        # What browsers send when they follow again; counts in place of `since`.
        include_in_schema=False,
    ),
]


async def answer(
    request: Request,
    hub: HubDep,
    caller: Reader,
    stream: StreamName,
    since: Since = "0",
    limit: Limit = MAX_LIMIT,
    last_event_id: LastEventId = None,
) -> AsyncIterator[Response]:
    """The entries after a number: a page of them, or for who accepts server-sent events all that will ever come.

    Raises:
        StreamNotFound: the caller does not read the stream.
        TooManySockets: the process is full, and nobody else can follow.
    """
    name = pages.own_name(stream, caller.account_id)
    last = int(since if last_event_id is None else last_event_id)
    if following.EVENT_STREAM not in request.headers.get("accept", ""):
        found = await pages.unfollowed(hub, caller, name, since=last, limit=limit)
        yield Response(found.encoded(), media_type="application/json")
        return
    await pages.end_of(hub, caller, name)
    # Asked last: an end that is told between this and `attend` would reach nobody.
    admitted = await greeting.admit(hub, auth_dependencies.credential_in(request.headers))
    if hub.is_full:
        raise exceptions.TooManySockets
    follower = following.Follower(hub, admitted, name, last)
    # Counted at once: of many who come together no more are let in than there is room for.
    hub.attend(caller.account_id, follower)
    try:
        server.when_stopping(request.scope, follower.stop)
        yield following.Following(follower)
    finally:
        hub.dismiss(caller.account_id, follower)


AnswerDep = Annotated[Response, Depends(answer)]


async def streams(hub: HubDep, caller: Reader) -> schemas.StreamsRead:
    """Where all streams of the caller stand."""
    heads = await greeting.heads_of(hub, caller)
    states = await greeting.states_of(hub, caller.account_id, (head.stream for head in heads))
    read = [greeting.head_read(head.stream, head.ev, states) for head in heads]
    return schemas.StreamsRead(epoch=await service.epoch(hub.database), heads=read)


StreamsDep = Annotated[schemas.StreamsRead, Depends(streams)]
