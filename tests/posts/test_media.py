"""Media on posts: hung on them by their owner, seen by whoever sees the post, edited and deleted with it."""

from typing import Any

import pytest
from sqlalchemy import select

from src.media.formats import Kind
from src.posts import models, queries
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.steps import process, upload, uploaded
from tests.posts.test_posts import write
from tests.timelines.steps import follow

pytestmark = pytest.mark.integration

JPEG = files.written(files.picture(), "JPEG")
GIF = files.animation()


async def pictures(hearth: Hearth, person: Person, count: int) -> list[str]:
    """Items that are ready, described by their numbers."""
    return [(await uploaded(hearth, person, JPEG, alt_text=str(number)))["id"] for number in range(count)]


def told(post: dict[str, Any]) -> list[str]:
    """The alternative texts of a post's media."""
    return [item["alt_text"] for item in post["media"]]


async def test_a_post_shows_its_media_in_their_order_with_all_that_is_known_of_them(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    first = await uploaded(hearth, ann, JPEG, alt_text="A square.", focus_x="0.5", focus_y="-0.25")
    second = await uploaded(hearth, ann, GIF)
    post = await write(ann, "look", media_ids=[second["id"], first["id"]])
    path = f"/v1/posts/{post['id']}"
    assert (await hearth.client.get(path)).json() == post
    assert post["media"] == [second, first]
    shown = post["media"][1]
    assert (shown["alt_text"], shown["focus"], shown["kind"]) == ("A square.", {"x": 0.5, "y": -0.25}, "image")
    assert (shown["width"], shown["height"], bool(shown["blurhash"])) == (320, 200, True)
    for name in ("url", "preview_url"):
        answer = await hearth.client.get(shown[name])
        assert (answer.status_code, answer.headers["cache-control"][:6]) == (200, "public")
    (item,) = (await ann.client.get("/v1/timelines/home")).json()["items"]
    assert item["post"] == post


async def test_media_are_enough_for_a_post(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    one, other = await pictures(hearth, ann, 2)
    post = await write(ann, " ", media_ids=[one])
    path = f"/v1/posts/{post['id']}"
    assert (post["text"], told(post)) == ("", ["0"])
    assert (await ann.client.patch(path, json={"content_warning": "a square"})).json()["text"] == ""
    assert problem(await ann.client.patch(path, json={"media_ids": []})) == "post_empty"
    edited = (await ann.client.patch(path, json={"text": "words", "media_ids": []})).json()
    assert (edited["text"], edited["media"]) == ("words", [])
    assert problem(await ann.client.patch(path, json={"text": ""})) == "post_empty"
    assert told((await ann.client.patch(path, json={"text": "", "media_ids": [other]})).json()) == ["1"]


async def test_only_ones_own_and_only_once_and_at_most_four(hearth: Hearth) -> None:
    ann, eve = await hearth.account("ann"), await hearth.account("eve")
    ids = await pictures(hearth, ann, 5)

    async def refused(person: Person, *media_ids: str) -> tuple[int, str]:
        answer = await person.client.post("/v1/posts", json={"text": "look", "media_ids": media_ids})
        return answer.status_code, problem(answer)

    assert await refused(ann, *ids) == (422, "invalid_input")
    for person, media_ids in ((eve, ids[:1]), (ann, [ids[0], ids[0]]), (ann, ["77"])):
        assert await refused(person, *media_ids) == (422, "media_unknown")
    await write(ann, "look", media_ids=ids[:4])
    assert await refused(ann, ids[3]) == (409, "media_taken")
    other = await write(ann, "look")
    answer = await ann.client.patch(f"/v1/posts/{other['id']}", json={"media_ids": [ids[0]]})
    assert (answer.status_code, problem(answer)) == (409, "media_taken")
    broken = await uploaded(hearth, ann, JPEG[:400])
    assert await refused(ann, broken["id"]) == (422, "media_failed")
    # What was refused left nothing behind.
    assert len((await ann.client.get("/v1/timelines/users/ann")).json()["items"]) == 2


async def test_who_sees_the_post_sees_its_media(hearth: Hearth) -> None:
    ann, ben, eve = [await hearth.account(name) for name in ("ann", "ben", "eve")]
    await follow(ben, ann)
    (media_id,) = await pictures(hearth, ann, 1)
    post = await write(ann, "look", visibility="followers", media_ids=[media_id])
    paths = [f"/v1/media/{media_id}", post["media"][0]["url"], post["media"][0]["preview_url"]]

    async def seen() -> list[bool]:
        return [
            {(await person.get(path)).status_code for path in paths} == {200}
            for person in (ann.client, ben.client, eve.client, hearth.client)
        ]

    assert await seen() == [True, True, False, False]
    await ann.client.post("/v1/users/ben/block")
    assert await seen() == [True, False, False, False]


async def test_media_are_edited_with_the_post(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    one, two, three = await pictures(hearth, ann, 3)
    post = await write(ann, "look", media_ids=[one, two])
    path = f"/v1/posts/{post['id']}"
    (item,) = (await ann.client.get("/v1/timelines/home")).json()["items"]
    assert told(item["post"]) == ["0", "1"]
    edited = (await ann.client.patch(path, json={"media_ids": [three, one]})).json()
    assert (told(edited), edited["version"], edited["text"]) == (["2", "0"], 2, "look")
    # The same again is no edit; neither is a text alone one of media.
    assert (await ann.client.patch(path, json={"media_ids": [three, one]})).json() == edited
    assert told((await ann.client.patch(path, json={"text": "see"})).json()) == ["2", "0"]
    (item,) = (await ann.client.get("/v1/timelines/home")).json()["items"]
    assert told(item["post"]) == ["2", "0"]
    # What was taken off is the owner's, and can be used again.
    assert [found["id"] for found in (await ann.client.get("/v1/media")).json()["items"]] == [two]
    assert (await hearth.client.get(f"/v1/media/{two}")).status_code == 404
    assert told(await write(ann, "again", media_ids=[two])) == ["1"]


async def test_readers_see_what_has_become_of_media(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    sent = (await upload(ann, JPEG)).json()
    broken = (await upload(ann, JPEG[:400])).json()
    post = await write(ann, "look", media_ids=[sent["id"], broken["id"]])
    assert [(item["state"], item["url"]) for item in post["media"]] == [("processing", None)] * 2

    async def shown() -> list[tuple[str, str | None]]:
        await hearth.settle()
        (item,) = (await ann.client.get("/v1/timelines/home")).json()["items"]
        assert (item["post"]["version"], item["post"]["edited_at"]) == (1, None)
        return [(media["state"], media["alt_text"]) for media in item["post"]["media"]]

    assert await shown() == [("processing", None)] * 2
    await process(hearth)
    assert await shown() == [("ready", None), ("failed", None)]
    await ann.client.patch(f"/v1/media/{sent['id']}", json={"alt_text": "A square."})
    assert await shown() == [("ready", "A square."), ("failed", None)]


async def test_media_are_deleted_with_the_post(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    (media_id,) = await pictures(hearth, ann, 1)
    post = await write(ann, "look", media_ids=[media_id])
    assert problem(await ann.client.delete(f"/v1/media/{media_id}")) == "media_attached"
    assert (await ann.client.delete(f"/v1/posts/{post['id']}")).status_code == 204
    for path in (f"/v1/media/{media_id}", post["media"][0]["url"]):
        assert (await ann.client.get(path)).status_code == 404


async def test_posts_with_media_can_be_looked_for(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    still, moving = await uploaded(hearth, ann, JPEG), await uploaded(hearth, ann, GIF)
    plain = int((await write(ann, "plain"))["id"])
    one, two = [int((await write(ann, "look", media_ids=[item["id"]]))["id"]) for item in (still, moving)]

    async with hearth.database.read() as session:
        for filter_, found in (
            (queries.has_media(), {one, two}),
            (~queries.has_media(), {plain}),
            (queries.has_media(Kind.ANIMATION), {two}),
            (queries.has_media(Kind.VIDEO, Kind.AUDIO), set()),
        ):
            statement = queries.sights().where(filter_)
            assert {row[0].id for row in await session.execute(statement)} == found
            assert set(await session.scalars(select(models.Post.id).where(filter_))) == found
