"""Is there room on the disk? Asked before an upload, so that a full one stops neither the database nor the rest."""

import shutil
from pathlib import Path

from anyio import to_thread

from src.media.constants import FULLEST_DISK
from src.media.directory_store import readable
from src.media.exceptions import StorageFull


async def refuse_full(folder: Path, *, more: int) -> None:
    """Refuses so many bytes more if the folder's disk would be too full with them.

    Raises:
        StorageFull: it would.
    """
    with readable():
        found = await to_thread.run_sync(shutil.disk_usage, folder)
    if found.total - found.free + more > FULLEST_DISK * found.total:
        raise StorageFull
