"""The statements of posts: how many one costs, and the filter of all reads in any surroundings."""

import pytest
from sqlalchemy import BigInteger, literal, select

from src.auth.models import Account
from src.posts import models, queries
from tests.counting import counting
from tests.hearth import Hearth
from tests.media import files
from tests.media.steps import upload
from tests.posts.group_steps import chat_of, send_away, write_to
from tests.posts.test_posts import write
from tests.timelines.steps import follow

pytestmark = pytest.mark.integration


async def test_a_post_is_three_statements_and_one_more_for_each_thing_that_it_carries(hearth: Hearth) -> None:
    ann, *readers = [await hearth.account(name) for name in ("ann", "ben", "cat", "dan")]
    parent = await write(ann, "first")
    # The post with its author, the homes, the outbox.
    carried: dict[int, dict[str, object]] = {
        3: {"text": "plain, with https://example.org/ that is looked up later"},
        4: {"text": "with a #tag and #another"},
        5: {"text": "for @ben and @cat"},
        6: {"text": "for @ben with a #tag"},
    }
    async with counting(hearth.database) as count:
        for followers in range(len(readers) + 1):
            for statements, body in carried.items():
                sent = await count(ann, "/v1/posts", "POST", json=body)
                assert len(sent) == statements, [one[:60] for one in sent]
            # Its parent is found and counted.
            assert len(await count(ann, "/v1/posts", "POST", json={"text": "re", "reply_to_id": parent["id"]})) == 5
            await follow(readers[followers % len(readers)], ann)


async def test_a_post_for_a_group_asks_for_the_membership_and_for_what_its_kind_allows(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    group = await chat_of(ann, await hearth.account("ben"))
    body = {"text": "plain", "visibility": "group", "group_id": group}
    async with counting(hearth.database) as count:
        # Besides these, the post with its author and the outbox: no home is written.
        assert len(await count(ann, "/v1/posts", "POST", json=body)) == 4


async def test_media_cost_the_same_however_many_they_are(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    jpeg = files.written(files.picture(), "JPEG")
    ids = [(await upload(ann, jpeg)).json()["id"] for _ in range(5)]
    async with counting(hearth.database) as count:
        for media_ids in (ids[:1], ids[1:]):
            # Besides the three: the items are locked, and hung on it.
            sent = await count(ann, "/v1/posts", "POST", json={"text": "look", "media_ids": media_ids})
            assert len(sent) == 5, [one[:60] for one in sent]
        # The page, its posts with what hangs on them.
        assert len(await count(ann, "/v1/timelines/users/ann")) == 3
        items = (await ann.client.get("/v1/timelines/users/ann")).json()["items"]
        assert [len(item["post"]["media"]) for item in items] == [4, 1]
        for item in items:
            assert len(await count(ann, f"/v1/posts/{item['post']['id']}")) == 1


async def test_who_may_see_a_post_may_be_asked_of_many_at_once(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    await follow(cat, ann)
    group = await chat_of(ann, ben, cat)
    ids = {"group": int((await write_to(ann, group, "for @ben"))["id"])}
    await send_away(ann, group, ben)
    ids |= {
        visibility: int((await write(ann, "for @ben", visibility=visibility))["id"])
        for visibility in ("public", "followers", "mentioned")
    }
    seen = {
        "group": {ann.id, cat.id},
        "public": {ann.id, ben.id, cat.id},
        "followers": {ann.id, ben.id, cat.id},
        "mentioned": {ann.id, ben.id},
    }
    async with hearth.database.read() as session:
        for name, post_id in ids.items():
            # The viewer is a column of the statement around the filter, with mentions in that statement, too.
            statement = (
                select(Account.id, models.PostMention.account_id)
                .select_from(Account)
                .join(models.Post, models.Post.id == literal(post_id, BigInteger))
                .join(models.PostMention, models.PostMention.post_id == models.Post.id)
                .where(queries.visible_to(Account.id))
            )
            found = {tuple(row) for row in await session.execute(statement)}
            assert found == {(id_, ben.id) for id_ in seen[name]}, name
