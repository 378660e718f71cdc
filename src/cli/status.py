"""`hearth status`: how big this Hearth is and whether its work keeps up."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from src.cli import opened
from src.config import Settings, of
from src.database import Database
from src.events import backbone as events_backbone
from src.feature import Registry
from src.features import FEATURES
from src.main import VERSION
from src.operations import disk
from src.operations import status as operations_status
from src.runtime import CONSUMED


def status() -> None:
    """Show the version, the database, what is in it and what waits to be done."""
    found = opened.with_database(_read, migrate=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in rows(found, of(Settings)):
        table.add_row(name, value)
    Console(highlight=False).print(table)


def rows(found: operations_status.Status, settings: Settings) -> Iterator[tuple[str, str]]:
    """What is shown: a name and a value each."""
    free, total = disk.usage(settings.data_directory)
    where = "embedded" if settings.database_url is None else "DATABASE_URL"
    yield "Hearth", VERSION
    yield "PostgreSQL", f"{found.postgresql} ({where}), {decimal(found.database_bytes)}"
    yield "Schema", found.revision or "none"
    yield "Accounts", f"about {found.accounts:,}"
    yield "Posts", f"about {found.posts:,}"
    yield "Events waiting", _waiting(found.waiting, found.lag)
    if events_backbone.configured():
        yield "Not in Kafka", _waiting(found.unpublished, found.unpublished_age)
    yield "Dead letters", f"{found.dead_letters:,}"
    yield "Sockets", f"{found.sockets:,}"
    yield "Tasks", ", ".join(f"{count:,} {state}" for state, count in found.tasks.items()) or "none"
    yield "Media", _sizes(found.media.by_kind)
    yield "Media by place", _sizes(found.media.by_store)
    yield "Media by person", _sizes({f"@{name}": size for name, size in found.media.by_person.items()})
    yield "Media unused", decimal(found.media.unattached)
    yield "Disk", f"{decimal(free)} of {decimal(total)} free at {settings.data_directory}"


def _waiting(count: int, age: timedelta | None) -> str:
    return "none" if age is None else f"{count:,}, the oldest for {_span(age)}"


def _sizes(found: Mapping[str, int]) -> str:
    return ", ".join(f"{decimal(size)} {name}" for name, size in found.items()) or "none"


def _span(time: timedelta) -> str:
    seconds = time.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))


async def _read(database: Database) -> operations_status.Status:
    async with database.read() as session:
        return await operations_status.read(session, Registry(FEATURES, consumed=CONSUMED))
