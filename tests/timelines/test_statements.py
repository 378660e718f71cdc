"""How much a page costs: a few statements, however long it is and whatever the process remembers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from src.timelines import reads
from tests.counting import Count, counting
from tests.hearth import Hearth, Person
from tests.posts.group_steps import chat_of, write_to
from tests.posts.test_posts import write
from tests.timelines.steps import follow

pytestmark = pytest.mark.integration
_POSTS = 12
_PATHS = ("home", "public", "hashtags/tea", "likes", "bookmarks", "users/ann")
# A statement finds the posts and what differs from reader to reader, one more says where the home's entries end.
# What is the same for every reader is read once, in a transaction of its own: posts, and who carried them on.
_WARM = 2
_COLD = _WARM + 2


@pytest.fixture
async def count(hearth: Hearth) -> AsyncIterator[Count]:
    """Asks for a page and gives the statements that it took."""
    async with counting(hearth.database) as ask:
        yield ask


@pytest.fixture
async def reader(hearth: Hearth) -> Person:
    """Somebody who follows two people that write and carry on what others wrote."""
    ann, ben, cat, reader = [await hearth.account(name) for name in ("ann", "ben", "cat", "reader")]
    await follow(reader, ann, ben)
    for number in range(_POSTS):
        post = await write((ann, ben, cat)[number % 3], f"{number} #tea @reader")
        await reader.client.post(f"/v1/posts/{post['id']}/like")
        await reader.client.post(f"/v1/posts/{post['id']}/bookmark")
        if number % 3 == 2:
            await ann.client.post(f"/v1/posts/{post['id']}/repost")
    return reader


def _forget(hearth: Hearth) -> None:
    """What a process remembers after its start."""
    memory: Any = hearth.runtime.resources["rendered_posts"]
    memory.__init__()


async def test_a_page_costs_the_same_whatever_its_length(hearth: Hearth, reader: Person, count: Count) -> None:
    for path in _PATHS:
        # The person of the path is looked up first.
        looked_up = 1 if "/users/" in path else 0
        for limit in (2, 5, _POSTS, 80):
            _forget(hearth)
            cold = await count(reader, f"/v1/timelines/{path}?limit={limit}")
            assert len(cold) <= _COLD + looked_up, cold
            warm = await count(reader, f"/v1/timelines/{path}?limit={limit}")
            assert len(warm) <= _WARM + looked_up, warm


async def test_few_statements_serve_pages_of_all_lengths(reader: Person, count: Count) -> None:
    for path in _PATHS:
        asked = [await count(reader, f"/v1/timelines/{path}?limit={limit}") for limit in (1, 20, 21, 50, 80)]
        assert len({statement for each in asked for statement in each if "LIMIT" in statement}) <= len(reads.LIMITS)


async def test_a_page_of_a_group_costs_the_same_whatever_its_length(hearth: Hearth, count: Count) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    group = await chat_of(ann, ben)
    for number in range(_POSTS):
        await write_to((ann, ben)[number % 2], group, f"{number} #tea @ben")
    for limit in (2, _POSTS, 80):
        _forget(hearth)
        path = f"/v1/timelines/groups/{group}?limit={limit}"
        # Whether the reader belongs to it is asked first; then as everywhere.
        assert len(await count(ben, path)) == 3
        assert len(await count(ben, path)) == 2


async def test_the_usual_page_of_a_home_is_one_statement(reader: Person, count: Count) -> None:
    await count(reader, "/v1/timelines/home?limit=5")
    assert len(await count(reader, "/v1/timelines/home?limit=5")) == 1


async def test_a_popular_page_costs_the_same_whatever_its_length(hearth: Hearth, reader: Person, count: Count) -> None:
    for limit in (2, 5, 80):
        _forget(hearth)
        # It is chosen and kept first.
        assert len(await count(reader, f"/v1/timelines/home/popular?window=all&limit={limit}")) <= _COLD + 2


async def test_a_thread_is_one_statement_however_deep(hearth: Hearth, count: Count) -> None:
    ann = await hearth.account("ann")
    post = root = await write(ann, "root")
    for number in range(20):
        post = await write(ann, str(number), reply_to_id=post["id"])
    for post_id in (root["id"], post["id"]):
        _forget(hearth)
        path = f"/v1/posts/{post_id}/thread"
        assert len(await count(ann, path)) <= 2
        assert len(await count(ann, path)) == 1
