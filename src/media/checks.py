"""Looks of `hearth doctor` at media: sizes must equal a recount, and what is ready has its files."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, func, or_, select

from src.database import ReadSession
from src.media.constants import State
from src.media.models import MediaFile, MediaItem
from src.media.rendered import Variant

_SHOWN = 20


async def sizes(session: ReadSession) -> Sequence[str]:
    """Items whose size is not that of their files, or that are ready without a file to show."""
    own = MediaFile.media_id == MediaItem.id
    size = select(func.coalesce(func.sum(MediaFile.bytes), 0).cast(BigInteger)).where(own)
    original = select(func.count()).where(own, MediaFile.variant == Variant.ORIGINAL)
    found, originals = (one.correlate(MediaItem).scalar_subquery() for one in (size, original))
    wrong = (
        select(MediaItem.id, MediaItem.bytes, found, originals)
        .where(or_(MediaItem.bytes != found, (MediaItem.state == State.READY) & (originals == 0)))
        .limit(_SHOWN)
    )
    return [
        f"media item {id_}: {kept} bytes kept, {real} found, {count} originals"
        for id_, kept, real, count in (await session.execute(wrong)).all()
    ]
