"""What is done for polls from time to time."""

from src.database import Database
from src.polls import service
from src.polls.constants import CLOSED_AT_ONCE


async def close(database: Database) -> None:
    """Ends the polls whose time has come; any number of processes may do so at once."""
    done = CLOSED_AT_ONCE
    while done == CLOSED_AT_ONCE:
        async with database.write() as session:
            done = await service.close_due(session)
