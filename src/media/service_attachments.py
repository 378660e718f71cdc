"""Hanging items on things of other packages, and taking them off.

An item hangs on one thing at most. The package that owns the thing says by an `Attachment` who may see it, hangs items
on it in the transaction that makes it, and discards them in the one that deletes it. Who changes what hangs on a thing
has locked the thing before.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select, update

from src import clock
from src.database import ReadSession, WriteSession
from src.media import exceptions, models, service
from src.media.constants import State

MediaItem = models.MediaItem


async def attach(
    session: WriteSession, *, owner_id: int, ids: Sequence[int], to_kind: str, to_id: int
) -> list[models.MediaItem]:
    """Hangs the owner's items, processed or not yet, on a thing, in this order; of many who try at once, one does.

    To name what hangs on this very thing already is fine: then it is put into the new order.

    Raises:
        MediaUnknown: one of them is not there, is named twice, or is somebody else's.
        MediaTaken: one of them hangs on something else.
        MediaFailed: one of them turned out to be unusable.
    """
    # In the order of their ids, so that no two can deadlock.
    locked = select(MediaItem).where(MediaItem.id.in_(ids), MediaItem.owner_id == owner_id).order_by(MediaItem.id)
    rows = await session.execute(locked.with_for_update(), execution_options={"populate_existing": True})
    found = {item.id: item for item in rows.scalars()}
    if len(found) != len(ids):
        raise exceptions.MediaUnknown
    for place, media_id in enumerate(ids):
        item = found[media_id]
        if item.attached_id is not None and (item.attached_kind, item.attached_id) != (to_kind, to_id):
            raise exceptions.MediaTaken
        if item.state == State.FAILED:
            raise exceptions.MediaFailed
        item.attached_kind, item.attached_id, item.place, item.unattached_since = to_kind, to_id, place, None
    await session.flush()
    return [found[media_id] for media_id in ids]


async def replace(session: WriteSession, *, owner_id: int, ids: Sequence[int], on_kind: str, on_id: int) -> bool:
    """Hangs these items on a thing instead of what hangs there; whether that makes a difference.

    What is not named any more is the owner's to hang on something else, for a day.

    Raises:
        MediaUnknown, MediaTaken, MediaFailed: see `attach`.
    """
    hanging = (MediaItem.attached_kind == on_kind) & (MediaItem.attached_id == on_id)
    order = select(MediaItem.id).where(hanging).order_by(MediaItem.place)
    before = list((await session.execute(order)).scalars())
    if before == list(ids):
        return False
    # All at once and in the order of ids, whether they come or go.
    touched = select(MediaItem.id).where(MediaItem.id.in_([*before, *ids]), MediaItem.owner_id == owner_id)
    await session.execute(touched.order_by(MediaItem.id).with_for_update())
    await attach(session, owner_id=owner_id, ids=ids, to_kind=on_kind, to_id=on_id)
    if gone := set(before) - set(ids):
        await detach(session, from_kind=on_kind, from_id=on_id, ids=gone)
    return True


async def detach(session: WriteSession, *, from_kind: str, from_id: int, ids: Collection[int]) -> None:
    """Takes items off a thing; their owner has a day to hang them on another one."""
    await session.execute(
        update(MediaItem)
        .where(MediaItem.id.in_(ids), MediaItem.attached_kind == from_kind, MediaItem.attached_id == from_id)
        .values(attached_kind=None, attached_id=None, place=None, unattached_since=clock.now())
    )


async def discard(session: WriteSession, *, kind: str, ids: Collection[int], but_for: Collection[int] = ()) -> None:
    """Deletes all items that hang on these things, but for some, with their files."""
    hanging = (MediaItem.attached_kind == kind) & MediaItem.attached_id.in_(ids)
    await service.discard_items(session, hanging & MediaItem.id.not_in(but_for) if but_for else hanging)


async def on(session: ReadSession, *, kind: str, ids: Collection[int]) -> Mapping[int, list[models.MediaItem]]:
    """What hangs on these things, each in its order; things without media are left out."""
    statement = (
        select(MediaItem)
        .where(MediaItem.attached_kind == kind, MediaItem.attached_id.in_(ids))
        .order_by(MediaItem.attached_id, MediaItem.place)
    )
    found: dict[int, list[models.MediaItem]] = {}
    for item in (await session.execute(statement)).scalars():
        if item.attached_id is not None:
            found.setdefault(item.attached_id, []).append(item)
    return found
