"""Whose media: what one account's export holds, and how its media are erased."""

from sqlalchemy import delete, select

from src.database import WriteSession
from src.feature import Statements
from src.media import service
from src.media.models import DirectUpload, MediaFile, MediaItem


def export(account_id: int) -> Statements:
    """The account's items, and where their files are."""
    own = MediaItem.owner_id == account_id
    return {
        "media_items": select(*MediaItem.__table__.columns).where(own).order_by(MediaItem.id),
        "media_files": select(*MediaFile.__table__.columns)
        .join(MediaItem, MediaItem.id == MediaFile.media_id)
        .where(own)
        .order_by(MediaFile.media_id, MediaFile.variant),
        "media_direct_uploads": select(*DirectUpload.__table__.columns)
        .where(DirectUpload.owner_id == account_id)
        .order_by(DirectUpload.id),
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's items; their files follow behind the commit."""
    await session.execute(delete(DirectUpload).where(DirectUpload.owner_id == account_id))
    await service.discard_items(session, MediaItem.owner_id == account_id)
