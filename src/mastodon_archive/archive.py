"""Whose imports: what one account's export holds of them, and how they are erased."""

from sqlalchemy import delete, select

from src.database import WriteSession
from src.feature import Statements
from src.mastodon_archive.models import ImportedPost


def export(account_id: int) -> Statements:
    """Which of the account's posts came from where, as plain rows by table."""
    owned = ImportedPost.account_id == account_id
    return {ImportedPost.__tablename__: select(*ImportedPost.__table__.columns).where(owned).order_by(ImportedPost.uri)}


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's part of the ledger; the posts themselves are the business of their package."""
    await session.execute(delete(ImportedPost).where(ImportedPost.account_id == account_id))
