"""Who likes and who has reposted a post: paged, and without those whom the reader cannot see."""

import pytest

from tests.hearth import Hearth
from tests.reactions.steps import done, names, undone, write
from tests.users.steps import suspend

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("what", ["like", "repost"])
async def test_people_are_paged_both_ways_the_newest_first(hearth: Hearth, what: str) -> None:
    people = [await hearth.account(f"person_{number}") for number in range(7)]
    post = await write(people[0])
    path = f"/v1/posts/{post['id']}/{what}s"
    for person in people:
        await done(person, what, post["id"])
    expected = [person.username for person in reversed(people)]
    pages, answers, url = [], [], f"{path}?limit=3"
    while url:
        answers.append(await hearth.client.get(url))
        pages.append([item["username"] for item in answers[-1].json()["items"]])
        url = answers[-1].links.get("next", {}).get("url", "")
    assert pages == [expected[:3], expected[3:6], expected[6:]]
    back = await hearth.client.get(answers[-1].links["prev"]["url"])
    assert [item["username"] for item in back.json()["items"]] == expected[3:6]
    assert (await hearth.client.get(path)).json()["prev"] is None


async def test_who_has_tapped_again_stands_at_the_head(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    post = await write(ann)
    path = f"/v1/posts/{post['id']}/likes"
    for person in (ann, ben, ann):
        await done(person, "like", post["id"])
    assert await names(ann, path) == ["ben", "ann"]
    await undone(ann, "like", post["id"])
    await done(ann, "like", post["id"])
    assert await names(ann, path) == ["ann", "ben"]


@pytest.mark.parametrize("what", ["like", "repost"])
async def test_the_blocked_and_the_suspended_are_left_out_and_pages_stay_full(hearth: Hearth, what: str) -> None:
    people = {name: await hearth.account(name) for name in ("ann", "ben", "cat", "dan", "eve", "fay")}
    post = await write(people["fay"])
    for person in people.values():
        await done(person, what, post["id"])
    path = f"/v1/posts/{post['id']}/{what}s"
    await people["ann"].client.post("/v1/users/ben/block")
    await people["cat"].client.post("/v1/users/ann/block")
    await suspend(hearth, people["dan"])
    assert await names(people["ann"], path) == ["fay", "eve", "ann"]
    # Those in between do not make the page short.
    assert await names(people["ann"], path, limit=3) == ["fay", "eve", "ann"]
    assert await names(people["eve"], path) == ["fay", "eve", "cat", "ben", "ann"]
    # The count is of all: it must not tell who has blocked whom.
    answer = await people["ann"].client.get(f"/v1/posts/{post['id']}")
    assert answer.json()[f"{what}s_count"] == 6


async def test_muted_people_are_still_on_the_list(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    post = await write(ann)
    await done(ben, "like", post["id"])
    await ann.client.post("/v1/users/ben/mute")
    assert await names(ann, f"/v1/posts/{post['id']}/likes") == ["ben"]
