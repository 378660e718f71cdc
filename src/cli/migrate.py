"""`hearth migrate`: the schema alone, for where several servers start from one image."""

import typer

from src.cli import opened
from src.database import Database
from src.events import backbone as events_backbone
from src.events import topics as events_topics
from src.operations import queries


def migrate() -> None:
    """Bring the database to this version's schema. `serve` does it too; several at once wait for each other.

    With Kafka it also makes the topics.
    """
    typer.echo(f"The database stands at {opened.with_database(_revision, migrate=True)}.")
    backbone = events_backbone.configured()
    if backbone is not None:
        made = events_topics.ensure(backbone)
        names = ", ".join(f"{topic.name} ({topic.partitions} partitions)" for topic in made)
        typer.echo(f"Kafka's topics were made: {names}." if names else "Kafka has the topics that it needs.")


async def _revision(database: Database) -> str | None:
    async with database.read() as session:
        return await queries.revision(session)
