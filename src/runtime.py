"""What every process of Hearth opens: database, registry, events and what the features keep in memory.

API, scheduler, workers and commands open the same runtime and differ only in the parts that they run. Which features
there are comes in as an argument, so that a test can open a smaller house.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio.to_thread

from src import embedded, migrations
from src.config import Settings
from src.cpu.pool import CpuPool
from src.database import Database
from src.events.bus import Events
from src.events.handlers import Handler
from src.feature import (
    Check,
    Feature,
    Impersonal,
    Job,
    Owned,
    Part,
    Permissions,
    Registry,
    Resource,
    Router,
)
from src.tasks.runner import TaskKind

# Every class of parts that some process runs; a part of another class stops the start.
CONSUMED: tuple[type[Part], ...] = (
    Router,
    Permissions,
    Job,
    Resource,
    Owned,
    Impersonal,
    Check,
    Handler,
    TaskKind,
)


@dataclass(frozen=True)
class Runtime:
    """The open runtime of a process."""

    settings: Settings
    database: Database
    registry: Registry
    events: Events
    cpu: CpuPool
    # By the names of the features' `Resource` parts.
    resources: Mapping[str, object]


class SchemaOutdated(Exception):
    """The database has not been migrated to what this code needs."""


@asynccontextmanager
async def open_database(settings: Settings, *, migrate: bool) -> AsyncIterator[Database]:
    """The settings' database, or the embedded one; started, and migrated if asked.

    Raises:
        EmbeddedError: the embedded server cannot run here; the message says how to go on.
        SchemaOutdated: it stands behind this code and `migrate` is false.
        SchemaTooNew: it stands ahead of this code.
    """
    async with AsyncExitStack() as stack:
        url = owner_url = settings.database_url
        if url is None or owner_url is None:
            server = await anyio.to_thread.run_sync(embedded.start, settings.data_directory / "postgresql")
            stack.callback(server.stop)
            url, owner_url = server.url, server.owner_url
        if migrate:
            await migrations.upgrade(owner_url)
        elif not (await migrations.state(owner_url)).at_head:
            message = "the database is behind this version: run `hearth migrate`"
            raise SchemaOutdated(message)
        database = Database(url, pool_size=settings.pool_size, pool_timeout=settings.pool_timeout)
        stack.push_async_callback(database.close)
        yield database
