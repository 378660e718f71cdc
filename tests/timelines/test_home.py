"""Homes where entries and their source part ways: horizons, withdrawn reposts, edits that name somebody."""

from typing import Any

import pytest

from src.timelines.constants import FOLLOWERS_WITHIN
from tests.hearth import Hearth, Person
from tests.posts.test_posts import write

pytestmark = pytest.mark.integration
_MANY = """
INSERT INTO posts (author_id, text, visibility, version, likes_count, reposts_count, replies_count, quotes_count)
SELECT $1, 'post ' || n, 1, 1, 0, 0, 0, 0 FROM generate_series(1, $2::int) n
"""


async def home(person: Person, limit: int = 80) -> list[dict[str, Any]]:
    """The whole home, page by page."""
    response = await person.client.get(f"/v1/timelines/home?limit={limit}")
    items: list[dict[str, Any]] = response.json()["items"]
    while "next" in response.links:
        response = await person.client.get(response.links["next"]["url"])
        items += response.json()["items"]
    return items


async def test_a_followee_who_wrote_more_than_a_home_keeps_hides_nobody_else(hearth: Hearth) -> None:
    reader, quiet, busy = await hearth.account(), await hearth.account("quiet"), await hearth.account("busy")
    await hearth.database.fetch(_MANY, [quiet.id, 60])
    await hearth.database.fetch(_MANY, [busy.id, 300])
    await hearth.database.fetch(_MANY, [quiet.id, 60])
    await hearth.database.fetch(_MANY, [busy.id, 900])
    for name in ("quiet", "busy"):
        await reader.client.post(f"/v1/users/{name}/follow")
    assert len(await home(reader)) == 1320


async def test_a_withdrawn_repost_does_not_come_back_with_its_reposter(hearth: Hearth) -> None:
    reader, author = await hearth.account(), await hearth.account()
    reposter = await hearth.account("reposter")
    post = await write(author)
    await reader.client.post("/v1/users/reposter/follow")
    await reposter.client.post(f"/v1/posts/{post['id']}/repost")
    await reader.client.delete("/v1/users/reposter/follow")
    await reposter.client.delete(f"/v1/posts/{post['id']}/repost")
    await reader.client.post("/v1/users/reposter/follow")
    assert await home(reader) == []


async def test_a_repost_withdrawn_before_it_reached_many_homes_reaches_none(hearth: Hearth) -> None:
    reader, author = await hearth.account(), await hearth.account()
    reposter = await hearth.account("reposter")
    post = await write(author)
    await reader.client.post("/v1/users/reposter/follow")
    many = FOLLOWERS_WITHIN + 1
    await hearth.database.fetch("UPDATE profiles SET followers_count = $2 WHERE account_id = $1", [reposter.id, many])
    await reposter.client.post(f"/v1/posts/{post['id']}/repost")
    await reposter.client.delete(f"/v1/posts/{post['id']}/repost")
    await hearth.settle()
    assert await home(reader) == []


async def test_an_edit_that_names_a_follower_brings_the_post_to_their_home(hearth: Hearth) -> None:
    author, reader = await hearth.account("author"), await hearth.account("reader")
    await hearth.account("other")
    await reader.client.post("/v1/users/author/follow")
    post = await write(author, "for @other", visibility="mentioned")
    assert await home(reader) == []
    await author.client.patch(f"/v1/posts/{post['id']}", json={"text": "for @other and @reader"})
    assert [item["post"]["id"] for item in await home(reader)] == [post["id"]]


async def test_what_a_deleted_post_was_answered_with_refers_to_nothing(hearth: Hearth) -> None:
    author = await hearth.account()
    root = await write(author)
    reply = await write(author, reply_to_id=root["id"], quote_of_id=root["id"])
    assert [item["post"]["reply_to_id"] for item in await home(author)] == [root["id"], None]
    await author.client.delete(f"/v1/posts/{root['id']}")
    (item,) = await home(author)
    read = (await author.client.get(f"/v1/posts/{reply['id']}")).json()
    assert item["post"] == read
    assert (read["reply_to_id"], read["quote_of_id"]) == (None, None)


async def test_a_hashtag_in_any_script_has_a_second_page(hearth: Hearth) -> None:
    author = await hearth.account()
    for _ in range(2):
        await write(author, "#Привет всем")
    first = await hearth.client.get("/v1/timelines/hashtags/привет?limit=1")
    second = await hearth.client.get(first.links["next"]["url"])
    assert len(second.json()["items"]) == 1


async def test_a_line_break_in_a_path_is_no_line_break_in_a_header(hearth: Hearth) -> None:
    author = await hearth.account("mallory")
    for _ in range(2):
        await write(author)
    answer = await hearth.client.get("/v1/timelines/users/mallory%0d%0ax:y?limit=1")
    assert answer.status_code == 404
    assert all("\r" not in value and "\n" not in value for value in answer.headers.values())
