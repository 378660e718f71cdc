"""No row without a file, no file without a row for long, and nothing that stays half done."""

import os
import resource
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from src import clock
from src.aws.config import AwsSettings
from src.config import override
from src.media import archive, service_usage
from src.media.config import MediaSettings
from src.media.directory_store import DirectoryStore
from src.media.exceptions import StorageFull, StoreUnavailable
from src.media.stores import Stores
from src.tasks.constants import MAX_ATTEMPTS, RETRY_SECONDS
from tests.exported import exported
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.conftest import stored
from tests.media.steps import attach, process, upload, uploaded
from tests.system.house import wrong_in

pytestmark = pytest.mark.integration

JPEG = files.written(files.picture(), "JPEG")
DAY = timedelta(days=1, minutes=1)


def later(by: timedelta = DAY) -> datetime:
    return clock.now() + by


def aged(path: Path) -> Path:
    """A file that was written two days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left behind")
    os.utime(path, (0, clock.now().timestamp() - 2 * DAY.total_seconds()))
    return path


async def test_what_hangs_on_nothing_for_a_day_is_deleted(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    used, unused = await uploaded(hearth, ada, JPEG), await uploaded(hearth, ada, JPEG)
    await attach(hearth, ada, used["id"])
    await hearth.run_job("media.tidy", at=later(timedelta(hours=23)))
    assert (await ada.client.get(unused["url"])).status_code == 200
    await hearth.run_job("media.tidy", at=later())
    with clock.shifted(DAY):
        await process(hearth)
    assert problem(await ada.client.get(unused["url"])) == "media_not_found"
    assert (await ada.client.get(used["url"])).status_code == 200
    assert len(stored(folder)) == 2


async def test_files_without_a_row_are_swept_away_after_a_day(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    await uploaded(hearth, ada, JPEG)
    kept = stored(folder)
    for path in kept:
        os.utime(path, (0, 0))
    orphan, spool = aged(folder / "files" / "ab" / ("ab" * 16)), aged(folder / "incoming" / "cut-off")
    rest = aged(folder / "incoming" / "half" / "made" / "a.jpeg")
    os.utime(folder / "incoming" / "half", (0, 0))
    fresh = aged(folder / "files" / "cd" / ("cd" * 16))
    os.utime(fresh)
    await hearth.run_job("media.sweep")
    await process(hearth)
    assert [path.exists() for path in (orphan, spool, rest, fresh)] == [False, False, False, True]
    assert stored(folder) == sorted([*kept, fresh])


async def test_an_account_takes_its_files_along(hearth: Hearth, folder: Path) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    item = await uploaded(hearth, ada, JPEG)
    await attach(hearth, ada, item["id"])
    await upload(ada, JPEG)
    await uploaded(hearth, bob, JPEG)
    async with hearth.database.read() as session:
        taken = await exported(session, archive.export(ada.id))
    assert [len(taken[name]) for name in ("media_items", "media_files")] == [2, 4]
    async with hearth.database.write() as session:
        await archive.erase(session, ada.id)
    await process(hearth)
    assert len(stored(folder)) == 2
    async with hearth.database.read() as session:
        assert (await exported(session, archive.export(ada.id))) == {
            "media_items": [],
            "media_files": [],
            "media_direct_uploads": [],
        }


async def test_usage_is_told_by_kind_store_and_person(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    one, two = await uploaded(hearth, ada, JPEG), await uploaded(hearth, ada, files.animation())
    three = await uploaded(hearth, bob, JPEG)
    await attach(hearth, bob, three["id"])
    async with hearth.database.read() as session:
        found = await service_usage.read(session)
    total = one["bytes"] + two["bytes"] + three["bytes"]
    assert found.by_kind == {"image": one["bytes"] + three["bytes"], "animation": two["bytes"]}
    assert found.by_person == {"ada": one["bytes"] + two["bytes"], "bob": three["bytes"]}
    assert (found.by_store, found.unattached) == ({"directory": total}, one["bytes"] + two["bytes"])


async def test_doctor_recounts_sizes(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, JPEG)
    assert await wrong_in(hearth.database) == []
    async with hearth.database.write() as session:
        await session.execute(text("UPDATE media_items SET bytes = bytes + 1"))
    (line,) = await wrong_in(hearth.database)
    assert line.startswith(f"media item {item['id']}: ")


@pytest.fixture
def broken(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A disk that fails, until the block is undone."""
    stores = hearth.runtime.resources["media_stores"]
    assert isinstance(stores, Stores)
    yield monkeypatch
    monkeypatch.undo()


async def test_an_upload_to_a_broken_disk_fails_and_leaves_nothing(
    hearth: Hearth, folder: Path, broken: pytest.MonkeyPatch
) -> None:
    ada = await hearth.account("ada")
    for number, status, code in ((28, 507, "media_storage_full"), (5, 503, "media_store_unavailable")):
        with broken.context() as patched:

            def fail(*_: object, number: int = number) -> None:
                raise OSError(number, "broken")

            patched.setattr(os, "fsync", fail)
            answer = await upload(ada, JPEG)
        assert (answer.status_code, problem(answer)) == (status, code)
        assert stored(folder) == []
    assert (await ada.client.get("/v1/media")).json()["items"] == []
    assert (await upload(ada, JPEG)).status_code == 202


