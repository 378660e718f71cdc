"""Imports of uploads: taken on, told to a task, over."""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.archives import service_abandoned
from src.archives.constants import IMPORT_TASK
from src.archives.exceptions import ImportUnderWay
from src.archives.models import Export, Import
from src.archives.payloads import ImportPayload
from src.archives.uploads import Upload
from src.auth import callers as auth_callers
from src.database import ReadSession, WriteSession, exists
from src.tasks import service as tasks_service


async def create(
    session: WriteSession, *, caller: auth_callers.Caller, upload: Upload, kind: str, same_people: bool
) -> Import:
    """Has an upload imported into the caller's account.

    Raises:
        ImportUnderWay: another one is not over.
    """
    await service_abandoned.end(session, account_id=caller.account_id)
    taken = insert(Import).values(
        account_id=caller.account_id, kind=kind, same_people=same_people, key=upload.key, bytes=upload.bytes
    )
    import_id = (await session.execute(taken.on_conflict_do_nothing().returning(Import.id))).scalar_one_or_none()
    if import_id is None:
        raise ImportUnderWay
    payload = ImportPayload(import_id=import_id)
    task_id = await tasks_service.enqueue(session, kind=IMPORT_TASK, payload=payload, owner_id=caller.account_id)
    await session.execute(update(Import).where(Import.id == import_id).values(task_id=task_id))
    upload.kept = True
    return await session.get_one(Import, import_id, populate_existing=True)


async def refuse_second(session: ReadSession, *, account_id: int) -> None:
    """Raises ImportUnderWay if one is not over: asked before a file is taken in, and again when it is there."""
    mine = select(Import.id).where(
        Import.account_id == account_id, Import.ended_at.is_(None), ~service_abandoned.is_over(Import.task_id)
    )
    if await exists(session, mine):
        raise ImportUnderWay


async def waiting(session: ReadSession, *, import_id: int) -> Import | None:
    """The import, if it is not over."""
    return (
        await session.scalars(select(Import).where(Import.id == import_id, Import.ended_at.is_(None)))
    ).one_or_none()


async def end(session: WriteSession, *, import_id: int) -> None:
    """It is over, whatever has come of it."""
    await session.execute(update(Import).where(Import.id == import_id).values(ended_at=clock.now()))


async def known_keys(session: ReadSession) -> set[str]:
    """The names of all files that are still needed."""
    exports = select(Export.key)
    imports = select(Import.key).where(Import.ended_at.is_(None))
    return {*await session.scalars(exports), *await session.scalars(imports)}
