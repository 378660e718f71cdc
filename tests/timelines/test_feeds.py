"""Feeds of public posts: read by an independent reader, never wrong XML, and only when there is something new."""

from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from src import clock
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.config import Settings, override
from src.models import instant_of
from src.timelines import feeds
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.steps import uploaded

pytestmark = pytest.mark.integration

FORMS = ("rss", "atom", "json")
BASE = "https://hearth.example"
_INSTANT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def write(person: Person, text: str, **fields: object) -> str:
    """The id of a new post."""
    answer = await person.client.post("/v1/posts", json={"text": text, **fields})
    return str(answer.json()["id"])


async def read(hearth: Hearth, person: Person, form: str) -> Any:
    """The feed as its reader understands it."""
    answer = await hearth.client.get(f"/v1/users/{person.username}/feed.{form}")
    assert answer.status_code == HTTPStatus.OK, answer.text
    if form == "json":
        return orjson.loads(answer.content)
    found = feedparser.parse(
        answer.content, response_headers=dict(answer.headers), sanitize_html=False, resolve_relative_uris=False
    )
    assert (found.bozo, found.version) == (False, {"rss": "rss20", "atom": "atom10"}[form])
    return found


async def test_a_feed_holds_what_a_person_says_to_everybody(hearth: Hearth) -> None:
    ada, ben = await hearth.account("ada"), await hearth.account("ben")
    await ada.client.patch("/v1/users/me", json={"display_name": "Ada & <co>", "bio": "Bio > all"})
    theirs = await write(ben, "something")
    plain = await write(ada, "<b>Hi</b> & @ben #Tea\nnext\n\nhttps://example.org/?a=1&b=2 \x0b\x1f]]>", language="de")
    warned = await write(ada, "the butler did it", content_warning="Spoiler")
    await write(ada, "an answer to somebody", reply_to_id=theirs)
    await write(ada, "for followers", visibility="followers")
    await write(ada, "for @ben", visibility="mentioned")
    own = await write(ada, "an answer to myself", reply_to_id=plain)
    html = (
        f'<p>&lt;b&gt;Hi&lt;/b&gt; &amp; <a href="{BASE}/@ben">@ben</a> #Tea<br>next</p>'
        '<p><a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener">https://example.org/?a=1&amp;b=2</a> '
        "]]&gt;</p>"
    )
    with override(Settings, hearth_url=BASE + "/"):
        for form in ("rss", "atom"):
            found = await read(hearth, ada, form)
            assert (found.feed.title, found.feed.link) == ("Ada & <co> (@ada)", f"{BASE}/@ada")
            assert {link.href for link in found.feed.links if link.rel == "self"} == {
                f"{BASE}/v1/users/ada/feed.{form}"
            }
            assert [entry.link for entry in found.entries] == [f"{BASE}/@ada/{id_}" for id_ in (own, warned, plain)]
            entry = found.entries[2]
            assert (entry.summary if form == "rss" else entry.content[0].value) == html
            assert [tag.term for tag in entry.tags] == ["tea"]
            assert (entry.id, found.entries[1].title) == (entry.link, "Spoiler")
            assert "butler" not in str(found)
            assert entry.published_parsed.tm_year == instant_of(int(plain)).year
        found = await read(hearth, ada, "json")
        assert (found["version"], found["home_page_url"]) == ("https://jsonfeed.org/version/1.1", f"{BASE}/@ada")
        assert found["feed_url"] == f"{BASE}/v1/users/ada/feed.json"
        assert [item["url"] for item in found["items"]] == [f"{BASE}/@ada/{id_}" for id_ in (own, warned, plain)]
        assert found["items"][2]["content_html"].replace("\x0b\x1f", "") == html
        assert (found["items"][2]["tags"], found["items"][2]["language"]) == (["tea"], "de")
        assert (found["items"][1]["title"], found["items"][1]["content_text"]) == (
            "Spoiler",
            "Content warning: Spoiler",
        )
        assert "butler" not in str(found)


