"""What is remembered of a post as bytes never goes stale (docs/decisions/0008)."""

from http import HTTPStatus
from typing import Any

import pytest

from tests.hearth import Hearth, Person

pytestmark = pytest.mark.integration


async def home(reader: Person) -> list[dict[str, Any]]:
    """The reader's home."""
    items: list[dict[str, Any]] = (await reader.client.get("/v1/timelines/home")).json()["items"]
    return items


async def posted(writer: Person, **fields: object) -> str:
    """The id of a new post."""
    answer = await writer.client.post("/v1/posts", json=fields)
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    return str(answer.json()["id"])


async def test_an_edit_and_a_new_name_are_seen_by_who_has_read_before(hearth: Hearth) -> None:
    writer, reader = await hearth.account(), await hearth.account()
    await reader.client.post(f"/v1/users/{writer.username}/follow")
    post_id = await posted(writer, text="frist #one")
    assert [item["post"]["text"] for item in await home(reader)] == ["frist #one"]
    await writer.client.patch(f"/v1/posts/{post_id}", json={"text": "first #two"})
    await writer.client.patch("/v1/users/me", json={"display_name": "Another Name"})
    (seen,) = await home(reader)
    read = (await reader.client.get(f"/v1/posts/{post_id}")).json()
    assert (seen["post"]["text"], seen["post"]["hashtags"]) == ("first #two", ["two"])
    assert seen["post"]["author"]["display_name"] == "Another Name"
    assert seen["post"] == read


async def test_a_new_name_is_seen_on_what_somebody_carried_on(hearth: Hearth) -> None:
    writer, friend, reader = [await hearth.account() for _ in range(3)]
    await reader.client.post(f"/v1/users/{friend.username}/follow")
    post_id = await posted(writer, text="hello")
    await friend.client.post(f"/v1/posts/{post_id}/repost")
    (before,) = await home(reader)
    assert before["reposted_by"]["username"] == friend.username
    await friend.client.patch("/v1/users/me", json={"display_name": "Another Name"})
    (after,) = await home(reader)
    assert after["reposted_by"]["display_name"] == "Another Name"


async def test_counters_and_flags_are_never_remembered(hearth: Hearth) -> None:
    writer, reader = await hearth.account(), await hearth.account()
    await reader.client.post(f"/v1/users/{writer.username}/follow")
    post_id = await posted(writer, text="hello")
    (before,) = await home(reader)
    await reader.client.post(f"/v1/posts/{post_id}/like")
    (after,) = await home(reader)
    assert [(item["post"]["likes_count"], item["viewer"]["liked"]) for item in (before, after)] == [
        (0, False),
        (1, True),
    ]
    (own,) = await home(writer)
    assert (own["post"]["likes_count"], own["viewer"]["liked"]) == (1, False)
