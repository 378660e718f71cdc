"""An import that was done before or stopped anywhere: the next one adds what is missing and nothing else."""

import asyncio
from itertools import count
from pathlib import Path

import pytest

from src.database import Database, WriteSession
from src.mastodon_archive.importing import Step
from tests.hearth import Hearth
from tests.mastodon_archive import archives
from tests.mastodon_archive.archives import announce, uri
from tests.mastodon_archive.imports import bring, check, history, ids_of, post, seen, state, zipped
from tests.patience import PATIENT

pytestmark = pytest.mark.integration


async def test_a_second_import_adds_nothing_and_brings_back_nothing(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    archive = zipped(
        tmp_path,
        [*history(30), post(30, "<p>Once more</p>")],
        bookmarks_json=archives.collection("b", [uri(4), uri(9)]),
    )
    first = await bring(hearth.database, archive, "alice")
    assert (first.posts, first.known, first.bookmarks, first.bookmarks_known) == (30, 1, 2, 0)
    before = await state(hearth.database, alice.id)
    assert [row[1] for row in before["posts"]] == [f"Post {number}" for number in range(1, 31)]
    second = await bring(hearth.database, archive, "alice")
    assert (second.posts, second.known, second.bookmarks, second.bookmarks_known) == (0, 31, 0, 2)
    assert await state(hearth.database, alice.id) == before
    ids = await ids_of(hearth, alice)
    await alice.client.delete(f"/v1/posts/{ids[3]}")
    third = await bring(hearth.database, archive, "alice")
    assert (third.posts, third.bookmarks_known, third.bookmarks_elsewhere) == (0, 1, 1)
    assert await ids_of(hearth, alice) == [*ids[:3], *ids[4:]]


async def test_an_import_goes_on_after_later_posts_were_written_there(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    await bring(hearth.database, zipped(tmp_path, history(10)), "alice")
    report = await bring(hearth.database, zipped(tmp_path, history(12)), "alice")
    assert (report.posts, report.known) == (2, 10)
    ids = await ids_of(hearth, alice)
    assert (await seen(alice, ids[11]))["reply_to_id"] == str(ids[10])
    assert (await seen(alice, ids[10]))["replies_count"] == 1


class Stopped(Exception):
    """The power is out."""


async def stop_at(url: str, archive: Path, username: str, commit: int) -> bool:
    """Imports until the commit of this number, which fails; whether it came so far."""
    database = Database(url, pool_timeout=30, settings=PATIENT)
    commits = count()

    async def stop(_session: WriteSession) -> None:
        if next(commits) == commit:
            raise Stopped

    database.before_commit(stop)
    try:
        await bring(database, archive, username)
    except Stopped:
        return True
    finally:
        await database.close()
    return False


async def test_stopped_at_any_commit_and_continued_it_is_as_if_done_at_once(
    hearth: Hearth, database_url: str, tmp_path: Path
) -> None:
    people = {name: await hearth.account(name) for name in ("once", "again", "one", "two")}
    await people["one"].client.post("/v1/users/once/follow")
    await people["two"].client.post("/v1/users/again/follow")
    bookmarks = archives.collection("bookmarks.json", [uri(number) for number in (3, 410, 7)])
    archive = zipped(tmp_path, [*history(450), announce(9)], bookmarks_json=bookmarks)
    await bring(hearth.database, archive, "once")
    stops = 0
    while await stop_at(database_url, archive, "again", stops):
        stops += 1
    assert stops >= 6
    again = await state(hearth.database, people["again"].id)
    assert again == await state(hearth.database, people["once"].id)
    assert [len(again[name]) for name in ("posts", "ledger", "bookmarks", "entries")] == [450, 450, 3, 900]
    await check(hearth)


async def test_stopped_while_reading_it_keeps_what_is_written(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")

    def stop(step: str, done: int, _total: int) -> None:
        if step == Step.POSTS and done == 400:
            raise Stopped

    archive = zipped(tmp_path, history(450))
    with pytest.raises(Stopped):
        await bring(hearth.database, archive, "alice", progress=stop)
    assert len(await ids_of(hearth, alice)) == 400
    report = await bring(hearth.database, archive, "alice")
    assert (report.posts, report.known) == (50, 400)


async def test_two_imports_at_once_are_one(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    archive = zipped(tmp_path, history(450))
    reports = await asyncio.gather(*(bring(hearth.database, archive, "alice") for _ in range(2)))
    assert sum(report.posts for report in reports) == 450
    assert sum(report.known for report in reports) == 450
    assert len(await ids_of(hearth, alice)) == 450
    await check(hearth)
