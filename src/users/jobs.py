"""Time-driven work: mutes that have ended are cleared away (reads have not heeded them since their end)."""

from sqlalchemy import delete

from src import clock
from src.database import Database
from src.users import models


async def clear_mutes(database: Database) -> None:
    """Deletes the mutes whose time is over."""
    async with database.write() as session:
        await session.execute(delete(models.Mute).where(models.Mute.until <= clock.now()))
