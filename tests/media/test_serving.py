"""Files go out whole or in parts, with headers that make them harmless, to those who may have them."""

from http import HTTPStatus

import pytest

from src.media import serving
from src.media.exceptions import RangeNotSatisfiable
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.conftest import Things
from tests.media.steps import Item, attach, uploaded

pytestmark = pytest.mark.integration

PNG = files.written(files.picture(), "PNG")


@pytest.fixture
async def ada(hearth: Hearth) -> Person:
    """The one who uploads."""
    return await hearth.account("ada")


@pytest.fixture
async def item(hearth: Hearth, ada: Person) -> Item:
    """A picture of hers."""
    return await uploaded(hearth, ada, PNG)


async def test_a_file_comes_with_headers_that_make_it_harmless(ada: Person, item: Item) -> None:
    answer = await ada.client.get(item["url"])
    headers = answer.headers
    assert headers["content-type"] == "image/png"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert headers["content-disposition"] == f'inline; filename="{item["id"]}-original.png"'
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["vary"] == "Authorization, X-API-Key"
    assert headers["accept-ranges"] == "bytes"
    assert int(headers["content-length"]) == len(answer.content)


async def test_who_has_it_already_is_told_so(ada: Person, item: Item) -> None:
    etag = (await ada.client.get(item["url"])).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await ada.client.get(item["url"], headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert (await ada.client.get(item["url"], headers={"If-None-Match": '"other"'})).status_code == HTTPStatus.OK


async def test_a_head_tells_of_the_file_without_sending_it(ada: Person, item: Item) -> None:
    whole = await ada.client.get(item["url"])
    answer = await ada.client.head(item["url"], headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "cache-control"):
        assert answer.headers[name] == whole.headers[name]


async def test_a_part_of_a_file_is_that_part(ada: Person, item: Item) -> None:
    whole = (await ada.client.get(item["url"])).content
    size = len(whole)
    for asked, first, last in (
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=100-", 100, size - 1),
        ("bytes=-7", size - 7, size - 1),
        (f"bytes=5-{size + 100}", 5, size - 1),
        (f"bytes=-{size + 100}", 0, size - 1),
    ):
        answer = await ada.client.get(item["url"], headers={"Range": asked})
        assert answer.status_code == HTTPStatus.PARTIAL_CONTENT, asked
        assert answer.content == whole[first : last + 1]
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
    for ignored in ("bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=-", "bytes=9-3", "bytes=a-b"):
        answer = await ada.client.get(item["url"], headers={"Range": ignored})
        assert (answer.status_code, answer.content) == (200, whole), ignored
    for beyond in (f"bytes={size}-", f"bytes={10**18}-", "bytes=-0"):
        answer = await ada.client.get(item["url"], headers={"Range": beyond})
        assert problem(answer) == "range_not_satisfiable", beyond
        assert answer.headers["content-range"] == f"bytes */{size}"


async def test_a_part_is_sent_only_of_the_file_that_is_meant(ada: Person, item: Item) -> None:
    etag = (await ada.client.get(item["url"])).headers["etag"]
    for condition, status in (
        (etag, 206),
        ('"other"', 200),
        (f"W/{etag}", 200),
        ("Sat, 21 Nov 2026 12:00:00 GMT", 200),
    ):
        answer = await ada.client.get(item["url"], headers={"Range": "bytes=0-9", "If-Range": condition})
        assert answer.status_code == status, condition


async def test_what_hangs_on_nothing_is_its_owners_alone(hearth: Hearth, item: Item) -> None:
    bob, moderator = await hearth.account("bob"), await hearth.moderator()
    for client in (bob.client, moderator.client, hearth.client):
        for url in (item["url"], item["preview_url"], f"/v1/media/{item['id']}"):
            assert problem(await client.get(url)) == "media_not_found"
        assert (await client.head(item["url"])).status_code == HTTPStatus.NOT_FOUND


async def test_what_hangs_on_a_thing_is_seen_by_who_sees_the_thing(
    hearth: Hearth, ada: Person, item: Item, things: Things
) -> None:
    bob, eve = await hearth.account("bob"), await hearth.account("eve")
    await attach(hearth, ada, item["id"], to_id=7)
    things.seen_by[7] = {bob.id}
    for person, status in ((ada, 200), (bob, 200), (eve, 404)):
        for url in (item["url"], item["preview_url"], f"/v1/media/{item['id']}"):
            assert (await person.client.get(url)).status_code == status, person.username
    assert (await hearth.client.get(item["url"])).status_code == HTTPStatus.NOT_FOUND
    assert (await bob.client.get(item["url"])).headers["cache-control"].startswith("private")
    # A key that may not read such things sees what everybody sees.
    poor, good = await hearth.keyed(bob, "media:read"), await hearth.keyed(bob, "media:read", "posts:read")
    assert [(await one.get(item["url"])).status_code for one in (poor, good)] == [404, 200]
    things.seen_by[7] = {0}
    assert (await poor.get(item["url"])).status_code == HTTPStatus.OK
    answer = await hearth.client.get(item["url"])
    assert answer.status_code == HTTPStatus.OK
    # Browsers keep it; what stands between asks again soon, for it may have been deleted.
    assert answer.headers["cache-control"] == "public, s-maxage=3600, max-age=31536000, immutable"
    assert problem(await bob.client.patch(f"/v1/media/{item['id']}", json={"alt_text": "Mine."})) == "media_not_found"


async def test_what_hangs_on_a_thing_that_nobody_knows_any_more_is_its_owners(
    hearth: Hearth, ada: Person, item: Item
) -> None:
    await attach(hearth, ada, item["id"], kind="forgotten")
    assert (await ada.client.get(item["url"])).status_code == HTTPStatus.OK
    assert problem(await (await hearth.account("bob")).client.get(item["url"])) == "media_not_found"


async def test_there_is_no_raw_file_to_be_had(ada: Person, item: Item) -> None:
    assert problem(await ada.client.get(f"/v1/media/{item['id']}/raw")) == "invalid_input"


def test_a_range_of_an_empty_file_cannot_be_satisfied() -> None:
    with pytest.raises(RangeNotSatisfiable):
        serving.span_of("bytes=0-", 0)
    assert serving.span_of(None, 0) is None
