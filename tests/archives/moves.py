"""Somebody's account on its way: exported, read, imported, on one server and another."""

import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from src.archives import exporting, importing
from src.archives.parts import Order
from src.archives.work import CommandWork
from src.config import Settings
from src.database import Database
from src.features import FEATURES
from src.main import build_app
from src.restoring import Work
from tests.cluster import Cluster
from tests.hearth import Hearth, Person, opened
from tests.patience import PATIENT

Rows = dict[str, list[dict[str, Any]]]


def silent(_step: str, _done: int, _total: int) -> None:
    """Nobody looks at the progress."""


async def quiet(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


@asynccontextmanager
async def another(cluster: Cluster, settings: Settings) -> AsyncIterator[Hearth]:
    """A second server, without anybody."""
    name = await cluster.create()
    database = Database(cluster.server.url_of(name), pool_timeout=30, settings=PATIENT)
    try:
        async with opened(build_app(settings, FEATURES), settings, database, FEATURES) as house:
            yield house
    finally:
        await database.close()
        await cluster.drop(name)


async def export(
    hearth: Hearth, person: Person, folder: Path, *, url: str | None = None, progress: exporting.Progress = quiet
) -> Path:
    """The archive of somebody's account."""
    target = folder / f"{person.username}-{person.id}.zip"
    runtime = hearth.runtime
    await exporting.write(
        hearth.database,
        exporting.of_account(runtime.registry),
        account_id=person.id,
        target=target,
        hearth_url=url,
        resources=runtime.resources,
        progress=progress,
    )
    return target


async def bring(
    hearth: Hearth,
    person: Person,
    path: Path,
    *,
    same_people: bool = True,
    url: str | None = None,
    work: Work | None = None,
) -> Mapping[str, Any]:
    """Imports an archive into somebody's account; what has come of it."""
    order = Order(path, person.id, same_people, url, hearth.runtime.resources)
    return await importing.run(work or CommandWork(hearth.database, silent), hearth.runtime.registry, order)


def rows(path: Path) -> Rows:
    """All rows of an archive by table."""
    with zipfile.ZipFile(path) as archive:
        return {
            name.removeprefix("data/").removesuffix(".jsonl"): [
                json.loads(line) for line in archive.read(name).splitlines()
            ]
            for name in archive.namelist()
            if name.startswith("data/")
        }
