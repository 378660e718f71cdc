"""The work behind an upload: out of the raw file, in a child process, the files that people see."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from anyio import to_thread

from src.config import of
from src.cpu import exceptions as cpu_exceptions
from src.exceptions import Unavailable
from src.media import film, service_processing, tasks, upkeep
from src.media.config import MediaSettings
from src.media.constants import STORES_RESOURCE
from src.media.directory_store import readable
from src.media.exceptions import InsufficientStorage, MediaNotFound
from src.media.formats import Format
from src.media.payloads import ProcessPayload
from src.media.rendered import Reason, Refused, Rendered
from src.media.store import new_key
from src.media.stores import Stores
from src.tasks import kinds as tasks_kinds


class TryAgain(Exception):
    """The store is away or full: not the file's fault."""


async def process(context: tasks_kinds.TaskContext, payload: ProcessPayload) -> None:
    """Processes an item; does nothing if that has been done, or it is gone.

    Raises:
        TryAgain: it should be done later.
    """
    stores = context.resource(STORES_RESOURCE, Stores)
    async with context.db.read() as session:
        raw = await service_processing.raw(session, media_id=payload.media_id)
    if raw is None:
        return
    try:
        with readable():
            folder = Path(await to_thread.run_sync(lambda: tempfile.mkdtemp(dir=stores.incoming)))
        try:
            await _make(context, stores, payload.media_id, raw, folder)
        finally:
            await to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))
    except (Unavailable, InsufficientStorage) as error:
        raise TryAgain(error.code) from error
    # What cannot be removed now waits for `jobs.tidy`.
    with suppress(Unavailable):
        await upkeep.remove_discarded(context.db, stores)


async def _make(
    context: tasks_kinds.TaskContext, stores: Stores, media_id: int, raw: service_processing.Raw, folder: Path
) -> None:
    try:
        source = await stores.of(raw.store).borrow(raw.key, folder)
        made = folder / "made"
        made.mkdir()
        with readable():
            rendered = await _rendered(context, source, made, Format(raw.sent_format))
    except MediaNotFound:
        await _fail(context, media_id, Reason.GIVEN_UP)
    except cpu_exceptions.CpuLimitExceeded:
        await _fail(context, media_id, Reason.TOO_COSTLY)
    except cpu_exceptions.CpuFailed:
        await _fail(context, media_id, Reason.UNREADABLE)
    except Refused as refused:
        await _fail(context, media_id, refused.reason)
    else:
        await _keep(context, stores, media_id, rendered)


async def _rendered(context: tasks_kinds.TaskContext, source: Path, folder: Path, sent: Format) -> Rendered:
    if sent.is_picture:
        return await context.cpu(tasks.render_picture, str(source), str(folder), str(sent))
    longest = float(of(MediaSettings).media_max_seconds)
    return await context.cpu(film.render_film, str(source), str(folder), str(sent), longest)


async def _keep(context: tasks_kinds.TaskContext, stores: Stores, media_id: int, rendered: Rendered) -> None:
    store, files = stores.current, []
    for file in rendered.files:
        key = new_key()
        await store.keep(key, Path(file.path), file.content_type)
        files.append(service_processing.Kept(file, key, store.name))
    async with context.write() as session:
        await service_processing.finish(session, media_id=media_id, rendered=rendered, files=files)


async def _fail(context: tasks_kinds.TaskContext, media_id: int, reason: Reason) -> None:
    async with context.write() as session:
        await service_processing.fail(session, media_id=media_id, reason=reason)
