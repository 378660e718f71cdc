"""Hello: finds out who it is, where all that they read stands, and lets the socket in without missing anything."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from src.auth import authenticator as auth_authenticator
from src.auth import callers as auth_callers
from src.auth import exceptions as auth_exceptions
from src.exceptions import NotPermitted
from src.realtime import encoding, exceptions, frames, pages, personal, service
from src.realtime.catalogue import split
from src.realtime.connection import Connection
from src.realtime.constants import MAX_HEADS, Permission
from src.realtime.hub import Hub
from src.realtime.parts import Head
from src.server import MAX_WEBSOCKET_MESSAGE

_MILLISECONDS: Final = 1000


async def admit(hub: Hub, credential: str | None) -> auth_authenticator.Admitted:
    """Whom the credential speaks for, who may read streams.

    Raises:
        InvalidToken: there is none, or it is not good.
        NotPermitted: role or key may not.
        Unavailable: it cannot be told at the moment.
    """
    authenticator = hub.resources["authenticator"]
    if credential is None or not isinstance(authenticator, auth_authenticator.Authenticator):
        raise auth_exceptions.InvalidToken
    admitted = await authenticator.admit(credential)
    if not admitted.caller.may(Permission.READ):
        raise NotPermitted
    return admitted


async def heads_of(hub: Hub, caller: auth_callers.Caller) -> list[Head]:
    """Where all that somebody reads stands."""
    found: list[Head] = []
    readable = hub.catalogue.readable(caller)
    for prefix, kind in hub.catalogue.kinds.items():
        if prefix in readable:
            found += await kind.heads(hub.database, caller.account_id)
    return found


async def states_of(hub: Hub, account_id: int, streams: Iterable[str]) -> dict[str, Mapping[str, object]]:
    """What clients want to know of an account's streams. It is counted, and so given of the first `MAX_HEADS` alone."""
    numbers: dict[str, list[int]] = {}
    for prefix, number in filter(None, map(split, islice(streams, MAX_HEADS))):
        numbers.setdefault(prefix, []).append(number)
    states: dict[str, Mapping[str, object]] = {}
    for prefix, some in numbers.items():
        ask = hub.catalogue.kinds[prefix].states
        found = {} if ask is None else await ask(hub.database, account_id, some)
        states |= {f"{prefix}:{number}": state for number, state in found.items()}
    return states


def head_read(stream: str, ev: int, states: Mapping[str, Mapping[str, object]]) -> frames.HeadRead:
    """Where a stream stands, as clients get it."""
    return frames.HeadRead(stream=encoding.wire_name(stream), ev=ev, state=dict(states.get(stream, {})))


async def greet(hub: Hub, connection: Connection, hello: frames.Hello) -> bytes:
    """Lets the socket in; the answer, after which it is to be opened without waiting. Nothing for one that has left.

    Raises:
        InvalidToken, NotPermitted, Unavailable: as `admit`.
    """
    admitted = await admit(hub, hello.token or connection.credential)
    if connection.is_over():
        return b""
    connection.caller, connection.expires_at = admitted.caller, admitted.expires_at
    connection.credential = None
    connection.kinds = hub.catalogue.readable(admitted.caller)
    # From here on it joins and leaves with what happens; what its heads tell may be older.
    connection.left_at = {}
    hub.register(connection)
    epoch = await service.epoch(hub.database)
    heads = await heads_of(hub, connection.caller)
    fresh = hello.epoch is not None and hello.epoch != epoch
    known = {} if fresh else hello.heads
    ends = {head.stream: head.ev for head in heads}
    states = await states_of(hub, connection.account_id, _news(ends, known))
    if connection.is_over():
        return b""
    told = _subscribe(hub, connection, heads)
    news = _news(told, known)
    gone = [name for name in hello.heads if pages.own_name(name, connection.account_id) not in told]
    shown = [head_read(stream, told[stream], states) for stream in news[:MAX_HEADS]]
    greeted = _greeting(hub, connection, epoch=epoch, fresh=fresh, heads=shown, gone=gone, more=len(news) > MAX_HEADS)
    return greeted.model_dump_json().encode()


async def refresh(hub: Hub, connection: Connection, data: frames.Refresh) -> bytes:
    """Takes a new token of the same account.

    Raises:
        InvalidToken, NotPermitted, Unavailable: as `admit`.
        OtherAccount: it is somebody else's.
    """
    admitted = await admit(hub, data.token)
    if admitted.caller.account_id != connection.account_id:
        raise exceptions.OtherAccount
    connection.caller, connection.expires_at = admitted.caller, admitted.expires_at
    # What a new token allows beyond the old one is for the next hello.
    hub.narrow(connection, connection.kinds & hub.catalogue.readable(admitted.caller))
    await personal.touch(hub.database, connection.account_id)
    return frames.Refreshed(exp=_seconds(admitted.expires_at)).model_dump_json().encode()


def _subscribe(hub: Hub, connection: Connection, heads: Sequence[Head]) -> dict[str, int]:
    """Where each stream stands that the socket now reads."""
    left_at, connection.left_at = connection.left_at or {}, None
    joined = tuple(connection.streams)
    told = {
        head.stream: hub.subscribe(connection, head)
        for head in heads
        # Otherwise it was taken out of the stream after this head was read.
        if left_at.get(head.stream, -1) <= head.ev
    }
    for stream in joined:
        if stream not in told and (channel := hub.channels.get(stream)) is not None:
            told[stream] = channel.line.ev
    return told


def _news(ends: Mapping[str, int], known: Mapping[str, int]) -> list[str]:
    """The streams that stand elsewhere than the client thinks, and those that it does not know."""
    return [stream for stream, ev in ends.items() if known.get(encoding.wire_name(stream)) != ev]


def _greeting(
    hub: Hub,
    connection: Connection,
    *,
    epoch: str,
    fresh: bool,
    heads: list[frames.HeadRead],
    gone: list[str],
    more: bool,
) -> frames.Greeting:
    settings = hub.settings
    return frames.Greeting(
        conn=connection.name,
        account=str(connection.account_id),
        epoch=epoch,
        fresh=fresh,
        ping_ms=round(settings.realtime_ping_seconds * _MILLISECONDS),
        pong_ms=round(settings.realtime_pong_seconds * _MILLISECONDS),
        exp=_seconds(connection.expires_at),
        limits=frames.Limits(
            frame=MAX_WEBSOCKET_MESSAGE,
            inflight=settings.realtime_in_flight,
            rate=settings.realtime_rate,
            burst=settings.realtime_burst,
        ),
        heads=heads,
        gone=gone,
        more=more,
    )


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())
