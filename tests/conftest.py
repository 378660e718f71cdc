"""One embedded PostgreSQL for the whole run, a migrated template in it, and a clone for each test that asks."""

import os

# Before anything reads settings: the tests do not depend on the laptop's .env.
os.environ["HEARTH_ENV_FILE"] = ""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy.engine import make_url

from src import embedded, migrations
from src.config import Environment, Settings
from src.database import Database
from src.features import FEATURES
from src.main import build_app
from tests.hearth import Hearth, opened

# However the tests were started: in the background or under nohup these are ignored, and so in every child.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

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


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop of asyncio for all tests of a worker."""
    return "asyncio"


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


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The embedded server of this run, shared by its workers."""
    base = tmp_path_factory.getbasetemp()
    with serving((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pg") as found:
        yield found


@pytest.fixture
async def database_url(cluster: Cluster) -> AsyncIterator[str]:
    """The application's address of a fresh, migrated database."""
    name = await cluster.create()
    yield cluster.server.url_of(name)
    await cluster.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database."""
    found = Database(database_url)
    yield found
    await found.close()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a test's house."""
    directory: Path = tmp_path_factory.mktemp("data")
    return Settings(environment=Environment.DEVELOPMENT, HEARTH_DATA=directory)


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    """The app, built once a worker; each test brings its own runtime."""
    return build_app(settings, FEATURES)


@pytest.fixture
async def hearth(app: FastAPI, settings: Settings, database: Database) -> AsyncIterator[Hearth]:
    """The whole house on a fresh database."""
    async with opened(app, settings, database, FEATURES) as house:
        yield house
