"""Where the bytes are: on the disk, in the database, in each package's tables, in people's files."""

from collections import Counter
from itertools import chain

from src.config import Settings
from src.database import ReadSession
from src.feature import Impersonal, Owned, Registry
from src.media import service_usage
from src.operations import disk, queries, schemas


async def read(session: ReadSession, registry: Registry, settings: Settings) -> schemas.StorageRead:
    """One look at all of it."""
    owners = _owners(registry)
    tables = [
        schemas.TableRead(name=one.name, package=owners.get(one.name), bytes=one.bytes, rows=one.rows)
        for one in await queries.tables(session)
    ]
    packages: Counter[str] = Counter()
    for table in tables:
        if table.package is not None:
            packages[table.package] += table.bytes
    return schemas.StorageRead(
        disk=disk_read(settings),
        database_bytes=await queries.size(session),
        media=_media_read(await service_usage.read(session)),
        packages=dict(packages.most_common()),
        tables=tables,
    )


def _media_read(used: service_usage.Usage) -> schemas.MediaUsageRead:
    return schemas.MediaUsageRead(
        by_kind=dict(used.by_kind),
        by_store=dict(used.by_store),
        by_person=dict(used.by_person),
        unattached=used.unattached,
    )


def disk_read(settings: Settings) -> schemas.DiskRead:
    """The disk of the data directory."""
    free, total = disk.usage(settings.data_directory)
    return schemas.DiskRead(free_bytes=free, total_bytes=total)


def _owners(registry: Registry) -> dict[str, str]:
    """Which package each table belongs to."""
    personal = ((owner, part.tables) for owner, part in registry.by_feature(Owned))
    others = ((owner, part.tables) for owner, part in registry.by_feature(Impersonal))
    return {table.__tablename__: owner for owner, tables in chain(personal, others) for table in tables}
