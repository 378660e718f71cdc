"""Old reactions: each once, under its own date, and counted right."""

from datetime import UTC, datetime, timedelta

import pytest

from src.models import instant_of
from src.reactions import checks, models, service_imports
from src.reactions.service_imports import OldReaction
from tests.hearth import Hearth

pytestmark = pytest.mark.integration

DATE = datetime(2019, 3, 1, 12, tzinfo=UTC)


async def test_each_counts_once_whoever_was_first(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    posts = [int((await ann.client.post("/v1/posts", json={"text": text})).json()["id"]) for text in ("one", "two")]
    await ben.client.post(f"/v1/posts/{posts[0]}/like")
    given = [
        OldReaction(ann.id, posts[1], DATE),
        OldReaction(ben.id, posts[0], DATE),
        OldReaction(ann.id, posts[1], DATE + timedelta(days=1)),
        OldReaction(ben.id, posts[1], DATE + timedelta(days=2)),
    ]
    for new in (2, 0):
        async with hearth.database.write() as session:
            assert await service_imports.add_old(session, models.Like, given) == new
            assert await service_imports.add_old(session, models.Bookmark, []) == 0
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []
    found = await hearth.database.fetch("SELECT id FROM likes WHERE post_id = $1 ORDER BY id", [posts[1]])
    assert [instant_of(row["id"]) for row in found] == [DATE, DATE + timedelta(days=2)]
    counted = (await ann.client.get(f"/v1/posts/{posts[1]}")).json()["likes_count"]
    assert counted == 2


async def test_what_nobody_counts_is_written_too(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    post_id = int((await ann.client.post("/v1/posts", json={"text": "one"})).json()["id"])
    async with hearth.database.write() as session:
        assert await service_imports.add_old(session, models.Pin, [OldReaction(ann.id, post_id, DATE)]) == 1
    state = (await ann.client.get(f"/v1/posts/{post_id}/reactions")).json()
    assert (state["pinned"], state["bookmarked"]) == (True, False)
