"""Erases accounts whose time has come: package by package from the top, each in one transaction with its ledger row.

Whoever is killed in between leaves a ledger that says where to go on. What stands above may refer to what stands below,
so the features are asked in the reverse of their order; last of all goes the account itself. If something refers to it
still, a request that was let in before has written it meanwhile, and the next time begins at the top.
"""

import logging
from collections.abc import Iterable

from anyio import to_thread
from sqlalchemy.exc import IntegrityError

from src import clock
from src.archives import folder, queries, service, service_abandoned, service_exports, service_imports
from src.archives.constants import AT_ONCE, ORPHAN_AGE
from src.database import Database
from src.events import errors
from src.feature import Owned, Registry

logger = logging.getLogger("hearth.archives")


async def delete_due(database: Database, registry: Registry) -> None:
    """Erases what is due; an account that cannot be erased now holds up no other and is tried again."""
    async with database.read() as session:
        due = await queries.due(session, now=clock.now(), count=AT_ONCE)
    for account_id in due:
        try:
            await _delete(database, registry, account_id)
        except Exception as error:  # noqa: BLE001  whatever it was, the ledger says where to go on
            logger.warning("account %s is not erased yet: %s", account_id, errors.described(error))


async def _delete(database: Database, registry: Registry, account_id: int) -> None:
    async with database.write() as session:
        is_first = await queries.begin(session, account_id=account_id, now=clock.now())
        if is_first is None:
            return
        bots = await service.close(session, account_id=account_id) if is_first else []
    for bot_id in bots:
        await _delete(database, registry, bot_id)
    try:
        for package, parts in _from_the_top(registry):
            await _erase(database, package, parts, account_id)
    except IntegrityError:
        # What was on its way when this began has come after its package was done.
        async with database.write() as session:
            await queries.forget_erasures(session, account_id=account_id)
        raise
    async with database.write() as session:
        await queries.finish(session, account_id=account_id, now=clock.now())
    logger.info("account %s is erased", account_id)


async def _erase(database: Database, package: str, parts: Iterable[Owned], account_id: int) -> None:
    async with database.write() as session:
        if not await queries.note_erasure(session, account_id=account_id, package=package, now=clock.now()):
            return
        await queries.lift_limits(session)
        for part in parts:
            await part.erase(session, account_id)


def _from_the_top(registry: Registry) -> list[tuple[str, list[Owned]]]:
    """The packages that own rows, those that refer to others first."""
    packages: dict[str, list[Owned]] = {}
    for package, part in reversed(registry.by_feature(Owned)):
        packages.setdefault(package, []).append(part)
    return list(packages.items())


async def tidy(database: Database) -> None:
    """Removes exports whose time is over and what has been left behind, with the files."""
    async with database.write() as session:
        gone = await service_exports.delete_expired(session)
        await service_abandoned.end(session)
    old = await to_thread.run_sync(folder.older_than, clock.now() - ORPHAN_AGE)
    async with database.read() as session:
        known = await service_imports.known_keys(session)
    await to_thread.run_sync(folder.remove, {*gone, *old} - known)
