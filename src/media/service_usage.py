"""How much room files take, and whether there is more."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, func, select

from src.auth import bots as auth_bots
from src.auth import models as auth_models
from src.config import of
from src.database import ReadSession
from src.media import models
from src.media.config import MediaSettings
from src.media.constants import MAX_PROCESSING, State
from src.media.exceptions import QuotaExceeded, StorageFull, TooManyUploads

MediaItem = models.MediaItem
_PEOPLE_SHOWN = 10


@dataclass(frozen=True)
class Usage:
    """Bytes of all files.

    Attributes:
        by_kind: of pictures, films and so on.
        by_store: where they are; without what waits to be removed.
        by_person: of the ten who have most, by their names.
        unattached: of what hangs on nothing.
    """

    by_kind: Mapping[str, int]
    by_store: Mapping[str, int]
    by_person: Mapping[str, int]
    unattached: int


def _sum() -> ColumnElement[int]:
    return func.coalesce(func.sum(MediaItem.bytes), 0, type_=BigInteger).cast(BigInteger)


async def refuse_full(session: ReadSession, *, owner_id: int, more: int) -> None:
    """Refuses what does not fit into a quota any more. A person and their bots have one together.

    Raises:
        QuotaExceeded: the person's is used up.
        StorageFull: the server's is.
    """
    own = of(MediaSettings)
    if own.media_quota_bytes:
        together = MediaItem.owner_id.in_(auth_bots.together(owner_id))
        used = (await session.execute(select(_sum()).where(together))).scalar_one()
        if used + more > own.media_quota_bytes:
            raise QuotaExceeded
    if own.media_server_quota_bytes:
        used = (await session.execute(select(_sum()))).scalar_one()
        if used + more > own.media_server_quota_bytes:
            raise StorageFull


async def refuse_busy(session: ReadSession, *, owner_id: int) -> None:
    """Refuses somebody whose items are many of those that wait to be processed.

    Raises:
        TooManyUploads: they are.
    """
    waiting = select(func.count()).where(MediaItem.owner_id == owner_id, MediaItem.state == State.PROCESSING)
    if (await session.execute(waiting)).scalar_one() >= MAX_PROCESSING:
        raise TooManyUploads


async def read(session: ReadSession) -> Usage:
    """The bytes of all files, in four ways."""
    account, file = auth_models.Account, models.MediaFile
    most = _sum().desc()
    by_kind = select(MediaItem.kind, _sum()).group_by(MediaItem.kind).order_by(most)
    by_person = (
        select(account.username, _sum())
        .join(account, account.id == MediaItem.owner_id)
        .group_by(account.id, account.username)
        .order_by(most, account.username)
        .limit(_PEOPLE_SHOWN)
    )
    in_store = func.sum(file.bytes).cast(BigInteger)
    by_store = select(file.store, in_store).group_by(file.store).order_by(file.store)
    unattached = select(_sum()).where(MediaItem.attached_id.is_(None))
    return Usage(
        by_kind=dict((await session.execute(by_kind)).all()),
        by_store=dict((await session.execute(by_store)).all()),
        by_person=dict((await session.execute(by_person)).all()),
        unattached=(await session.execute(unattached)).scalar_one(),
    )
