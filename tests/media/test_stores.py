"""What every store does alike: the folder, moto's S3 and a real one."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from src import clock
from src.aws.client import S3
from src.aws.constants import PART_BYTES
from src.media import directory_store
from src.media.constants import Delivery
from src.media.directory_store import DirectoryStore
from src.media.exceptions import MediaNotFound, StoreUnavailable
from src.media.s3_store import S3Store
from src.media.store import Store, new_key
from tests.media import s3

pytestmark = pytest.mark.integration


@pytest.fixture(params=["directory", "moto", "gateway"])
async def store(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Store]:
    """One store after the other."""
    async with AsyncExitStack() as stack:
        if request.param == "directory":
            yield DirectoryStore(folder)
            return
        settings = stack.enter_context(s3.used(request.getfixturevalue(f"{request.param}_address")))
        client = S3(settings, s3.BUCKET)
        stack.callback(client.close)
        yield S3Store(client, Delivery.PROXY)


async def keep(store: Store, folder: Path, content: bytes) -> str:
    """A file in the store; its key."""
    key = new_key()
    source = folder / f"to-{key}"
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240  nobody else waits
    source.write_bytes(content)
    await store.keep(key, source, "image/png")
    assert not source.exists()
    return key


async def read(store: Store, key: str, start: int, length: int) -> bytes:
    """A part of a file."""
    return b"".join([piece async for piece in store.read(key, start, length)])


async def test_a_file_is_kept_read_in_parts_listed_and_forgotten(store: Store, tmp_path: Path) -> None:
    content = os.urandom(1_300_000)
    one, other = await keep(store, tmp_path / "own", content), await keep(store, tmp_path / "own", b"x")
    assert await read(store, one, 0, len(content)) == content
    assert await read(store, one, 700_000, 5) == content[700_000:700_005]
    assert await read(store, one, len(content) - 1, 1) == content[-1:]
    (tmp_path / "borrowed").mkdir()
    assert (await store.borrow(one, tmp_path / "borrowed")).read_bytes() == content
    found = {file.key: file async for file in store.listed()}
    assert {key: file.bytes for key, file in found.items()} == {one: len(content), other: 1}
    assert all(abs(file.changed_at - clock.now()) < timedelta(minutes=1) for file in found.values())
    await store.forget([one, new_key()])
    await store.forget([one])
    assert [file.key async for file in store.listed()] == [other]


async def test_what_is_not_there_is_said_to_be_missing(store: Store, tmp_path: Path) -> None:
    key = new_key()
    with pytest.raises(MediaNotFound):
        await read(store, key, 0, 1)
    with pytest.raises(MediaNotFound):
        await store.borrow(key, tmp_path)


async def test_a_big_file_goes_in_parts_and_arrives_whole(store: Store, tmp_path: Path) -> None:
    content = os.urandom(2 * PART_BYTES + 1)
    key = await keep(store, tmp_path / "own", content)
    assert await read(store, key, 0, len(content)) == content
    await store.clear(clock.now() + timedelta(days=1))
    assert await read(store, key, PART_BYTES - 1, 3) == content[PART_BYTES - 1 : PART_BYTES + 2]


async def test_nothing_is_removed_while_a_backup_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    with directory_store.kept(folder):
        pass
    store = DirectoryStore(folder)
    key = new_key()
    source = store.incoming / key
    source.write_bytes(b"a")
    await store.keep(key, source, "image/png")
    with directory_store.kept(folder), pytest.raises(StoreUnavailable):
        await store.forget([key])
    assert await store.size(key) == 1
    await store.forget([key])
    with pytest.raises(MediaNotFound):
        await store.size(key)


async def test_many_at_once_do_not_get_into_each_others_way(store: Store, tmp_path: Path) -> None:
    contents = [os.urandom(1000 + number) for number in range(40)]
    keys = await asyncio.gather(*(keep(store, tmp_path / "own", content) for content in contents))
    assert (
        await asyncio.gather(*(read(store, key, 0, len(c)) for key, c in zip(keys, contents, strict=True))) == contents
    )
