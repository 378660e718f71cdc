"""The schema's history: bring a database to its head, say where it stands."""

from dataclasses import dataclass

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import command
from src.config import ROOT


class SchemaTooNew(Exception):
    """The database was migrated by a newer Hearth than this one."""


@dataclass(frozen=True)
class SchemaState:
    """Where a database stands and where this Hearth's history ends; `current` is None for an empty database."""

    current: str | None
    head: str

    @property
    def at_head(self) -> bool:
        """Whether nothing is left to migrate."""
        return self.current == self.head


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration of this repository, on this connection."""
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["connection"] = connection
    return config


def _state(connection: Connection) -> SchemaState:
    script = ScriptDirectory.from_config(configuration())
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        message = (
            f"the database stands at {current}, which this Hearth does not know: start the newer version that "
            "migrated it, or restore a backup from before"
        )
        raise SchemaTooNew(message)
    return SchemaState(current, script.get_current_head() or "")


def _upgrade(connection: Connection, revision: str) -> None:
    if not _state(connection).at_head or revision != "head":
        connection.rollback()
        command.upgrade(configuration(connection), revision)


def _downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(configuration(connection), revision)


async def upgrade(url: str, revision: str = "head") -> None:
    """Migrates the database at this address; waits for another process that does the same.

    Raises:
        SchemaTooNew: the database is ahead of this code.
    """
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade, revision)


async def downgrade(url: str, revision: str) -> None:
    """Takes the database at this address back to an earlier revision (`base`: to nothing)."""
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_downgrade, revision)


async def state(url: str) -> SchemaState:
    """Where the database at this address stands.

    Raises:
        SchemaTooNew: the database is ahead of this code.
    """
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        return await connection.run_sync(_state)
