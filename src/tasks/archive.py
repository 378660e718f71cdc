"""Whose tasks: what one account's export holds, and how its tasks are erased."""

from sqlalchemy import delete, select

from src.database import ReadSession, WriteSession
from src.tasks.models import Task


async def export(session: ReadSession, account_id: int) -> dict[str, list[dict[str, object]]]:
    """The account's tasks as plain rows."""
    tasks = select(*Task.__table__.columns).where(Task.owner_id == account_id).order_by(Task.id)
    return {"tasks": [dict(row) for row in (await session.execute(tasks)).mappings()]}


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's tasks; one that runs finds that it is gone and stops."""
    await session.execute(delete(Task).where(Task.owner_id == account_id))
