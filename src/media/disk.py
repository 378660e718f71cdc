"""Is there room on the disk? Asked before an upload, so that a full one stops neither the database nor the rest."""

from functools import partial
from pathlib import Path

from anyio import to_thread

from src import files
from src.media.directory_store import readable
from src.media.exceptions import StorageFull


async def refuse_full(folder: Path, *, more: int) -> None:
    """Refuses so many bytes more if the folder's disk would be too full with them.

    Raises:
        StorageFull: it would.
    """
    with readable():
        too_full = await to_thread.run_sync(partial(files.is_too_full, folder, more=more))
    if too_full:
        raise StorageFull
