"""The disk is full: what writes is told to come again, what reads goes on, and with room it goes on by itself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.media import files
from tests.system.disks import fill, mounted
from tests.system.house import House, until
from tests.system.load import Load

pytestmark = pytest.mark.system


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The root of a small disk."""
    with mounted(tmp_path / "disk") as root:
        yield root


@pytest.fixture
async def house(small_disk: Path) -> AsyncIterator[House]:
    """A house on that disk that has been started."""
    made = House(small_disk)
    await made.start()
    yield made
    (small_disk / "filler").unlink(missing_ok=True)
    await made.close()


async def statuses(house: House, load: Load) -> list[int]:
    """The answers to two who read."""
    async with house.client() as client:
        answers = [await client.get(path) for path in (f"/v1/posts/{load.root}", "/v1/timelines/public")]
    return [answer.status_code for answer in answers]


async def upload(house: House, load: Load) -> int:
    """The answer to who sends a picture."""
    async with house.client() as client:
        picture = files.written(files.picture(), "JPEG")
        answer = await client.post(
            "/v1/media",
            files={"file": ("picture.jpg", picture, "image/jpeg")},
            headers={"Authorization": f"Bearer {load.tokens['ada']}"},
        )
    return answer.status_code


async def is_whole(house: House, load: Load) -> None:
    """The process has lived through it, and what it has acknowledged is there, and nothing else."""
    assert house.process.poll() is None
    # No request was left without an answer.
    assert load.cut == 0
    await load.is_read()
    async with house.database() as database:
        await load.is_whole(database)


async def test_a_full_disk_refuses_who_writes_and_lets_read_and_room_ends_it(house: House) -> None:
    load = Load(house)
    await load.gather("ada", "grace", "edith")
    async with load.running():
        for _ in range(2):
            await load.goes_on(10)
            filler, goal = fill(house.data), load.statuses[503] + 30
            await until(lambda goal=goal: load.statuses[503] > goal, "refusals")  # type: ignore[misc]
            assert await statuses(house, load) == [200, 200]
            assert await upload(house, load) == 507
            filler.unlink()
        await load.goes_on(10)
    await is_whole(house, load)


async def test_a_database_that_died_of_a_full_disk_comes_back_with_the_room(house: House) -> None:
    load = Load(house)
    await load.gather("ada", "grace", "edith")
    async with house.database() as database, load.running():
        await load.goes_on(10)
        filler = fill(house.data)
        # Without room for its journal PostgreSQL stops at once, whoever else is at work.
        with pytest.raises(DBAPIError):
            async with database.write() as session:
                await session.execute(text("SELECT pg_logical_emit_message(false, 'test', repeat('x', 100000000))"))
        # Its own last words may have found no room.
        await until(lambda: "the relay has lost its connection" in house.log.read_text(), "the end of the database")
        filler.unlink()
        await load.goes_on(20)
    await is_whole(house, load)
