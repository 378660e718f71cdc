"""Old follows: each once, under its own date, counted at both ends if they are accepted."""

from datetime import UTC, datetime, timedelta

import pytest

from src.models import instant_of
from src.users import checks, service_imports
from src.users.service_imports import OldFollow
from tests.hearth import Hearth

pytestmark = pytest.mark.integration

DATE = datetime(2019, 3, 1, 12, tzinfo=UTC)


async def test_each_counts_once_and_only_when_accepted(hearth: Hearth) -> None:
    ann, ben, closed = [await hearth.account(name, private=name == "closed") for name in ("ann", "ben", "closed")]
    await ben.client.post("/v1/users/ann/follow")
    follows = [
        OldFollow(ann.id, ben.id, DATE, accepted=True),
        OldFollow(ben.id, ann.id, DATE, accepted=True),
        OldFollow(ann.id, closed.id, DATE + timedelta(days=1), accepted=False),
        OldFollow(ben.id, closed.id, DATE + timedelta(days=2), accepted=True),
        OldFollow(ann.id, ben.id, DATE + timedelta(days=3), accepted=True),
    ]
    for new in (3, 0):
        async with hearth.database.write() as session:
            assert await service_imports.add_old_follows(session, follows) == new
            assert await service_imports.add_old_follows(session, []) == 0
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []
    mine = "SELECT id, followee_id, accepted FROM follows WHERE follower_id = $1 ORDER BY id"
    found = await hearth.database.fetch(mine, [ann.id])
    assert [(instant_of(row["id"]), row["followee_id"], row["accepted"]) for row in found] == [
        (DATE, ben.id, True),
        (DATE + timedelta(days=1), closed.id, False),
    ]
    followers = (await ann.client.get("/v1/users/closed")).json()["followers_count"]
    assert followers == 1
