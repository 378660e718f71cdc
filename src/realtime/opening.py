"""Puts the hub and what stands around it together for the life of a process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from src import background
from src.auth import authenticator as auth_authenticator
from src.config import Settings, of
from src.database import Database
from src.feature import Registry
from src.realtime.config import RealtimeSettings
from src.realtime.connection import Connection
from src.realtime.constants import RESOURCE
from src.realtime.desk import Desk
from src.realtime.filling import Filler
from src.realtime.hub import Hub
from src.realtime.presence import PresenceKeeper
from src.realtime.upkeep import Upkeep
from src.realtime.voices import Voices


class _Household:
    """The tasks of the process, begun with the first who reads: most processes have no sockets."""

    def __init__(self, hub: Hub, database: Database) -> None:
        self._filler = Filler(hub)
        self._upkeep = Upkeep(hub)
        self._voices = Voices(hub, database)
        self._presence = PresenceKeeper(hub)
        self._desk = Desk(hub)
        self._tasks: list[asyncio.Task[None]] = []
        hub.on_request = self._desk.serve
        hub.on_gap = self._filler.wake
        hub.on_ephemeral = self._voices.say
        hub.on_filled = self._upkeep.filled
        hub.on_added = self._add
        hub.on_followed = self._begin

    def _add(self, connection: Connection) -> None:
        self._begin()
        self._upkeep.add(connection)

    def _begin(self) -> None:
        if not self._tasks:
            works = (self._filler, self._upkeep, self._voices, self._presence)
            self._tasks = [asyncio.create_task(work.run(), name=f"realtime {type(work).__name__}") for work in works]

    async def close(self) -> None:
        """Ends all of it."""
        await background.end(*self._tasks)
        await self._desk.close()


@asynccontextmanager
async def opened(_settings: Settings, database: Database) -> AsyncIterator[Hub]:
    """The process's hub."""
    hub = Hub(database, of(RealtimeSettings))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_Household(hub, database).close)
        yield hub
        for connection in tuple(hub.connections):
            connection.abort()


def furnish(registry: Registry, resources: Mapping[str, object]) -> None:
    """Gives the hub, if this process has one, what the features hand over; before the process serves anybody.

    Args:
        registry: all features.
        resources: what requests find at `request.state`.

    Raises:
        RegistryError: the features' parts do not fit together.
    """
    hub = resources.get(RESOURCE)
    authenticator = resources.get("authenticator")
    if isinstance(hub, Hub) and isinstance(authenticator, auth_authenticator.Authenticator):
        hub.furnish(registry, resources)
        authenticator.ended.listen(hub.ended)
