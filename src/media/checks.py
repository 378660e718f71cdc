"""Looks of `hearth doctor` at media: sizes equal a recount, what is ready has its files, in a store of ours."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, func, or_, select

from src.aws import config as aws_config
from src.config import of
from src.database import ReadSession
from src.media.constants import State, StoreName
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


async def places(session: ReadSession) -> Sequence[str]:
    """Files in a store that the settings do not lead to, so that nobody gets them."""
    if of(aws_config.AwsSettings).s3_bucket_name is not None:
        return []
    away = await session.scalar(select(func.count()).where(MediaFile.store == StoreName.S3))
    return [f"{away:,} files are in s3, which is not set up: S3_BUCKET_NAME and what goes with it"] if away else []
