"""A link that somebody shares gets its card, once for all, and loses it with the last post."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from src import clock
from src.config import override
from src.previews import models
from src.previews.config import PreviewsSettings
from tests.hearth import Hearth, Person
from tests.outbound import servers

pytestmark = pytest.mark.integration


def html(title: str) -> bytes:
    """A page."""
    return servers.plain(f"<title>{title}</title>".encode(), headers="Content-Type: text/html; charset=utf-8\r\n")


@dataclass
class Web:
    """A site on this machine that the house may look at."""

    server: servers.Server
    answers: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture
async def web(hearth: Hearth) -> AsyncIterator[Web]:
    """The site; what it does not know it does not answer as HTTP."""
    answers: dict[str, bytes] = {}

    async def reply(head: str, writer: Any) -> None:
        writer.write(answers.get(head.split(maxsplit=2)[1], b"down\r\n\r\n"))

    async with servers.serving(reply) as server, servers.outbound(server) as (out, _):
        resources = hearth.runtime.resources
        assert isinstance(resources, dict)
        resources["outbound"] = out
        yield Web(server, answers)


async def share(person: Person, text: str) -> str:
    """The id of a new post with this text."""
    answer = await person.client.post("/v1/posts", json={"text": text})
    assert answer.json()["card"] is None
    return str(answer.json()["id"])


async def done(hearth: Hearth) -> None:
    """Everything that follows from what has been written."""
    await hearth.settle()
    await hearth.runtime.tasks.drain()
    await hearth.settle()


async def card(hearth: Hearth, post_id: str) -> dict[str, Any] | None:
    """What is shown beside a post, in a timeline and by itself alike."""
    items = (await hearth.client.get("/v1/timelines/public")).json()["items"]
    post = (await hearth.client.get(f"/v1/posts/{post_id}")).json()
    assert next(item["post"] for item in items if item["post"]["id"] == post_id) == post
    found: dict[str, Any] | None = post["card"]
    return found


async def test_the_first_link_gets_a_card_that_is_fetched_once_for_all(hearth: Hearth, web: Web) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    web.answers["/a?b=1"] = html("A page")
    url = web.server.url("/a?b=1")
    first = await share(alice, f"Look: {url}#part and https://other.example/")
    second = await share(bob, url.replace("http", "HTTP"))
    assert await card(hearth, first) is None
    await done(hearth)
    expected = {"url": url, "title": "A page", "description": None, "site_name": None, "image_url": None}
    assert await card(hearth, first) == await card(hearth, second) == expected
    third = await share(bob, f"again {url}")
    await done(hearth)
    assert await card(hearth, third) == expected
    assert len(web.server.heads) == 1
    assert alice.username not in web.server.heads[0]


async def test_a_card_follows_the_text_and_goes_with_it(hearth: Hearth, web: Web) -> None:
    alice = await hearth.account()
    web.answers |= {"/a": html("First"), "/b": html("Second")}
    post_id = await share(alice, web.server.url("/a"))
    await done(hearth)
    await alice.client.patch(f"/v1/posts/{post_id}", json={"text": web.server.url("/b"), "version": 1})
    await done(hearth)
    shown = await card(hearth, post_id)
    assert shown is not None
    assert shown["title"] == "Second"
    await alice.client.patch(f"/v1/posts/{post_id}", json={"text": "no link"})
    await done(hearth)
    assert await card(hearth, post_id) is None
    kept = await share(alice, web.server.url("/b"))
    await done(hearth)
    await hearth.run_job("previews.forget", at=clock.now() + timedelta(hours=2))
    async with hearth.database.read() as session:
        assert list(await session.scalars(select(models.LinkCard.title))) == ["Second"]
    await alice.client.delete(f"/v1/posts/{kept}")
    await hearth.run_job("previews.forget", at=clock.now() + timedelta(hours=2))
    async with hearth.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(models.LinkCard)) == 0


async def test_a_page_is_asked_again_when_it_is_old_or_was_down(hearth: Hearth, web: Web) -> None:
    alice = await hearth.account()
    web.answers["/a"] = html("Old title")
    post_id = await share(alice, web.server.url("/a"))
    await done(hearth)
    for days, answer, title in (
        (6, html("Too early"), "Old title"),
        (8, b"down", "Old title"),
        (8.1, html("New"), "New"),
    ):
        web.answers["/a"] = answer
        await share(alice, web.server.url("/a"))
        with clock.shifted(timedelta(days=days)):
            await done(hearth)
        shown = await card(hearth, post_id)
        assert shown is not None
        assert shown["title"] == title


async def test_what_has_no_card_is_not_asked_again(hearth: Hearth, web: Web) -> None:
    alice = await hearth.account()
    web.answers["/gone"] = servers.plain(status=404)
    web.answers["/inside"] = servers.plain(status=302, headers="Location: http://10.0.0.1/\r\n")
    web.answers["/zip"] = servers.plain(b"<title>no</title>", headers="Content-Type: application/zip\r\n")
    urls = [*map(web.server.url, ("/gone", "/inside", "/zip")), "http://127.0.0.1:1/"]
    for _ in range(2):
        post_ids = [await share(alice, url) for url in urls]
        await done(hearth)
        assert [await card(hearth, post_id) for post_id in post_ids] == [None] * 4
    assert len(web.server.heads) == 3


async def test_cards_can_be_switched_off(hearth: Hearth, web: Web) -> None:
    alice = await hearth.account()
    web.answers["/a"] = html("A page")
    with override(PreviewsSettings, link_cards=False):
        post_id = await share(alice, web.server.url("/a"))
        await done(hearth)
    assert await card(hearth, post_id) is None
    assert web.server.heads == []
