"""What is done for tasks from time to time."""

from datetime import timedelta

from src import clock
from src.database import Database
from src.tasks import queries
from src.tasks.constants import KEPT_DAYS


async def purge_tasks(database: Database) -> None:
    """Forgets tasks that were over long ago."""
    async with database.write() as session:
        await queries.purge(session, before=clock.now() - timedelta(days=KEPT_DAYS))
