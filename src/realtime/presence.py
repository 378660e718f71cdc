"""Who is there: noted by each process for its sockets, looked at for those who watch, and told only when it changes.

Nobody is told of people who keep it to themselves, or where one of the two has blocked the other.
"""

import asyncio
import logging
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import orjson
from sqlalchemy import BigInteger, ColumnElement, bindparam, case, column, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import InstrumentedAttribute

from src import clock
from src.config import of
from src.database import ReadSession, WriteSession
from src.events import errors as events_errors
from src.models import Base
from src.realtime import encoding
from src.realtime.config import RealtimeSettings
from src.realtime.connection import Connection
from src.realtime.constants import OWN
from src.realtime.hub import Hub
from src.realtime.models import PersonalStream, Presence, SocketCount
from src.users import queries as users_queries
from src.users import visibility

logger = logging.getLogger("hearth.realtime")

TYPE: Final = "presence"
_SLACK: Final = timedelta(seconds=10)
_FORGOTTEN: Final = timedelta(days=1)

# The ORM does not insert from a SELECT into an entity.
_presence = Base.metadata.tables[Presence.__tablename__]
_accounts = (
    func.unnest(bindparam("accounts", type_=ARRAY(BigInteger)))
    .table_valued(column("id", BigInteger), name="here")
    .render_derived()
)
_hidden = exists().where(PersonalStream.account_id == _accounts.c.id, PersonalStream.is_hidden)
_HERE = select(_accounts.c.id, bindparam("now", type_=Presence.seen_at.type)).where(~_hidden).order_by(_accounts.c.id)
_note = insert(_presence).from_select(["account_id", "seen_at"], _HERE)
_NOTE = _note.on_conflict_do_update(
    index_elements=["account_id"],
    set_={
        "seen_at": case(
            # It was noted by a clock that has been put back.
            (_presence.c.seen_at > bindparam("limit", type_=Presence.seen_at.type), _note.excluded.seen_at),
            else_=func.greatest(_presence.c.seen_at, _note.excluded.seen_at),
        )
    },
)


@dataclass(frozen=True)
class Present:
    """Who of some is there, and between whom of them and their viewers a block stands."""

    here: frozenset[int]
    apart: Mapping[int, Collection[int]]

    def to(self, viewer_id: int, watched: Iterable[int]) -> frozenset[int]:
        """Those of the watched who are there and whom the viewer may see."""
        return self.here.intersection(watched).difference(self.apart.get(viewer_id, ()))


