"""What every process of Hearth opens: database, registry, events and what the features keep in memory.

API, scheduler, workers and commands open the same runtime and differ only in the parts that they run. Which features
there are comes in as an argument, so that a test can open a smaller house.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from src import embedded, migrations
from src.about import service as about_service
from src.archives import parts as archives_parts
from src.cards import parts as cards_parts
from src.config import Settings
from src.cpu import pool as cpu_pool
from src.database import Database
from src.events import backbone as events_backbone
from src.events import bus as events_bus
from src.events import handlers as events_handlers
from src.feature import (
    BodyLimit,
    Check,
    Feature,
    Impersonal,
    Job,
    MadeRouter,
    Owned,
    Part,
    Permissions,
    Registry,
    Resource,
    Router,
)
from src.groups import kinds as groups_kinds
from src.mail import naming as mail_naming
from src.media import attachments as media_attachments
from src.notifications import arrivals as notifications_arrivals
from src.notifications import kinds as notifications_kinds
from src.polls import containers as polls_containers
from src.realtime import opening as realtime_opening
from src.realtime import parts as realtime_parts
from src.search import sources as search_sources
from src.tasks import kinds as tasks_kinds
from src.tasks import runner as tasks_runner

# Every class of parts that some process runs; a part of another class stops the start.
CONSUMED: tuple[type[Part], ...] = (
    Router,
    MadeRouter,
    BodyLimit,
    Permissions,
    Job,
    Resource,
    Owned,
    Impersonal,
    Check,
    events_handlers.Handler,
    events_handlers.StreamEcho,
    tasks_kinds.TaskKind,
    notifications_kinds.Kind,
    notifications_kinds.Subject,
    realtime_parts.StreamKind,
    realtime_parts.Op,
    realtime_parts.EventType,
    search_sources.Source,
    media_attachments.Attachment,
    cards_parts.Card,
    groups_kinds.GroupKind,
    polls_containers.Container,
    archives_parts.ExportedFiles,
    archives_parts.ExportedThing,
    archives_parts.Importer,
)


class SchemaOutdated(Exception):
    """The database has not been migrated to what this code needs."""


@dataclass(frozen=True)
class Runtime:
    """The open runtime of a process."""

    settings: Settings
    database: Database
    registry: Registry
    events: events_bus.Events
    cpu: cpu_pool.CpuPool
    tasks: tasks_runner.Runner
    notifications: notifications_kinds.Catalogue
    # By the names of the features' `Resource` parts.
    resources: Mapping[str, object]

    def state(self) -> dict[str, object]:
        """What requests find at `request.state`."""
        return {
            "settings": self.settings,
            "database": self.database,
            "registry": self.registry,
            "events": self.events,
            "tasks": self.tasks,
            "notifications": self.notifications,
            **self.resources,
        }


@asynccontextmanager
async def open_runtime(settings: Settings, features: Sequence[Feature], *, migrate: bool) -> AsyncIterator[Runtime]:
    """The runtime of these features on the settings' database.

    Raises:
        EmbeddedError, SchemaOutdated, SchemaTooNew: as `open_database`.
        RegistryError: the features do not fit together.
    """
    async with open_database(settings, migrate=migrate) as database, open_parts(settings, database, features) as opened:
        yield opened


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
            server = await anyio.to_thread.run_sync(_share, settings.data_directory, stack)
            url, owner_url = server.url, server.owner_url
        if migrate:
            await migrations.upgrade(owner_url)
        elif not (await migrations.state(owner_url)).at_head:
            message = "the database is behind this version: run `hearth migrate`"
            raise SchemaOutdated(message)
        database = Database(url, pool_size=settings.pool_size, pool_timeout=settings.pool_timeout)
        stack.push_async_callback(database.close)
        yield database


def _share(data_directory: Path, stack: AsyncExitStack) -> embedded.EmbeddedServer:
    """A share in the embedded server; given back by the stack also if nobody waits for it any more."""
    server = embedded.start(data_directory)
    stack.callback(server.stop)
    return server


@asynccontextmanager
async def open_parts(settings: Settings, database: Database, features: Sequence[Feature]) -> AsyncIterator[Runtime]:
    """The runtime of these features on an open database.

    Raises:
        RegistryError: the features do not fit together.
    """
    registry = Registry(features, consumed=CONSUMED)
    async with AsyncExitStack() as stack:
        resources = {
            part.name: await stack.enter_async_context(part.open(settings, database)) for part in registry.all(Resource)
        }
        cpu = cpu_pool.CpuPool()
        stack.push_async_callback(cpu.close)
        mail_naming.attach(database, about_service.name)
        notifications = notifications_kinds.Catalogue(registry)
        notifications_kinds.attach(database, notifications)
        notifications_arrivals.attach(database)
        events = events_bus.Events(database, registry, resources=resources, backbone=events_backbone.configured())
        opened = Runtime(
            settings=settings,
            database=database,
            registry=registry,
            events=events,
            cpu=cpu,
            tasks=tasks_runner.Runner(database, registry, cpu, resources=resources),
            notifications=notifications,
            resources=resources,
        )
        realtime_opening.furnish(registry, opened.state())
        yield opened
