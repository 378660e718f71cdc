"""What the work behind uploads reads and writes: short statements between long stretches of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select

from src import clock
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.media import events as media_events
from src.media import models, service
from src.media.constants import DISCARD_TASK, ORPHAN_AGE, SWEEP_TASK, SWEPT_AT_ONCE, State
from src.media.payloads import DiscardPayload, SweepPayload
from src.media.rendered import RAW, Reason, Rendered, RenderedFile, Variant
from src.models import first_id_at
from src.tasks import models as tasks_models
from src.tasks import service as tasks_service
from src.tasks.constants import UNFINISHED
from src.tasks.constants import ErrorCode as TasksErrorCode

MediaItem, MediaFile, DiscardedFile = models.MediaItem, models.MediaFile, models.DiscardedFile
Task = tasks_models.Task


@dataclass(frozen=True)
class Raw:
    """An upload that waits to be processed."""

    sent_format: str
    key: str
    store: str


@dataclass(frozen=True)
class Kept:
    """A file that has been made of it and is in a store."""

    file: RenderedFile
    key: str
    store: str


async def raw(session: ReadSession, *, media_id: int) -> Raw | None:
    """The upload of an item; None if it has been processed, or deleted."""
    statement = (
        select(MediaItem.sent_format, MediaFile.key, MediaFile.store)
        .join(MediaFile, MediaFile.media_id == MediaItem.id)
        .where(MediaItem.id == media_id, MediaItem.state == State.PROCESSING, MediaFile.variant == RAW)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Raw(*row)


async def finish(session: WriteSession, *, media_id: int, rendered: Rendered, files: Sequence[Kept]) -> None:
    """The item is ready, with these files instead of the raw one. If it is gone by now, so are they."""
    item = await _processing(session, media_id)
    if item is None:
        await service.note_discarded(session, [(kept.key, kept.store) for kept in files])
        return
    await _discard_raw(session, media_id)
    session.add_all(
        MediaFile(
            key=kept.key,
            media_id=media_id,
            variant=kept.file.variant,
            store=kept.store,
            content_type=kept.file.content_type,
            bytes=kept.file.bytes,
            sha256=kept.file.sha256,
        )
        for kept in files
    )
    item.state = State.READY
    item.kind = rendered.known_kind
    item.width, item.height = rendered.width, rendered.height
    item.duration, item.blurhash = rendered.duration, rendered.blurhash
    item.content_type = next(kept.file.content_type for kept in files if kept.file.variant == Variant.ORIGINAL)
    item.bytes = sum(kept.file.bytes for kept in files)
    ready = media_events.MediaReady(
        actor_id=item.owner_id,
        media_id=media_id,
        attached_kind=item.attached_kind,
        attached_id=item.attached_id,
    )
    events.publish(session, ready)


async def fail(session: WriteSession, *, media_id: int, reason: Reason) -> None:
    """The item is unusable; its owner may read why."""
    item = await _processing(session, media_id)
    if item is None:
        return
    await _discard_raw(session, media_id)
    item.state, item.error, item.bytes = State.FAILED, reason, 0
    failed = media_events.MediaFailed(
        actor_id=item.owner_id,
        media_id=media_id,
        attached_kind=item.attached_kind,
        attached_id=item.attached_id,
    )
    events.publish(session, failed)


async def _processing(session: WriteSession, media_id: int) -> models.MediaItem | None:
    statement = select(MediaItem).where(MediaItem.id == media_id, MediaItem.state == State.PROCESSING)
    return (await session.execute(statement.with_for_update())).scalar_one_or_none()


async def _discard_raw(session: WriteSession, media_id: int) -> None:
    own = delete(MediaFile).where(MediaFile.media_id == media_id, MediaFile.variant == RAW)
    gone = await session.execute(own.returning(MediaFile.key, MediaFile.store))
    await service.note_discarded(session, [(key, store) for key, store in gone.all()])


async def take_up_abandoned(session: WriteSession) -> None:
    """Items whose task has ended without them are tried again for a day, unless it was they that ended it."""
    over = or_(Task.id.is_(None), Task.state.not_in(UNFINISHED))
    statement = (
        select(MediaItem, Task.error)
        .outerjoin(Task, Task.id == MediaItem.task_id)
        .where(MediaItem.state == State.PROCESSING, over)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(of=MediaItem, skip_locked=True)
    )
    oldest = first_id_at(clock.now() - ORPHAN_AGE)
    for item, error in (await session.execute(statement)).all():
        if error == TasksErrorCode.TASK_CRASHED or item.id < oldest:
            await fail(session, media_id=item.id, reason=Reason.GIVEN_UP)
        else:
            await service.queue(session, item)


async def discard_unattached(session: WriteSession) -> None:
    """Deletes what has hung on nothing for a day."""
    expired = (
        select(MediaItem.id)
        .where(MediaItem.unattached_since < clock.now() - ORPHAN_AGE)
        .order_by(MediaItem.unattached_since)
        .limit(SWEPT_AT_ONCE)
    )
    still = MediaItem.unattached_since < clock.now() - ORPHAN_AGE
    await service.discard_items(session, MediaItem.id.in_(expired) & still)


async def queue_discard(session: WriteSession) -> None:
    """Has files removed that wait for it, if nobody is at it."""
    if (await session.execute(select(DiscardedFile.key).limit(1))).first() and not await _is_queued(
        session, DISCARD_TASK
    ):
        await tasks_service.enqueue(session, kind=DISCARD_TASK, payload=DiscardPayload(), owner_id=None)


async def queue_sweep(session: WriteSession) -> None:
    """Has the stores looked through, if nobody is at it."""
    if not await _is_queued(session, SWEEP_TASK):
        await tasks_service.enqueue(session, kind=SWEEP_TASK, payload=SweepPayload(), owner_id=None)


async def _is_queued(session: ReadSession, kind: str) -> bool:
    statement = select(Task.id).where(Task.kind == kind, Task.state.in_(UNFINISHED)).limit(1)
    return (await session.execute(statement)).first() is not None


async def discarded(session: ReadSession) -> list[tuple[str, str]]:
    """Key and store of files that wait to be removed, the oldest first; not all at once."""
    statement = select(DiscardedFile.key, DiscardedFile.store).order_by(DiscardedFile.discarded_at).limit(SWEPT_AT_ONCE)
    return [(key, store) for key, store in (await session.execute(statement)).all()]


async def forget_discarded(session: WriteSession, keys: Collection[str]) -> None:
    """They are removed."""
    await session.execute(delete(DiscardedFile).where(DiscardedFile.key.in_(keys)))


async def unknown(session: ReadSession, *, store: str, keys: Sequence[str]) -> list[str]:
    """Which of these files of a store no row refers to."""
    known = select(MediaFile.key).where(MediaFile.key.in_(keys), MediaFile.store == store)
    found = set((await session.execute(known)).scalars())
    return [key for key in keys if key not in found]
