"""What can be done with items."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.media import events as media_events
from src.media import exceptions, models, schemas, service_usage, uploads
from src.media.constants import DISCARD_TASK, PROCESS_TASK, State
from src.media.payloads import DiscardPayload, ProcessPayload
from src.media.rendered import RAW, Variant
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.tasks import service as tasks_service

MediaItem, MediaFile, DiscardedFile = models.MediaItem, models.MediaFile, models.DiscardedFile


async def find(session: ReadSession, *, media_id: int) -> models.MediaItem | None:
    """The item, whoever may see it."""
    return await session.get(MediaItem, media_id)


async def find_file(session: ReadSession, *, media_id: int, variant: Variant) -> models.MediaFile | None:
    """One of an item's files."""
    statement = select(MediaFile).where(MediaFile.media_id == media_id, MediaFile.variant == variant)
    return (await session.execute(statement)).scalar_one_or_none()


async def page(session: ReadSession, *, caller: auth_callers.Caller, paging: Paging) -> Slice[Any]:
    """The caller's items that hang on nothing, the newest first."""
    statement = select(MediaItem).where(MediaItem.owner_id == caller.account_id, MediaItem.attached_id.is_(None))
    return await paginate(session, statement, key=MediaItem.id, paging=paging)


async def create(session: WriteSession, *, caller: auth_callers.Caller, upload: uploads.Upload) -> models.MediaItem:
    """An item for what has been uploaded; it is processed once the session is committed.

    Raises:
        QuotaExceeded, StorageFull: there is no room; exact also for many uploads at once.
    """
    await _lock(session, caller)
    await service_usage.refuse_full(session, owner_id=caller.account_id, more=upload.bytes)
    now = clock.now()
    focus = upload.details.focus
    item = MediaItem(
        id=id_at(now),
        owner_id=caller.account_id,
        state=State.PROCESSING,
        kind=upload.sent_format.kind,
        sent_format=upload.sent_format,
        alt_text=upload.details.alt_text,
        focus_x=focus and focus.x,
        focus_y=focus and focus.y,
        bytes=upload.bytes,
        unattached_since=now,
    )
    session.add(item)
    await session.flush()
    session.add(
        MediaFile(
            key=upload.key,
            media_id=item.id,
            variant=RAW,
            store=upload.store,
            content_type=upload.sent_format.content_type,
            bytes=upload.bytes,
            # Nobody is sent this file, so nobody asks for its validator.
            sha256="",
        )
    )
    await queue(session, item)
    await session.flush()
    await session.refresh(item)
    upload.kept = True
    return item


async def take_in(session: WriteSession, *, caller: auth_callers.Caller, upload: uploads.Upload) -> models.MediaItem:
    """An item for what somebody has just sent, unless so many of theirs wait that others would wait behind them.

    Raises:
        QuotaExceeded, StorageFull: see `create`.
        TooManyUploads: they do.
    """
    await _lock(session, caller)
    await service_usage.refuse_busy(session, owner_id=caller.account_id)
    return await create(session, caller=caller, upload=upload)


async def _lock(session: WriteSession, caller: auth_callers.Caller) -> None:
    account = auth_models.Account
    await session.execute(select(account.id).where(account.id == caller.account_id).with_for_update(key_share=True))


async def queue(session: WriteSession, item: models.MediaItem) -> None:
    """Has an item processed."""
    payload = ProcessPayload(media_id=item.id)
    item.task_id = await tasks_service.enqueue(session, kind=PROCESS_TASK, payload=payload, owner_id=None)


async def change(session: WriteSession, *, media_id: int, data: schemas.MediaUpdate) -> models.MediaItem:
    """Gives an item another alternative text or focus.

    Raises:
        MediaNotFound: it was deleted in this moment.
    """
    item = await session.get(MediaItem, media_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise exceptions.MediaNotFound
    if "alt_text" in data.model_fields_set:
        item.alt_text = data.alt_text
    if "focus" in data.model_fields_set:
        item.focus_x, item.focus_y = (data.focus.x, data.focus.y) if data.focus else (None, None)
    if item.attached_kind is not None and item.attached_id is not None:
        changed = media_events.MediaChanged(
            actor_id=item.owner_id,
            media_id=item.id,
            attached_kind=item.attached_kind,
            attached_id=item.attached_id,
        )
        events.publish(session, changed)
    await session.flush()
    return item


async def delete(session: WriteSession, *, media_id: int) -> None:
    """Deletes an item with its files.

    Raises:
        MediaAttached: it hangs on something.
    """
    item = await session.get(MediaItem, media_id, with_for_update=True, populate_existing=True)
    if item is None:
        return
    if item.attached_id is not None:
        raise exceptions.MediaAttached
    await discard_items(session, MediaItem.id == media_id)


async def discard_items(session: WriteSession, which: ColumnElement[bool]) -> int:
    """Deletes items whatever they hang on; their files follow once the session is committed. How many they were."""
    ids = list(
        (await session.execute(select(MediaItem.id).where(which).order_by(MediaItem.id).with_for_update())).scalars()
    )
    if ids:
        await discard_files(session, MediaFile.media_id.in_(ids))
        await session.execute(delete_rows(MediaItem).where(MediaItem.id.in_(ids)))
    return len(ids)


async def discard_files(session: WriteSession, which: ColumnElement[bool]) -> None:
    """Lets go of files: they are written down in this transaction, and removed behind it."""
    gone = await session.execute(delete_rows(MediaFile).where(which).returning(MediaFile.key, MediaFile.store))
    await discard_keys(session, [(key, store) for key, store in gone.all()])


async def discard_keys(session: WriteSession, keys: Sequence[tuple[str, str]]) -> None:
    """Writes down files (key and store) that no row refers to, and has them removed."""
    if keys:
        await note_discarded(session, keys)
        await tasks_service.enqueue(session, kind=DISCARD_TASK, payload=DiscardPayload(), owner_id=None)


async def note_discarded(session: WriteSession, keys: Sequence[tuple[str, str]]) -> None:
    """Writes down files that no row refers to, for a caller who removes them itself behind the commit."""
    now = clock.now()
    rows = [{"key": key, "store": store, "discarded_at": now} for key, store in keys]
    await session.execute(insert(DiscardedFile).values(rows).on_conflict_do_nothing())
