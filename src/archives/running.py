"""The tasks of archives: make what was asked for, import what was sent."""

from contextlib import suppress
from functools import partial

from anyio import to_thread

from src.archives import exporting, folder, service_exports, service_imports
from src.archives.exceptions import ImportGone, ImportKindUnknown
from src.archives.models import Import
from src.archives.parts import Importer, Order
from src.archives.payloads import ExportPayload, ImportPayload
from src.archives.work import Stopped, TaskWork
from src.config import Settings, of
from src.exceptions import HearthError
from src.feature import Registry
from src.tasks import kinds as tasks_kinds


async def export(
    context: tasks_kinds.TaskContext, registry: Registry, payload: ExportPayload
) -> dict[str, object] | None:
    """Makes an export, unless nobody waits for it any more."""
    async with context.db.read() as session:
        found = await service_exports.waiting(session, export_id=payload.export_id)
    if found is None:
        return None

    async def progress(done: int, total: int) -> None:
        if context.cancelled():
            raise Stopped
        await context.progress(done, total)

    contents = exporting.of_account(registry)
    if found.thing_id is not None:
        contents = exporting.of_thing(registry, found.kind, found.thing_id)
    path = await to_thread.run_sync(folder.path_of, found.key)
    try:
        size = await exporting.write(
            context.db,
            contents,
            account_id=found.account_id,
            target=path,
            hearth_url=of(Settings).hearth_url,
            resources=context.resources,
            progress=progress,
        )
    except Stopped:
        async with context.write() as session:
            await service_exports.forget(session, export_id=found.id)
        return None
    async with context.write() as session:
        is_wanted = await service_exports.finish(session, export_id=found.id, size=size)
    if not is_wanted:
        await to_thread.run_sync(partial(path.unlink, missing_ok=True))
    return {"export_id": str(found.id), "bytes": size}


async def import_upload(
    context: tasks_kinds.TaskContext, registry: Registry, payload: ImportPayload
) -> dict[str, object] | None:
    """Imports an upload and removes it. What is done when the owner stops it stays, and is known to the next one."""
    async with context.db.read() as session:
        found = await service_imports.waiting(session, import_id=payload.import_id)
    if found is None:
        return None
    is_over = False
    try:
        report = await _run(context, registry, found)
        is_over = True
    except Stopped:
        is_over, report = True, None
    except HearthError:
        is_over = True
        raise
    finally:
        if is_over:
            await _end(context, found)
    return report


async def _run(context: tasks_kinds.TaskContext, registry: Registry, found: Import) -> dict[str, object]:
    importer = next((part for part in registry.all(Importer) if part.kind == found.kind), None)
    if importer is None:
        raise ImportKindUnknown
    path = await to_thread.run_sync(folder.path_of, found.key)
    if not await to_thread.run_sync(path.is_file):
        raise ImportGone
    order = Order(
        path=path,
        account_id=found.account_id,
        same_people=found.same_people,
        hearth_url=of(Settings).hearth_url,
        resources=context.resources,
    )
    return await importer.run(TaskWork(context), registry, order)


async def _end(context: tasks_kinds.TaskContext, found: Import) -> None:
    async with context.write() as session:
        await service_imports.end(session, import_id=found.id)
    path = await to_thread.run_sync(folder.path_of, found.key)
    with suppress(FileNotFoundError):
        await to_thread.run_sync(path.unlink)
