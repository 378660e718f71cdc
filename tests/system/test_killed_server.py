"""The server is killed in the middle of its work: what it has acknowledged is there, once, and nothing else is."""

import random

import pytest

from tests.system.house import House
from tests.system.load import Load

pytestmark = pytest.mark.system

KILLS = 6


async def test_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed(house: House) -> None:
    load = Load(house)
    await load.gather("ada", "grace", "edith", "mary")
    moments = random.Random(6)
    async with load.running():
        for _ in range(KILLS):
            # Right after an answer, which is right in the middle of the others.
            await load.goes_on(moments.randint(1, 40))
            await house.kill()
            await house.start()
        await load.goes_on(10)
    await load.is_read()
    async with house.database() as database:
        await load.is_whole(database)
    assert load.cut >= KILLS
