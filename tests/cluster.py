"""A PostgreSQL server of the tests, with a migrated template in it."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from src import embedded, migrations

_TEMPLATE = "hearth_template"
_LOCK = 0x74656D70
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    # Its workers belong to the superuser and would stand in the way of dropping a database.
    "autovacuum": "off",
}


@dataclass
class Cluster:
    """The run's PostgreSQL server and the way to new databases in it."""

    server: embedded.EmbeddedServer
    worker: str

    def __post_init__(self) -> None:
        self._numbers = count()

    async def connect(self, database: str = "postgres") -> "asyncpg.Connection[asyncpg.Record]":
        """The owner's connection by the bare driver."""
        url = make_url(self.server.url_of(database, owner=True)).set(drivername="postgresql")
        return await asyncpg.connect(url.render_as_string(hide_password=False))

    async def prepare(self) -> None:
        """Makes the migrated template; the first worker does it, the others wait."""
        connection = await self.connect()
        try:
            await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
            ready = await connection.fetchval("SELECT datistemplate FROM pg_database WHERE datname = $1", _TEMPLATE)
            if ready:
                return
            await connection.execute(f"DROP DATABASE IF EXISTS {_TEMPLATE}")
            await connection.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE hearth")
            await migrations.upgrade(self.server.url_of(_TEMPLATE, owner=True))
            await connection.execute(f"ALTER DATABASE {_TEMPLATE} IS_TEMPLATE true")
        finally:
            await connection.close()

    async def create(self, template: str = _TEMPLATE) -> str:
        """A new database, by default a clone of the migrated template; its name."""
        name = f"test_{self.worker}_{next(self._numbers)}"
        connection = await self.connect()
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            await connection.close()
        return name

    async def drop(self, name: str) -> None:
        """Removes a database with whoever is still connected."""
        connection = await self.connect()
        try:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await connection.close()


@contextmanager
def serving(folder: Path) -> Iterator[Cluster]:
    """A server in this folder, shared with whoever names the same."""
    server = embedded.start(folder, settings=_FAST)
    found = Cluster(server, os.environ.get("PYTEST_XDIST_WORKER", "main"))
    asyncio.run(found.prepare())
    yield found
    server.stop()
