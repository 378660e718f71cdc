"""Whose archives: what one account's export holds of them, and how they are erased."""

from sqlalchemy import delete, select

from src.archives import folder
from src.archives.models import Export, Import, RestoredRow
from src.database import WriteSession
from src.feature import Statements

TABLES = (Export, Import, RestoredRow)


def export(account_id: int) -> Statements:
    """Which exports and imports there were, and what has come back by them."""
    return {
        table.__tablename__: select(*table.__table__.columns)
        .where(table.account_id == account_id)
        .order_by(*table.__mapper__.primary_key)
        for table in TABLES
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's exports and imports, with their files as soon as that is certain."""
    keys: list[str] = []
    for table in (Export, Import):
        gone = delete(table).where(table.account_id == account_id).returning(table.key)
        keys += (await session.execute(gone)).scalars()
    await session.execute(delete(RestoredRow).where(RestoredRow.account_id == account_id))

    session.after_commit(lambda: folder.remove(keys))
