"""What is done for link cards from time to time."""

from src import clock
from src.database import Database
from src.previews import service
from src.previews.constants import FORGET_AFTER, FORGET_BATCH


async def forget(database: Database) -> None:
    """Deletes cards that nothing shows any more."""
    forgotten = FORGET_BATCH
    while forgotten >= FORGET_BATCH:
        async with database.write() as session:
            forgotten = await service.forget(session, asked_before=clock.now() - FORGET_AFTER)
