"""All files of a server move from one store to another, and what was stopped goes on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from src.config import Settings, override
from src.database import Database
from src.features import FEATURES
from src.media import moving
from src.media.config import MediaSettings
from src.media.constants import StoreName
from src.media.exceptions import StoreUnavailable
from src.media.s3_store import S3Store
from src.media.stores import Stores
from tests.hearth import Hearth, opened
from tests.media import files, s3
from tests.media.conftest import stored
from tests.media.steps import process, uploaded
from tests.system.house import wrong_in

pytestmark = pytest.mark.integration


@pytest.fixture
async def hearth(app: FastAPI, settings: Settings, database: Database, moto_address: str) -> AsyncIterator[Hearth]:
    """A house that keeps files in the folder and knows of S3."""
    with s3.used(moto_address), override(MediaSettings, media_store=StoreName.DIRECTORY):
        async with opened(app, settings, database, FEATURES) as house:
            yield house


def stores_of(hearth: Hearth) -> Stores:
    """The stores of the house."""
    stores = hearth.runtime.resources["media_stores"]
    assert isinstance(stores, Stores)
    return stores


async def move(hearth: Hearth, to: StoreName) -> tuple[int, list[tuple[int, int]]]:
    """Moves all; how many files were moved, and what was told meanwhile."""
    told: list[tuple[int, int]] = []
    found, _ = await moving.move_all(
        hearth.database, stores_of(hearth), to=to, progress=lambda *numbers: told.append(numbers)
    )
    return found, told


async def in_s3(hearth: Hearth) -> int:
    """How many files are there."""
    return len([file async for file in stores_of(hearth).by_name[StoreName.S3].listed()])


async def test_files_move_there_and_back_and_stay_the_same(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    items = [await uploaded(hearth, ada, files.written(files.picture(), kind)) for kind in ("PNG", "JPEG", "WEBP")]
    before = [(await ada.client.get(item["url"])).content for item in items]
    assert await move(hearth, StoreName.S3) == (6, [(number, 6) for number in range(1, 7)])
    assert (stored(folder), await in_s3(hearth)) == ([], 6)
    assert [(await ada.client.get(item["url"])).content for item in items] == before
    assert (await move(hearth, StoreName.S3))[0] == 0
    assert (await move(hearth, StoreName.DIRECTORY))[0] == 6
    assert (len(stored(folder)), await in_s3(hearth)) == (6, 0)
    assert [(await ada.client.get(item["url"])).content for item in items] == before
    assert await wrong_in(hearth.database) == []


async def test_what_was_stopped_goes_on(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, files.written(files.picture(), "PNG"))
    await uploaded(hearth, ada, files.written(files.picture(), "JPEG"))
    kept, calls = S3Store.keep, 0
    with pytest.MonkeyPatch.context() as patched:

        async def keep(store: S3Store, key: str, source: Path, content_type: str) -> None:
            nonlocal calls
            calls += 1
            if calls == 3:
                raise StoreUnavailable
            await kept(store, key, source, content_type)

        patched.setattr(S3Store, "keep", keep)
        with pytest.raises(StoreUnavailable):
            await move(hearth, StoreName.S3)
    assert await in_s3(hearth) == 2
    assert (await ada.client.get(item["url"])).status_code == 200
    assert (await ada.client.get(item["preview_url"])).status_code == 200
    assert (await move(hearth, StoreName.S3))[0] == 2
    await hearth.run_job("media.tidy")
    await process(hearth)
    assert (stored(folder), await in_s3(hearth)) == ([], 4)


async def test_a_file_that_goes_while_it_is_moved_leaves_no_copy(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, files.written(files.picture(), "PNG"))
    kept = S3Store.keep
    with pytest.MonkeyPatch.context() as patched:

        async def keep(store: S3Store, key: str, source: Path, content_type: str) -> None:
            await ada.client.delete(f"/v1/media/{item['id']}")
            await kept(store, key, source, content_type)

        patched.setattr(S3Store, "keep", keep)
        assert (await move(hearth, StoreName.S3))[0] <= 2
    await process(hearth)
    assert (stored(folder), await in_s3(hearth)) == ([], 0)
