"""A program that reads everything knows one address for each list; the rest it finds in the `Link` headers."""

import pytest

from tests.e2e.steps import Guest, ask, pages, sign_up, write
from tests.hearth import Hearth, Person

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("open_door")]

POSTS = 23
PEOPLE = 11


async def _everything(ada: Guest, people: list[Person]) -> dict[str, list[str]]:
    """Fills the house; for each list the ids of what is in it, in its order."""
    posts = [await write(ada, f"Post {number} about #everything") for number in range(POSTS)]
    replies = [await write(ada, f"Reply {number}", reply_to_id=posts[0]) for number in range(3)]
    for post_id in posts[::2]:
        await ask(ada.client, "POST", f"/v1/posts/{post_id}/like")
    for version in range(2, 12):
        await ask(ada.client, "PATCH", f"/v1/posts/{posts[5]}", text=f"Version {version} about #everything")
    for person in people:
        await ask(person.client, "POST", "/v1/users/ada/follow")
        await ask(person.client, "POST", f"/v1/posts/{posts[1]}/like")
    last = [str(person.id) for person in reversed(people)]
    return {
        "/v1/timelines/home": [*reversed(replies), *reversed(posts)],
        "/v1/timelines/public": [*reversed(posts)],
        "/v1/timelines/hashtags/everything": [*reversed(posts)],
        "/v1/timelines/users/ada": [*reversed(replies), *reversed(posts)],
        "/v1/timelines/likes": [*reversed(posts[::2])],
        "/v1/users/ada/followers": last,
        f"/v1/posts/{posts[1]}/likes": last,
        "/v1/users": [ada.id, *(str(person.id) for person in people)],
    }


def _id_of(item: dict[str, dict[str, str]]) -> str:
    """Items of timelines hold a post; all others are what they are."""
    found = item["post"]["id"] if "post" in item else item["id"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("limit", [4, *(pytest.param(limit, marks=pytest.mark.system) for limit in (1, 80))])
async def test_every_list_is_walked_both_ways_by_its_links(hearth: Hearth, limit: int) -> None:
    ada = await sign_up(hearth, "ada")
    people = [await hearth.account(f"person{number:02}") for number in range(PEOPLE)]
    lists = await _everything(ada, people)
    for address, expected in lists.items():
        # A token a list, as the minute's quota is each token's own.
        await ada.sign_in()
        seen = [page async for page in pages(ada.client, f"{address}?limit={limit}")]
        found = [[_id_of(item) for item in page.json()["items"]] for page in seen]
        assert [one for page in found for one in page] == expected, address
        assert all(len(page) == limit for page in found[:-1]), address
        for page in seen[:-1]:
            assert page.headers["Link"].startswith("<http://hearth.test/v1/"), address
            assert page.headers["Link"].split(", ")[0].endswith('; rel="next"'), address
        back = [page async for page in pages(ada.client, str(seen[-1].url), "prev")]
        assert [[_id_of(item) for item in page.json()["items"]] for page in back] == found[::-1], address


async def test_what_is_written_meanwhile_moves_nothing(hearth: Hearth) -> None:
    ada = await sign_up(hearth, "ada")
    expected = [await write(ada, f"Post {number}") for number in range(POSTS)][::-1]
    found: list[str] = []
    late: list[str] = []
    newest = ""
    async for page in pages(ada.client, "/v1/timelines/home?limit=4"):
        newest = newest or str(page.url)
        found += [_id_of(item) for item in page.json()["items"]]
        late.append(await write(ada, "Meanwhile"))
    assert found == expected
    first = await ada.client.get("/v1/timelines/home?limit=4")
    assert [_id_of(item) for item in first.json()["items"]] == late[::-1][:4]


async def test_the_popular_list_stands_still_while_it_is_walked(hearth: Hearth) -> None:
    ada, fan = await sign_up(hearth, "ada"), await hearth.account()
    posts = [await write(ada, f"Post {number}") for number in range(9)]
    await ask(fan.client, "POST", f"/v1/posts/{posts[2]}/like")
    found: list[str] = []
    async for page in pages(ada.client, "/v1/timelines/home/popular?limit=2&window=day"):
        found += [_id_of(item) for item in page.json()["items"]]
        await ask(fan.client, "POST", f"/v1/posts/{posts[0]}/like")
    assert found == [posts[2], *reversed(posts[3:]), posts[1], posts[0]]
    again = await ask(ada.client, "GET", "/v1/timelines/home/popular?limit=2&window=day")
    assert [_id_of(item) for item in again["items"]] == [posts[2], posts[0]]
