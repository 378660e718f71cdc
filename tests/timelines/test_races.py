"""Who begins to follow somebody in the moment in which they post misses nothing."""

import asyncio

import pytest

from src.chats.constants import GROUP_KIND
from src.groups import events as groups_events
from src.posts import handlers_groups
from src.timelines import checks
from tests.auth.people import until_somebody_waits_for_a_lock
from tests.hearth import Hearth
from tests.posts.group_steps import chat_of, send_away, write_to
from tests.timelines.steps import HOME, texts

pytestmark = pytest.mark.integration


async def test_following_while_posting_loses_nothing(hearth: Hearth) -> None:
    author = await hearth.account("author")
    old = (await author.client.post("/v1/posts", json={"text": "to be reposted"})).json()["id"]
    for _ in range(6):
        readers = [await hearth.account() for _ in range(4)]
        await asyncio.gather(
            *(reader.client.post("/v1/users/author/follow") for reader in readers),
            *(author.client.post("/v1/posts", json={"text": "now"}) for _ in range(4)),
            author.client.post(f"/v1/posts/{old}/repost"),
        )
        await author.client.delete(f"/v1/posts/{old}/repost")
    async with hearth.database.read() as session:
        assert await checks.entries(session) == []


async def test_two_who_follow_each_other_at_once_do_not_stand_in_each_others_way(hearth: Hearth) -> None:
    one, other = await hearth.account("one"), await hearth.account("other")
    for _ in range(10):
        answers = await asyncio.gather(
            one.client.post("/v1/users/other/follow"),
            other.client.post("/v1/users/one/follow"),
            one.client.post("/v1/posts", json={"text": "hello"}),
            other.client.post("/v1/posts", json={"text": "hello"}),
        )
        assert {answer.status_code for answer in answers} <= {200, 201}
        await asyncio.gather(one.client.delete("/v1/users/other/follow"), other.client.delete("/v1/users/one/follow"))


async def test_following_while_a_group_lets_go_of_its_posts_loses_nothing(hearth: Hearth) -> None:
    author, reader = await hearth.account("author"), await hearth.account("reader")
    group = await chat_of(author, reader)
    await write_to(author, group, "@reader")
    for member in (reader, author):
        await send_away(member, group, member)
    over = groups_events.GroupEmptied(actor_id=author.id, group_id=int(group), kind=GROUP_KIND)
    async with hearth.database.write() as session:
        await handlers_groups.let_go(session, over)
        following = asyncio.create_task(reader.client.post("/v1/users/author/follow"))
        await until_somebody_waits_for_a_lock(hearth.database, following)
        # It comes after the posts, and finds them among the earlier ones.
        assert not following.done()
    assert (await following).is_success
    assert await texts(reader, HOME) == ["@reader"]
