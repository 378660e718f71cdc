"""Whose timelines: they are derived, so an export holds none; an erased account's home goes."""

from sqlalchemy import delete

from src.database import WriteSession
from src.feature import Statements
from src.timelines import models

TABLES = (models.Entry, models.Horizon, models.PulledAuthor, models.FrozenList)


def export(account_id: int) -> Statements:  # noqa: ARG001  there is nothing of anybody
    """Nothing: all of it follows from posts, reposts and follows."""
    return {}


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's home."""
    for table in TABLES:
        await session.execute(delete(table).where(table.account_id == account_id))
