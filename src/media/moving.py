"""Moves all files of a server from one store to another, while it runs."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from src.database import Database
from src.media import service_moving, upkeep
from src.media.constants import StoreName
from src.media.directory_store import readable
from src.media.exceptions import MediaNotFound
from src.media.store import Store, new_key
from src.media.stores import Stores


async def move_all(
    database: Database, stores: Stores, *, to: StoreName, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Moves every file that is elsewhere; what was moved stays so, and a second run goes on with the rest.

    Args:
        database: where the rows are.
        stores: of which `to` has to be one.
        to: the store to move to.
        progress: called with the files moved so far and those to move in all.

    Returns:
        How many files were moved, and how many bytes.

    Raises:
        Unavailable, StorageFull: a store is away or full; what is left can be moved later.
    """
    target = stores.of(to)
    async with database.read() as session:
        total = await service_moving.count(session, to=to)
    files = size = 0
    behind = ""
    while True:
        async with database.read() as session:
            batch = await service_moving.movable(session, to=to, behind=behind)
        if not batch:
            break
        for file in batch:
            if await _move(database, stores, target, file):
                files, size = files + 1, size + file.bytes
            progress(files, max(total, files))
        behind = batch[-1].key
        await upkeep.remove_discarded(database, stores)
    return files, size


async def _move(database: Database, stores: Stores, target: Store, file: service_moving.Movable) -> bool:
    """Moves one file; whether it was still there. The copy has a key of its own: see `store`."""
    with readable():
        folder = Path(tempfile.mkdtemp(dir=stores.incoming))
    try:
        source = await stores.of(file.store).borrow(file.key, folder)
        copy = folder / "copy"
        if source.parent == folder:
            source.replace(copy)
        else:
            with readable():
                shutil.copyfile(source, copy)
        key = new_key()
        await target.keep(key, copy, file.content_type)
    except MediaNotFound:
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    async with database.write() as session:
        await service_moving.move(session, file=file, key=key, to=target.name)
    return True
