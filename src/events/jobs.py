"""What is done for events from time to time."""

from datetime import timedelta

from src import clock
from src.database import Database
from src.events import queries
from src.events.constants import ABANDONED_DAYS, PURGE_BATCH, RETENTION_DAYS


async def purge_outbox(database: Database) -> None:
    """Deletes events that are older than streams can be resumed and that every subscription has left behind."""
    before = clock.now() - timedelta(days=RETENTION_DAYS)
    abandoned = timedelta(days=ABANDONED_DAYS)
    deleted = 1
    while deleted:
        async with database.write() as session:
            deleted = await queries.purge(session, before=before, abandoned=abandoned, count=PURGE_BATCH)
