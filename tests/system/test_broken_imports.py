"""An import that breaks off at its n-th statement, for every n: whole batches or nothing, and the next one ends it."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from src import clock
from src.exceptions import HearthError
from src.feature import Owned
from src.media.constants import ORPHAN_AGE
from tests.archives.moves import bring, export, rows
from tests.archives.test_round_trip import live, plain
from tests.hearth import Hearth, Person
from tests.mastodon_archive import archives, imports
from tests.media import files
from tests.media.steps import process, uploaded
from tests.system.house import is_idle, wrong_in
from tests.system.test_nth_statement import sabotaged

pytestmark = pytest.mark.system

_MOST = 600
_BROKEN = (DBAPIError, SQLAlchemyError, HearthError, OSError)
JPEG = files.written(files.picture(64, 48), "JPEG")


async def counts(hearth: Hearth, person: Person) -> dict[str, int]:
    """How many rows of each table that comes back somebody has."""
    found: dict[str, int] = {}
    async with hearth.database.read() as session:
        for part in hearth.runtime.registry.all(Owned):
            for name, statement in part.export(person.id).items():
                if name in {*part.restore, "media_items"}:
                    found[name] = len((await session.execute(statement)).all())
    return found


def stored(folder: Path) -> int:
    """How many files of media there are."""
    return sum(1 for path in (folder / "files").rglob("*") if path.is_file())


@pytest.mark.timeout(800)
async def test_our_own_archive(folder: Path, hearth: Hearth, tmp_path: Path) -> None:
    ada, _ = await live(hearth)
    item = await uploaded(hearth, ada, JPEG, alt_text="A cat")
    assert (await ada.client.post("/v1/posts", json={"text": "", "media_ids": [item["id"]]})).is_success
    archive = await export(hearth, ada, tmp_path)
    once = await hearth.account("once")
    before = await counts(hearth, once)
    await bring(hearth, once, archive)
    whole = await counts(hearth, once)
    reference = plain(rows(await export(hearth, once, tmp_path)), "posts")
    # Each second one: two imports a step take their time.
    for at in range(1, _MOST, 2):
        # The name is taken anew by each: a follow of the same people is another row.
        eve = await hearth.account(f"eve{at}")
        with sabotaged(hearth, at) as saboteur, suppress(*_BROKEN):
            await bring(hearth, eve, archive)
        if saboteur.left > 0:
            break
        await is_idle(hearth.database)
        torn = await counts(hearth, eve)
        assert all(number in {before[name], whole[name]} for name, number in torn.items()), f"statement {at}: {torn}"
        await bring(hearth, eve, archive)
        assert await counts(hearth, eve) == whole, f"statement {at}"
    else:
        pytest.fail("it never succeeds")
    assert at > 60
    assert plain(rows(await export(hearth, eve, tmp_path)), "posts") == reference
    await process(hearth)
    await hearth.settle()
    assert await wrong_in(hearth.database) == []
    async with hearth.database.read() as session:
        connection = await session.connection()
        named = (await connection.exec_driver_sql("SELECT count(*) FROM media_files")).scalar_one()
    # Where a commit has failed, nobody knew whether a row names the file: it is swept after a day.
    assert stored(folder) >= named
    with clock.shifted(ORPHAN_AGE + timedelta(hours=1)):
        await hearth.run_job("media.sweep")
        await process(hearth)
    assert stored(folder) == named


async def test_an_archive_of_mastodons(folder: Path, hearth: Hearth, tmp_path: Path) -> None:
    url = "media_attachments/files/1.jpg"
    pictures = [archives.picture(url=f"/{url}")]
    outbox = [imports.post(1), imports.post(2, attachment=pictures, inReplyTo=archives.uri(1)), imports.post(3)]
    bookmarks = archives.collection("bookmarks.json", [archives.uri(2)])
    contents = archives.files(outbox, bookmarks_json=bookmarks) | {url: JPEG}
    archive = archives.write_zip(tmp_path / "a.zip", contents)
    for at in range(1, _MOST):
        name = f"eve{at}"
        eve = await hearth.account(name)
        with sabotaged(hearth, at) as saboteur, suppress(*_BROKEN):
            await imports.bring(hearth.database, archive, name)
        if saboteur.left > 0:
            break
        await is_idle(hearth.database)
        torn = await counts(hearth, eve)
        assert (torn["posts"], torn["media_items"], torn["bookmarks"]) in {(0, 0, 0), (3, 1, 0), (3, 1, 1)}, at
        await imports.bring(hearth.database, archive, name)
        whole = await counts(hearth, eve)
        assert (whole["posts"], whole["media_items"], whole["bookmarks"]) == (3, 1, 1), at
    else:
        pytest.fail("it never succeeds")
    assert at > 20
    await process(hearth)
    await hearth.settle()
    assert await wrong_in(hearth.database) == []
    assert folder.name == "media"
