"""Brings the archive of an account back: package by package, some hundred rows in each transaction.

The whole file is read once before anything is written. Each step can be repeated: an import that was stopped anywhere
is finished by the next one, which finds in the ledger what is here already.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import islice

from anyio import to_thread

from src.archives import reading, service_ledger
from src.archives.constants import RESTORED_AT_ONCE
from src.archives.parts import Order
from src.feature import Owned, Registry
from src.restoring import Arrival, Outcome, Restore, Row, Skipped, Work


async def run(work: Work, registry: Registry, order: Order) -> dict[str, object]:
    """Imports an archive of ours, and tells by table what has come of it.

    Raises:
        ArchiveRefused: the file is none, or is damaged.
    """
    with ExitStack() as stack:
        archive = await to_thread.run_sync(lambda: stack.enter_context(reading.open_archive(order.path)))
        counted = await to_thread.run_sync(partial(_count, archive))
        archived_id = archive.manifest.account.id
        arrival = Arrival(
            account_id=order.account_id,
            archived_id=archived_id,
            same_people=order.same_people or _is_here(archive.manifest, order),
            ledger=service_ledger.AccountLedger(order.account_id, archived_id),
            source=archive,
            resources=order.resources,
        )
        await _restore_all(work, registry, archive, arrival, counted)
        for part in registry.all(Owned):
            if part.finish is not None:
                await part.finish(work, arrival)
    return {name: told(outcome) for name, outcome in arrival.outcomes.items()}


async def _restore_all(
    work: Work, registry: Registry, archive: reading.Archive, arrival: Arrival, counted: Mapping[str, int]
) -> None:
    restoring = {name: restore for part in registry.all(Owned) for name, restore in part.restore.items()}
    outcomes = arrival.outcomes
    for name, total in counted.items():
        if name not in restoring and total:
            outcomes[name] = Outcome()
            outcomes[name].skipped[Skipped.LEFT_OUT] += total
    for name, restore in restoring.items():
        if counted.get(name):
            outcomes[name] = await _restore(work, name, restore, archive, arrival, counted[name])


async def _restore(
    work: Work, name: str, restore: Restore, archive: reading.Archive, arrival: Arrival, total: int
) -> Outcome:
    outcome, done = Outcome(), 0
    rows = archive.rows(name)
    await work.progress(name, 0, total)
    while batch := await to_thread.run_sync(partial(_next, rows)):
        async with work.write() as session:
            await arrival.ledger.hold(session)
            came = await restore(session, arrival, batch)
        outcome.add(came)
        done += len(batch)
        await work.progress(name, done, total)
    return outcome


def _count(archive: reading.Archive) -> dict[str, int]:
    """How many rows each table has; whatever is damaged is refused by then."""
    return {name: sum(1 for _ in archive.rows(name)) for name in archive.tables()}


def _next(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, RESTORED_AT_ONCE))


def _is_here(manifest: reading.Manifest, order: Order) -> bool:
    """Whether this server has made it, so that everybody still has their name."""
    return manifest.server is not None and manifest.server == order.hearth_url


def told(outcome: Outcome) -> dict[str, object]:
    """An outcome as JSON."""
    skipped = {str(reason): number for reason, number in outcome.skipped.items() if number}
    return {"new": outcome.new, "known": outcome.known, "skipped": skipped}
