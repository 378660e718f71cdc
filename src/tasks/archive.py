"""Whose tasks: what one account's export holds, and how its tasks are erased."""

from sqlalchemy import delete, select

from src.database import WriteSession
from src.feature import Statements
from src.tasks.models import Task


def export(account_id: int) -> Statements:
    """The account's tasks as plain rows."""
    return {"tasks": select(*Task.__table__.columns).where(Task.owner_id == account_id).order_by(Task.id)}


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's tasks; one that runs finds that it is gone and stops."""
    await session.execute(delete(Task).where(Task.owner_id == account_id))
