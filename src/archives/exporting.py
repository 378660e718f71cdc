"""Writes archives: all rows of an account out of one snapshot of the database and the files beside them, or a thing.

`hearth.json` says what it is, `data/<table>.jsonl` has a row a line, and what else there is, packages add by their
`ExportedFiles`. Nothing is held in memory but what a thread is writing. It is the one place where the disk is written
while a transaction is open: a snapshot is worth that, and it has a connection of its own.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import orjson

from src import clock
from src.archives import exceptions, folder, service_exports
from src.archives.constants import FORMAT, MANIFEST, ROWS_AT_ONCE, VERSION
from src.archives.parts import About, Copy, ExportedFiles, ExportedThing
from src.archives.pen import Pen
from src.auth import exceptions as auth_exceptions
from src.database import Database, ReadSession
from src.feature import Owned, Registry, Statements

# JavaScript rounds what is larger.
_LARGEST_NUMBER = 2**53

# Told again and again how far it is: rows and files done, of how many.
Progress = Callable[[int, int], Awaitable[None]]
# Writes what an archive holds, and names what is copied once the snapshot is over.
Contents = Callable[[ReadSession, Pen, About, Progress], Awaitable[Sequence[Copy]]]


async def write(
    database: Database,
    contents: Contents,
    *,
    account_id: int,
    target: Path,
    hearth_url: str | None,
    resources: Mapping[str, object],
    progress: Progress,
) -> int:
    """Makes an archive for an account, or leaves nothing behind.

    Args:
        database: where the account is.
        contents: what goes into it: `of_account` or `of_thing`.
        account_id: the account.
        target: the file to make.
        hearth_url: where people reach this server.
        resources: what the process keeps in memory.
        progress: is told how far it is; what it raises ends the export.

    Returns:
        The size of the file in bytes.

    Raises:
        AccountNotFound: the account is gone.
        ArchiveStorageFull: there is no room.
    """
    with folder.written(target) as part:
        pen = Pen(part)
        async with _snapshot(database) as session:
            username = await service_exports.username_of(session, account_id)
            if username is None:
                raise auth_exceptions.AccountNotFound
            about = About(account_id, username, hearth_url, database, resources)
            copies = await contents(session, pen, about, progress)
        await _copy(pen, copies, progress)
        await pen.finish()
        return part.stat().st_size


def of_account(registry: Registry) -> Contents:
    """All that the account owns, as the packages of the registry know it."""
    return partial(_write_rows, registry)


def of_thing(registry: Registry, kind: str, thing_id: int) -> Contents:
    """A thing of a kind that the registry knows.

    Raises:
        ExportNotFound: it knows none of this name.
    """
    part = next((part for part in registry.all(ExportedThing) if part.kind == kind), None)
    if part is None:
        raise exceptions.ExportNotFound
    found = part

    async def write_thing(session: ReadSession, pen: Pen, about: About, _progress: Progress) -> Sequence[Copy]:
        return await found.write(session, pen, about, thing_id)

    return write_thing


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[ReadSession]:
    apart = database.apart()
    try:
        async with apart.snapshot() as session:
            await service_exports.be_patient(session)
            yield session
    finally:
        await apart.close()


async def _write_rows(
    registry: Registry, session: ReadSession, pen: Pen, about: About, progress: Progress
) -> Sequence[Copy]:
    parts = registry.all(Owned)
    statements: Statements = {name: each for part in parts for name, each in part.export(about.account_id).items()}
    total = await service_exports.count(session, statements)
    done = 0
    tables: dict[str, int] = {}
    for name, statement in statements.items():
        tables[name] = 0
        async with pen.file(f"data/{name}.jsonl") as sheet:
            streamed = await session.stream(statement, execution_options={"yield_per": ROWS_AT_ONCE})
            async for rows in streamed.mappings().partitions():
                await sheet.write(b"".join(_line(dict(row)) for row in rows))
                tables[name] += len(rows)
                await progress(done + tables[name], total)
        done += tables[name]
    copies = [copy for part in registry.all(ExportedFiles) for copy in await part.write(session, pen, about)]
    await pen.write(MANIFEST, orjson.dumps(_manifest(about, tables), option=orjson.OPT_INDENT_2))
    return copies


async def _copy(pen: Pen, copies: Sequence[Copy], progress: Progress) -> None:
    for number, copy in enumerate(copies, start=1):
        async with pen.file(copy.path, packed=False) as sheet:
            async for piece in copy.read():
                await sheet.write(piece)
        await progress(number, len(copies))


def _manifest(about: About, tables: Mapping[str, int]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": clock.now(),
        "server": about.hearth_url,
        "account": {"id": str(about.account_id), "username": about.username},
        "tables": tables,
    }


def _line(row: Mapping[str, object]) -> bytes:
    return orjson.dumps({name: _plain(value) for name, value in row.items()}, option=orjson.OPT_APPEND_NEWLINE)


def _plain(value: object) -> object:
    is_rounded = isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST_NUMBER
    return str(value) if is_rounded else value
