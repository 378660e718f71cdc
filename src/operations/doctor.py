"""What `hearth doctor` looks at. Each look tells what is wrong in lines that name the cure."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial

from src.config import ENVIRONMENT_FILE, Settings
from src.database import Database
from src.events import backbone as events_backbone
from src.events import exceptions as events_exceptions
from src.events import topics as events_topics
from src.feature import Check, Registry
from src.operations import backlog, disk, queries, readiness, sanity
from src.operations.constants import LEAST_FREE_DISK, LEAST_POSTGRESQL, MOST_CLOCK_SKEW_SECONDS


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at; it is well if there is no problem."""

    name: str
    problems: tuple[str, ...] = ()


def look_at_machine(settings: Settings) -> Iterator[Diagnosis]:
    """What can be seen without the database: settings, disk, permissions."""
    lines = (*sanity.unreadable(), *sanity.unfit(settings), *sanity.unknown(ENVIRONMENT_FILE, os.environ))
    yield Diagnosis("settings", lines)
    free, total = disk.usage(settings.data_directory)
    share = free / total
    full = f"only {share:.1%} of the disk of {settings.data_directory} is free: make room, or move it to a bigger one."
    yield Diagnosis("disk", (full,) if share < LEAST_FREE_DISK else ())
    yield Diagnosis("permissions", tuple(disk.open_to_others(settings.data_directory, settings.tls_key)))


async def look_at_kafka() -> AsyncIterator[Diagnosis]:
    """Whether Kafka answers and has the topics that it needs, if there is one."""
    backbone = events_backbone.configured()
    if backbone is None:
        return
    try:
        found = await asyncio.to_thread(events_topics.examine, backbone)
    except events_exceptions.KafkaUnreachable as error:
        yield Diagnosis("kafka", (str(error),))
    else:
        missing = [f"the topic {topic.name} is not there: run `hearth migrate`." for topic in found.missing]
        yield Diagnosis("kafka", (*found.wrong, *missing))


async def look_at_database(database: Database, registry: Registry) -> AsyncIterator[Diagnosis]:
    """What the database is and what is in it: its version, schema and clock, and every registered check."""
    async with database.read() as session:
        version = await queries.version(session)
        revision = await queries.revision(session)
        skew = (await queries.clock_skew(session)).total_seconds()
    old = f"it is PostgreSQL {version.text}: Hearth needs {LEAST_POSTGRESQL} or newer, so upgrade it."
    yield Diagnosis("database", (old,) if version.major < LEAST_POSTGRESQL else ())
    behind = readiness.history().is_behind(revision)
    yield Diagnosis("schema", ("it is behind this version: run `hearth migrate`.",) if behind else ())
    wrong = f"the database is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} this machine: set both by NTP."
    yield Diagnosis("clock", (wrong,) if abs(skew) >= MOST_CLOCK_SKEW_SECONDS else ())
    yield await _run(Check("events", partial(backlog.problems, registry=registry)), database)
    for check in registry.all(Check):
        yield await _run(check, database)


async def _run(check: Check, database: Database) -> Diagnosis:
    """A recount may take its time; whatever it raises is a finding, and the others are still looked at."""
    try:
        async with database.read() as session:
            await queries.lift_limits(session)
            return Diagnosis(check.name, tuple(await check.run(session)))
    except Exception as error:  # noqa: BLE001  see above
        reason = str(error).partition("\n")[0]
        return Diagnosis(check.name, (f"could not be looked at ({type(error).__name__}: {reason})",))