class PresenceKeeper:
    """The presence of one process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._process = secrets.token_hex(8)
        self._noted_at = 0.0
        # Accounts that have been noted since the last time that all were.
        self._noted: set[int] = set()

    async def run(self) -> None:
        """Notes and looks until cancelled."""
        while True:
            await asyncio.sleep(self._hub.settings.realtime_watch_seconds)
            try:
                await self._note()
                await self._tell()
            except Exception as error:  # noqa: BLE001  it is tried again at once
                logger.warning("presence is neither noted nor told: %s", events_errors.described(error))

    async def _note(self) -> None:
        """Those who have come at each turn, all of them now and then."""
        now = self._hub.now()
        here = set(self._hub.accounts)
        if now - self._noted_at >= self._hub.settings.realtime_presence_seconds:
            self._noted, self._noted_at = set(), now
        elif here <= self._noted:
            return
        async with self._hub.database.write() as session:
            await note(session, here - self._noted)
            await _count(session, self._process, self._hub.sockets)
        self._noted = here

    async def _tell(self) -> None:
        watching = {one: one.watched for one in self._hub.connections if one.watched}
        if not watching:
            return
        viewers = {connection.account_id for connection in watching}
        async with self._hub.database.read() as session:
            found = await present(session, viewers, set(chain.from_iterable(watching.values())))
        for connection, watched in watching.items():
            # Whoever watches others since then is told of these by the answer to that.
            if connection.watched is watched:
                tell(connection, found.to(connection.account_id, watched))


def tell(connection: Connection, online: frozenset[int]) -> None:
    """Tells a socket what has changed since it was told last."""
    before, connection.online = connection.online, online
    for account_id in sorted(before ^ online):
        data = orjson.dumps({"account": str(account_id), "online": account_id in online})
        ttl = round(_window().total_seconds() * 1000)
        connection.pass_by(encoding.text_frame(encoding.ephemeral(OWN, TYPE, data, ttl)))


async def watch(hub: Hub, connection: Connection, account_ids: Sequence[int]) -> list[int]:
    """From now on the socket is told of these, and of no others; who of them is there now.

    To be called for one socket one at a time, and answered without waiting.
    """
    # Meanwhile it is told of nobody: what the keeper has read may be newer than what is read here, and told before it.
    watched, connection.watched = connection.watched, ()
    try:
        async with hub.database.read() as session:
            found = await present(session, [connection.account_id], account_ids)
        watched, connection.online = tuple(account_ids), found.to(connection.account_id, account_ids)
    finally:
        connection.watched = watched
    return sorted(connection.online)


async def note(session: WriteSession, account_ids: Collection[int]) -> None:
    """Notes that these are there, but for those who keep it to themselves."""
    if account_ids:
        now = clock.now()
        await session.execute(_NOTE, {"accounts": list(account_ids), "now": now, "limit": now + _window()})


async def present(session: ReadSession, viewers: Collection[int], watched: Collection[int]) -> Present:
    """Who of the watched is there, for these viewers; asked of accounts and not of pairs, which may be very many."""
    seen = select(Presence.account_id).where(
        users_queries.among(Presence.account_id, watched),
        _is_recent(Presence.seen_at),
        visibility.active(Presence.account_id),
        # Who has just decided to keep it to themselves may be noted once more by a process that did not see that yet.
        ~exists().where(PersonalStream.account_id == Presence.account_id, PersonalStream.is_hidden),
    )
    here = frozenset(await session.scalars(seen))
    return Present(here, await users_queries.blocks_among(session, viewers, here) if here else {})


async def is_shared(session: ReadSession, account_id: int) -> bool:
    """Whether others are told when the account is there."""
    hidden = select(PersonalStream.is_hidden).where(PersonalStream.account_id == account_id)
    return not await session.scalar(hidden)


async def share(session: WriteSession, account_id: int, *, shared: bool) -> None:
    """Decides whether others are told; if not, nobody is from now on."""
    now = clock.now()
    row = insert(PersonalStream).values(account_id=account_id, last_ev=0, seen_at=now, is_hidden=not shared)
    await session.execute(row.on_conflict_do_nothing())
    chosen = update(PersonalStream).where(PersonalStream.account_id == account_id).values(is_hidden=not shared)
    await session.execute(chosen.execution_options(synchronize_session=False))
    if not shared:
        await session.execute(delete(Presence).where(Presence.account_id == account_id))


async def sockets(session: ReadSession) -> int:
    """How many sockets all processes had when they last said so, those who follow over plain HTTP among them."""
    statement = select(func.coalesce(func.sum(SocketCount.sockets), 0)).where(_is_recent(SocketCount.seen_at))
    return int((await session.execute(statement)).scalar_one())


async def _count(session: WriteSession, process: str, count: int) -> None:
    now = clock.now()
    row = insert(SocketCount).values(process=process, sockets=count, seen_at=now)
    await session.execute(
        row.on_conflict_do_update(index_elements=[SocketCount.process], set_={"sockets": count, "seen_at": now})
    )
    await session.execute(delete(SocketCount).where(SocketCount.seen_at < now - _FORGOTTEN))


def _window() -> timedelta:
    """So long after it was noted somebody counts as there."""
    return timedelta(seconds=2 * of(RealtimeSettings).realtime_presence_seconds) + _SLACK


def _is_recent(seen_at: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    """Whether that was noted within the window; neither before it nor by a clock that was ahead."""
    now = clock.now()
    return seen_at.between(now - _window(), now + _window())