@pytest.mark.usefixtures("folder")
async def test_what_hangs_on_a_post_is_in_its_feed_unless_a_warning_stands_before_it(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    picture = files.written(files.picture(64, 48), "PNG")
    cat, plain, hidden = [
        await uploaded(hearth, ada, picture, **texts) for texts in ({"alt_text": 'A "cat" & <b>'}, {}, {})
    ]
    await write(ada, "hidden", content_warning="Spoiler", media_ids=[hidden["id"]])
    await write(ada, "seen", media_ids=[cat["id"], plain["id"]])
    with override(Settings, hearth_url=BASE + "/"):
        urls = [f"{BASE}{item['url']}" for item in (cat, plain)]
        assert (await hearth.client.get(urls[0])).headers["Content-Type"] == cat["content_type"]
        (seen, warned) = (await read(hearth, ada, "rss")).entries
        assert [(one.href, one.type) for one in seen.enclosures] == [(urls[0], cat["content_type"])]
        assert [(one["url"], one["type"], one["medium"]) for one in seen.media_content] == [
            (url, cat["content_type"], "image") for url in urls
        ]
        text = (await hearth.client.get("/v1/users/ada/feed.rss")).text
        assert '<media:description type="plain">A "cat" &amp; &lt;b&gt;</media:description>' in text
        assert not warned.enclosures
        (seen, warned) = (await read(hearth, ada, "atom")).entries
        assert [(one.href, one.get("title")) for one in seen.enclosures] == [
            (urls[0], cat["alt_text"]),
            (urls[1], None),
        ]
        assert (seen.link, warned.enclosures) == (seen.id, [])
        seen, warned = (await read(hearth, ada, "json"))["items"]
        assert seen["attachments"] == [
            {"url": urls[0], "mime_type": cat["content_type"], "title": cat["alt_text"]},
            {"url": urls[1], "mime_type": cat["content_type"]},
        ]
        assert "attachments" not in warned


async def test_a_feed_is_sent_only_when_something_is_new(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    post_id = await write(ada, "first")
    for form in FORMS:
        path = f"/v1/users/ada/feed.{form}"
        first = await hearth.client.get(path)
        tag = first.headers["ETag"]
        assert "Last-Modified" not in first.headers
        for headers, status in (
            ({"If-None-Match": tag}, 304),
            ({"If-None-Match": f'"other", W/{tag}'}, 304),
            ({"If-None-Match": "*"}, 304),
            ({"If-None-Match": '"other"'}, 200),
            # No date tells all that may have changed, so none is believed.
            ({"If-Modified-Since": format_datetime(clock.now(), usegmt=True)}, 200),
            ({"If-Modified-Since": "lately"}, 200),
        ):
            answer = await hearth.client.get(path, headers=headers)
            assert answer.status_code == status, headers
            assert (answer.content == b"") == (status == HTTPStatus.NOT_MODIFIED)
            assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (tag, "no-cache")
        await ada.client.patch(f"/v1/posts/{post_id}", json={"text": f"changed for {form}"})
        assert (await hearth.client.get(path, headers={"If-None-Match": tag})).status_code == HTTPStatus.OK
    older, newest = await write(ada, "second"), await write(ada, "third")
    for method, what, body in (("PATCH", "users/me", {"bio": "Changed"}), ("DELETE", f"posts/{older}", None)):
        before = (await hearth.client.get("/v1/users/ada/feed.rss")).headers["ETag"]
        assert (await ada.client.request(method, f"/v1/{what}", json=body)).is_success
        again = await hearth.client.get("/v1/users/ada/feed.rss", headers={"If-None-Match": before})
        assert (again.status_code, newest in again.text) == (HTTPStatus.OK, True), what
        assert ("second" in again.text) == (method == "PATCH")
    types = [(await hearth.client.get(f"/v1/users/ada/feed.{form}")).headers["Content-Type"] for form in FORMS]
    assert [each.partition(";")[0] for each in types] == [
        f"application/{name}" for name in ("rss+xml", "atom+xml", "feed+json")
    ]


async def test_who_is_not_public_has_no_feed(hearth: Hearth) -> None:
    ada, private, gone = (
        await hearth.account("ada"),
        await hearth.account("eve", private=True),
        await hearth.account("gone"),
    )
    async with hearth.database.write() as session:
        account = auth_models.Account
        await session.execute(update(account).where(account.id == gone.id).values(state=AccountState.SUSPENDED))
    for form in FORMS:
        for name in (private.username, gone.username, "nobody_there"):
            for client in (hearth.client, private.client):
                assert problem(await client.get(f"/v1/users/{name}/feed.{form}")) == "user_not_found"
        assert (await ada.client.get(f"/v1/users/ada/feed.{form}")).status_code == HTTPStatus.OK
        with override(Settings, public_read=False):
            assert problem(await hearth.client.get(f"/v1/users/ada/feed.{form}")) == "not_authenticated"


_TEXT = st.text(max_size=30)


@pytest.mark.unit
@given(_TEXT, st.none() | _TEXT, st.lists(_TEXT, max_size=2), _TEXT)
def test_no_text_breaks_a_feed(text: str, warning: str | None, hashtags: list[str], name: str) -> None:
    media = [feeds.Medium(f"{BASE}/v1/media/1/original", "image/png", name)]
    entry = feeds.Entry(f"{BASE}/@a/1", text, warning, None, hashtags, _INSTANT, _INSTANT, media)
    feed = feeds.Feed(BASE, f"{BASE}/feed", "a", name, text, _INSTANT, [entry])
    for write_out in (feeds.as_rss, feeds.as_atom):
        (item,) = (node for node in ET.fromstring(write_out(feed)).iter() if node.tag.endswith(("item", "entry")))  # noqa: S314  our own
        content = next(node.text for node in item if node.tag.endswith(("description", "content"))) or ""
        assert ET.fromstring(f"<a>{content.replace('<br>', '')}</a>").tag == "a"  # noqa: S314
    assert orjson.loads(feeds.as_json(feed))["items"][0]["id"] == entry.url
