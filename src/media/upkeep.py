"""Keeps stores and rows together: removes what rows have let go of, and what no row has ever referred to."""

from itertools import groupby

from src import clock
from src.database import Database
from src.media import service_processing
from src.media.constants import ORPHAN_AGE, STORES_RESOURCE, SWEPT_AT_ONCE
from src.media.payloads import DiscardPayload, SweepPayload
from src.media.store import Store
from src.media.stores import Stores
from src.tasks import kinds as tasks_kinds


async def discard(context: tasks_kinds.TaskContext, _payload: DiscardPayload) -> None:
    """The task that removes files which rows have let go of."""
    await remove_discarded(context.db, context.resource(STORES_RESOURCE, Stores))


async def remove_discarded(database: Database, stores: Stores) -> None:
    """Removes files that wait for it. A crash in between removes some of them twice, which is fine.

    Raises:
        Unavailable: a store is away; the rest waits on.
    """
    while True:
        async with database.read() as session:
            waiting = await service_processing.discarded(session)
        if not waiting:
            return
        for name, of_store in groupby(sorted(waiting, key=lambda one: one[1]), key=lambda one: one[1]):
            keys = [key for key, _ in of_store]
            await stores.of(name).forget(keys)
            async with database.write() as session:
                await service_processing.forget_discarded(session, keys)


async def sweep(context: tasks_kinds.TaskContext, _payload: SweepPayload) -> dict[str, object]:
    """The task that removes files which are a day old and have no row: of processes that died before their commit."""
    stores = context.resource(STORES_RESOURCE, Stores)
    before = clock.now() - ORPHAN_AGE
    removed = 0
    for store in stores.by_name.values():
        await store.clear(before)
        batch: list[str] = []
        async for found in store.listed():
            if found.changed_at < before:
                batch.append(found.key)
            if len(batch) == SWEPT_AT_ONCE:
                removed += await _remove_unknown(context.db, store, batch)
                batch = []
        removed += await _remove_unknown(context.db, store, batch)
    return {"removed": removed}


async def _remove_unknown(database: Database, store: Store, keys: list[str]) -> int:
    if not keys:
        return 0
    async with database.read() as session:
        unknown = await service_processing.unknown(session, store=store.name, keys=keys)
    await store.forget(unknown)
    return len(unknown)
