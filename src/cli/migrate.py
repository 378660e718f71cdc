"""`hearth migrate`: the schema alone, for where several servers start from one image."""

import typer

from src.cli import opened
from src.database import Database
from src.operations import queries


def migrate() -> None:
    """Bring the database to this version's schema. `serve` does it too; several at once wait for each other."""
    typer.echo(f"The database stands at {opened.with_database(_revision, migrate=True)}.")


async def _revision(database: Database) -> str | None:
    async with database.read() as session:
        return await queries.revision(session)