async def failing(hearth: Hearth, broken: pytest.MonkeyPatch, attempts: int = MAX_ATTEMPTS) -> timedelta:
    """Lets the store fail while an item is processed, so often; how much time has passed."""
    passed = timedelta()
    with broken.context() as patched:

        async def fail(*_: object) -> None:
            raise StoreUnavailable

        patched.setattr(DirectoryStore, "keep", fail)
        for attempt in range(1, attempts + 1):
            with clock.shifted(passed):
                await process(hearth)
            passed += timedelta(seconds=RETRY_SECONDS**attempt + 1)
    return passed


async def state(person: Person, media_id: str) -> tuple[str, str | None]:
    """Where an item stands."""
    item = (await person.client.get(f"/v1/media/{media_id}")).json()
    return item["state"], item["error"]


async def test_a_store_that_is_away_for_a_while_costs_no_item(
    hearth: Hearth, folder: Path, broken: pytest.MonkeyPatch
) -> None:
    ada = await hearth.account("ada")
    media_id = (await upload(ada, JPEG)).json()["id"]
    passed = await failing(hearth, broken)
    assert await state(ada, media_id) == ("processing", None)
    await hearth.run_job("media.tidy", at=clock.now() + passed)
    with clock.shifted(passed):
        await process(hearth)
    assert await state(ada, media_id) == ("ready", None)
    assert not list((folder / "incoming").iterdir())


async def test_a_disk_that_is_full_for_a_while_costs_no_item(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await uploaded(hearth, ada, JPEG)
    media_id = (await upload(ada, JPEG)).json()["id"]
    (child,) = hearth.runtime.cpu._children
    # It can write no further, as on a full disk.
    resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    await process(hearth)
    assert await state(ada, media_id) == ("processing", None)
    resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with clock.shifted(timedelta(minutes=1)):
        await process(hearth)
    assert await state(ada, media_id) == ("ready", None)


async def test_an_item_that_cannot_be_processed_for_a_day_is_given_up(
    hearth: Hearth, broken: pytest.MonkeyPatch
) -> None:
    ada = await hearth.account("ada")
    media_id = (await upload(ada, JPEG)).json()["id"]
    await attach(hearth, ada, media_id)
    await failing(hearth, broken)
    await hearth.run_job("media.tidy", at=later())
    assert await state(ada, media_id) == ("failed", "given_up")


async def test_an_item_that_brought_its_task_down_is_given_up(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    media_id = (await upload(ada, JPEG)).json()["id"]
    async with hearth.database.write() as session:
        await session.execute(text("UPDATE tasks SET state = 'failed', error = 'task_crashed'"))
    await hearth.run_job("media.tidy")
    assert await state(ada, media_id) == ("failed", "given_up")


async def test_an_item_whose_raw_file_is_gone_is_given_up(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    media_id = (await upload(ada, JPEG)).json()["id"]
    for path in stored(folder):
        path.unlink()
    await process(hearth)
    assert await state(ada, media_id) == ("failed", "given_up")


async def test_an_item_that_is_deleted_while_it_is_processed_leaves_nothing(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    media_id = (await upload(ada, JPEG)).json()["id"]
    original = DirectoryStore.keep
    with pytest.MonkeyPatch.context() as patched:

        async def keep(store: DirectoryStore, key: str, source: Path, content_type: str) -> None:
            await original(store, key, source, content_type)
            assert (await ada.client.delete(f"/v1/media/{media_id}")).status_code in {204, 404}

        patched.setattr(DirectoryStore, "keep", keep)
        await process(hearth)
    await process(hearth)
    assert stored(folder) == []


async def test_a_picture_that_costs_too_much_is_refused(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearth.runtime.cpu, "_memory_bytes", 60 * 1024 * 1024)
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, files.bomb(6300, 6300))
    assert (item["state"], item["error"]) == ("failed", "too_costly")


async def test_discarded_files_of_a_store_that_is_away_wait_for_it(
    hearth: Hearth, folder: Path, broken: pytest.MonkeyPatch
) -> None:
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, JPEG)
    with broken.context() as patched:

        async def fail(*_: object) -> None:
            raise StorageFull

        patched.setattr(DirectoryStore, "forget", fail)
        await ada.client.delete(f"/v1/media/{item['id']}")
        await process(hearth)
    assert len(stored(folder)) == 2
    await hearth.run_job("media.tidy")
    await process(hearth)
    assert stored(folder) == []


def test_s3_needs_a_bucket() -> None:
    with override(MediaSettings), pytest.raises(ValueError, match="S3_BUCKET_NAME"):
        MediaSettings(media_store="s3")


async def test_the_doctor_says_that_files_are_where_the_settings_do_not_lead(hearth: Hearth, folder: Path) -> None:
    await uploaded(hearth, await hearth.account("ada"), JPEG)
    count = len(stored(folder))
    await hearth.database.fetch("UPDATE media_files SET store = 's3'", [])
    wrong = f"{count} files are in s3, which is not set up: S3_BUCKET_NAME and what goes with it"
    assert await wrong_in(hearth.database) == [wrong]
    with override(AwsSettings, s3_bucket_name="hearth"):
        assert await wrong_in(hearth.database) == []
