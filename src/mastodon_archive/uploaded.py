"""What the API and the command line import besides exports of our own: an archive of Mastodon's, and its CSV files."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from src.archives import folder
from src.archives import importing as archives_importing
from src.archives import parts as archives_parts
from src.auth import models as auth_models
from src.auth import service as accounts
from src.containers import documents
from src.containers import exceptions as containers_exceptions
from src.feature import Registry
from src.mastodon_archive import addresses as addresses_of
from src.mastodon_archive import importing, reader, service_lists
from src.mastodon_archive.addresses import Addresses
from src.media import stores as media_stores
from src.media.constants import STORES_RESOURCE
from src.restoring import Outcome, Skipped, Work, resource

_MAX_LIST = 64 * 2**20
_One = Callable[[Work, auth_models.Account, str], Awaitable[Outcome]]


async def run_archive(work: Work, _registry: Registry, order: archives_parts.Order) -> dict[str, object]:
    """Imports an archive of Mastodon's."""
    async with work.db.read() as session:
        account = await accounts.get(session, account_id=order.account_id)
    stores = resource(order.resources, STORES_RESOURCE, media_stores.Stores)
    with ExitStack() as stack:
        archive = await to_thread.run_sync(
            lambda: stack.enter_context(reader.open_archive(order.path, spool=folder.opened()))
        )
        contents = await to_thread.run_sync(importing.look_through, archive)
        report = await importing.run(work, contents, account=account, hearth_url=order.hearth_url, stores=stores)
    skipped = {str(reason): number for reason, number in report.skipped.items() if number}
    return {**asdict(report), "skipped": skipped}


def importers() -> Iterator[archives_parts.Importer]:
    """All kinds of files that are brought along."""
    yield archives_parts.Importer("mastodon", run_archive)
    for kind in service_lists.Relation:
        yield archives_parts.Importer(str(kind), partial(_run_people, kind))
    yield archives_parts.Importer("bookmarks", _run_bookmarks)
    yield archives_parts.Importer("lists", _run_lists)


async def _run_people(
    kind: service_lists.Relation, work: Work, _registry: Registry, order: archives_parts.Order
) -> dict[str, object]:
    addresses = addresses_of.of(order.hearth_url)

    async def one(work: Work, account: auth_models.Account, cell: str) -> Outcome:
        username = _username(cell, addresses)
        if username is None:
            return Outcome(skipped=service_lists.one(Skipped.ELSEWHERE))
        async with work.write() as session:
            return await service_lists.relate(session, account=account, kind=kind, username=username)

    return await _run(kind, work, order, one)


async def _run_bookmarks(work: Work, _registry: Registry, order: archives_parts.Order) -> dict[str, object]:
    addresses = addresses_of.of(order.hearth_url)

    async def one(work: Work, account: auth_models.Account, cell: str) -> Outcome:
        async with work.write() as session:
            return await service_lists.bookmark(session, account=account, uri=cell, post_id=addresses.post_id(cell))

    return await _run("bookmarks", work, order, one)


async def _run_lists(work: Work, _registry: Registry, order: archives_parts.Order) -> dict[str, object]:
    async def one(_work: Work, _account: auth_models.Account, _cell: str) -> Outcome:
        return Outcome(skipped=service_lists.one(Skipped.NO_COUNTERPART))

    return await _run("lists", work, order, one)


async def _run(kind: str, work: Work, order: archives_parts.Order, one: _One) -> dict[str, object]:
    """Does it for each line; what was done before is known then."""
    cells = await to_thread.run_sync(partial(_cells, order.path))
    async with work.db.read() as session:
        account = await accounts.get(session, account_id=order.account_id)
    outcome = Outcome()
    for done, cell in enumerate(cells):
        await work.progress(kind, done, len(cells))
        outcome.add(await one(work, account, cell))
    await work.progress(kind, len(cells), len(cells))
    return {str(kind): archives_importing.told(outcome)}


def _cells(path: Path) -> list[str]:
    """The first cell of each line.

    Raises:
        ArchiveUnreadable, ArchiveFileTooLarge, ArchiveMalformedFile: the file is refused.
    """
    try:
        if path.stat().st_size > _MAX_LIST:
            raise containers_exceptions.ArchiveFileTooLarge
        file: BinaryIO = path.open("rb")
    except OSError as error:
        raise containers_exceptions.ArchiveUnreadable from error
    with closing(file):
        return list(documents.read_first_column(file))


def _username(cell: str, addresses: Addresses) -> str | None:
    """The person of this server whom an address means; a bare name is one of this server."""
    name, _, host = cell.removeprefix("@").partition("@")
    return name if not host or host.lower() == addresses.host else None
