"""What `hearth status` shows: how big this Hearth is and whether its work keeps up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from src import clock
from src.auth import models as auth_models
from src.config import Settings
from src.database import ReadSession
from src.events import backbone as events_backbone
from src.events import handlers as events_handlers
from src.events import lag as events_lag
from src.events.constants import Moment
from src.feature import Registry
from src.media import service_usage
from src.operations import queries, schemas, storage
from src.posts import models as posts_models
from src.realtime import presence as realtime_presence


@dataclass(frozen=True)
class Status:
    """One look at the database.

    Attributes:
        postgresql: the version of the server.
        database_bytes: what it takes on disk.
        revision: where the schema stands.
        accounts: about how many there are.
        posts: about how many there are.
        waiting: events that a package has still to hear of; one that two wait for counts twice.
        lag: the age of the oldest of them; None when all is handled.
        unpublished: events that are not yet in Kafka.
        unpublished_age: the age of the oldest of them; None when all are there, or there is no Kafka.
        dead_letters: events that a package could not handle.
        sockets: how many all processes together have open, as of half a minute ago; whoever follows a stream over plain
            HTTP counts as one.
        tasks: their number by state.
        media: the bytes of files, by kind, store and person.
    """

    postgresql: str
    database_bytes: int
    revision: str | None
    accounts: int
    posts: int
    waiting: int
    lag: timedelta | None
    unpublished: int
    unpublished_age: timedelta | None
    dead_letters: int
    sockets: int
    tasks: Mapping[str, int]
    media: service_usage.Usage


async def read(session: ReadSession, registry: Registry) -> Status:
    """The status of this database, with what these features hear of."""
    accounts, posts = auth_models.Account.__tablename__, posts_models.Post.__tablename__
    rows = await queries.estimate(session, (accounts, posts))
    unhandled = await events_lag.unhandled(session, listeners(registry))
    unpublished = await events_lag.unpublished(session) if events_backbone.configured() else events_lag.Lag()
    return Status(
        postgresql=(await queries.version(session)).text,
        database_bytes=await queries.size(session),
        revision=await queries.revision(session),
        accounts=rows[accounts],
        posts=rows[posts],
        waiting=unhandled.count,
        lag=_age(unhandled.oldest),
        unpublished=unpublished.count,
        unpublished_age=_age(unpublished.oldest),
        dead_letters=await queries.dead_letters(session),
        sockets=await realtime_presence.sockets(session),
        tasks=await queries.tasks_by_state(session),
        media=await service_usage.read(session),
    )


def status_read(found: Status, settings: Settings, *, version: str) -> schemas.StatusRead:
    """The status as admins get it over the API."""
    return schemas.StatusRead(
        version=version,
        postgresql=found.postgresql,
        schema_revision=found.revision,
        database_bytes=found.database_bytes,
        accounts=found.accounts,
        posts=found.posts,
        events_waiting=found.waiting,
        lag_seconds=None if found.lag is None else found.lag.total_seconds(),
        events_unpublished=found.unpublished,
        unpublished_seconds=None if found.unpublished_age is None else found.unpublished_age.total_seconds(),
        dead_letters=found.dead_letters,
        sockets=found.sockets,
        tasks=dict(found.tasks),
        media_bytes=dict(found.media.by_kind),
        disk=storage.disk_read(settings),
    )


def _age(instant: datetime | None) -> timedelta | None:
    """How long ago it was; None for nothing. The clock of whoever wrote it may be ahead of ours."""
    return None if instant is None else max(clock.now() - instant, timedelta())


def listeners(registry: Registry) -> dict[str, set[str]]:
    """The types of events that each package hears of after their commit."""
    found: dict[str, set[str]] = {}
    for owner, handler in registry.by_feature(events_handlers.Handler):
        if handler.when is Moment.AFTER:
            found.setdefault(owner, set()).add(handler.event.type)
    return found
