"""A private profile that becomes public accepts all who have asked: soon, bounded, and with homes that end up right."""

from typing import Any

import pytest

from src.timelines import checks
from tests.counting import counting
from tests.hearth import Hearth, Person
from tests.posts.test_posts import write
from tests.timelines.steps import HOME, follow, texts, walk

pytestmark = pytest.mark.integration
_ASKING = 320

# People with profiles who ask to follow $1.
_CROWD = """
WITH made AS (
    INSERT INTO accounts (username, role, state, created_at)
    SELECT 'crowd_' || n, 1, 'active', now() FROM generate_series(1, $2::int) n RETURNING id, username
), profiles AS (
    INSERT INTO profiles (account_id, display_name, bio, links, locale, time_zone, private, version,
                          followers_count, following_count, created_at)
    SELECT id, username, '', '[]', 'en', 'UTC', false, 1, 0, 0, now() FROM made
)
INSERT INTO follows (follower_id, followee_id, accepted) SELECT id, $1::bigint, false FROM made
"""


async def _homes(hearth: Hearth) -> dict[int, list[tuple[Any, ...]]]:
    """The entries of all homes, without who they belong to."""
    found = await hearth.database.fetch(
        "SELECT account_id, array_agg((entry_id, post_id, source_id)::text ORDER BY entry_id)"
        " FROM timeline_entries GROUP BY account_id",
        [],
    )
    return {row[0]: row[1] for row in found}


async def _private_with_a_past(hearth: Hearth) -> tuple[Person, Person]:
    """Somebody private who has written and carried on, and a follower who was accepted before."""
    ann, early = await hearth.account("ann", private=True), await hearth.account("early")
    foreign = await write(await hearth.account("cat"), "foreign")
    await early.client.post("/v1/users/ann/follow")
    await ann.client.post(f"/v1/users/me/follow-requests/{early.id}")
    await write(ann, "one")
    await ann.client.post(f"/v1/posts/{foreign['id']}/repost")
    await write(ann, "for followers", visibility="followers")
    await write(ann, "for nobody else @cat", visibility="mentioned")
    return ann, early


async def test_hundreds_who_have_asked_are_accepted_by_few_statements_and_find_all_of_it(hearth: Hearth) -> None:
    ann, early = await _private_with_a_past(hearth)
    late = await hearth.account("late")
    await late.client.post("/v1/users/ann/follow")
    await hearth.database.fetch(_CROWD, [ann.id, _ASKING])
    async with counting(hearth.database) as count:
        statements = await count(ann, "/v1/users/me", "PATCH", json={"private": False})
    assert len(statements) <= 12, statements
    # Until the events are heard only what was written before is missing, and what comes now is there at once.
    assert await texts(late, HOME) == []
    await write(ann, "after")
    assert await texts(late, HOME) == ["after"]
    await hearth.settle()
    expected = ["after", "for followers", "foreign", "one"]
    assert await texts(early, HOME) == expected
    assert await texts(late, HOME) == expected
    assert await walk(late, HOME, limit=2) == expected
    homes = await _homes(hearth)
    assert len([home for home in homes.values() if home == homes[late.id]]) == _ASKING + 2
    async with hearth.database.read() as session:
        assert await checks.entries(session) == []
    counts = await hearth.database.fetch("SELECT followers_count FROM profiles WHERE account_id = $1", [ann.id])
    assert counts[0][0] == _ASKING + 2


async def test_each_part_of_them_is_a_transaction_of_its_own(hearth: Hearth) -> None:
    ann, _ = await _private_with_a_past(hearth)
    await hearth.database.fetch(_CROWD, [ann.id, _ASKING])
    await ann.client.patch("/v1/users/me", json={"private": False})
    await hearth.settle()
    parts = await hearth.database.fetch(
        "SELECT xmin::text, count(DISTINCT account_id) FROM timeline_entries WHERE account_id IN"
        " (SELECT follower_id FROM follows WHERE followee_id = $1) GROUP BY 1 HAVING count(DISTINCT account_id) > 5",
        [ann.id],
    )
    assert sum(row[1] for row in parts) == _ASKING
    assert max(row[1] for row in parts) <= 50


async def test_who_has_stopped_following_meanwhile_sees_nothing_of_it(hearth: Hearth) -> None:
    ann, early = await _private_with_a_past(hearth)
    late = await hearth.account("late")
    await late.client.post("/v1/users/ann/follow")
    await ann.client.patch("/v1/users/me", json={"private": False})
    await late.client.delete("/v1/users/ann/follow")
    await hearth.settle()
    assert await texts(late, HOME) == []
    assert late.id not in await _homes(hearth)
    await follow(late, ann)
    assert await texts(late, HOME) == await texts(early, HOME)
