"""Which files are where, and that one has been moved."""

from dataclasses import dataclass

from sqlalchemy import func, select, update

from src.database import ReadSession, WriteSession
from src.media import models, service
from src.media.constants import SWEPT_AT_ONCE

MediaFile = models.MediaFile


@dataclass(frozen=True)
class Movable:
    """A file that is to go to another store."""

    key: str
    store: str
    content_type: str
    bytes: int


async def movable(session: ReadSession, *, to: str, behind: str) -> list[Movable]:
    """Files that are elsewhere, in the order of their keys, from behind this one on."""
    statement = (
        select(MediaFile.key, MediaFile.store, MediaFile.content_type, MediaFile.bytes)
        .where(MediaFile.store != to, MediaFile.key > behind)
        .order_by(MediaFile.key)
        .limit(SWEPT_AT_ONCE)
    )
    return [Movable(*row) for row in (await session.execute(statement)).all()]


async def count(session: ReadSession, *, to: str) -> int:
    """How many files are elsewhere."""
    return (await session.execute(select(func.count()).where(MediaFile.store != to))).scalar_one()


async def move(session: WriteSession, *, file: Movable, key: str, to: str) -> None:
    """The file is in another store now, under another key. If it was deleted meanwhile, the copy goes too."""
    here = update(MediaFile).where(MediaFile.key == file.key, MediaFile.store == file.store).values(key=key, store=to)
    moved = (await session.execute(here.returning(MediaFile.key))).one_or_none() is not None
    await service.note_discarded(session, [(file.key, file.store) if moved else (key, to)])
