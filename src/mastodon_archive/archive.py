"""Whose imports: what one account's export holds of them, and how they are erased."""

from sqlalchemy import delete, select

from src.database import ReadSession, WriteSession
from src.mastodon_archive.models import ImportedPost


async def export(session: ReadSession, account_id: int) -> dict[str, list[dict[str, object]]]:
    """Which of the account's posts came from where, as plain rows by table."""
    owned = ImportedPost.account_id == account_id
    rows = select(*ImportedPost.__table__.columns).where(owned).order_by(ImportedPost.uri)
    return {ImportedPost.__tablename__: [dict(row) for row in (await session.execute(rows)).mappings()]}


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's part of the ledger; the posts themselves are the business of their package."""
    await session.execute(delete(ImportedPost).where(ImportedPost.account_id == account_id))
