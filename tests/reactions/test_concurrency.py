"""Posts under many thumbs at once: counts stay exact, and no more is pinned than there is room for."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import delete

from src.posts.models import Post
from src.reactions.constants import MAX_PINS
from tests.hearth import Hearth, Person, patiently, problem
from tests.reactions.steps import done, no_counter_is_wrong, state, write
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration
_CROWD = 25


async def _crowd(hearth: Hearth) -> list[Person]:
    return [await hearth.account() for _ in range(_CROWD)]


@pytest.mark.parametrize(("what", "counter"), [("like", "likes_count"), ("repost", "reposts_count")])
async def test_parallel_taps_of_many_are_counted_exactly(hearth: Hearth, what: str, counter: str) -> None:
    people = await _crowd(hearth)
    post = await write(people[0])
    path = f"/v1/posts/{post['id']}/{what}"
    taps = [patiently(person, "POST", path) for person in people for _ in range(2)]
    assert Counter(answer.status_code for answer in await asyncio.gather(*taps)) == {200: 2 * _CROWD}
    assert (await state(people[0], post["id"]))[counter] == _CROWD
    # Half of them take it back, twice, while the others tap again.
    mixed = [
        *(patiently(person, "DELETE", path) for person in people[::2] for _ in range(2)),
        *(patiently(person, "POST", path) for person in people[1::2]),
    ]
    assert Counter(answer.status_code for answer in await asyncio.gather(*mixed)) == {200: len(mixed)}
    assert (await state(people[0], post["id"]))[counter] == _CROWD // 2
    await no_counter_is_wrong(hearth)


async def test_one_thumb_on_and_off_the_button_ends_in_a_true_state(hearth: Hearth) -> None:
    alice = await hearth.account()
    post = await write(alice)
    path = f"/v1/posts/{post['id']}/like"
    await asyncio.gather(*(alice.client.request(method, path) for method in ("POST", "DELETE") * (_CROWD // 2)))
    found = await state(alice, post["id"])
    assert found["likes_count"] == int(found["liked"])
    await no_counter_is_wrong(hearth)


async def test_likes_of_many_posts_in_both_directions_do_not_wait_for_each_other(hearth: Hearth) -> None:
    people = await _crowd(hearth)
    posts = [await write(people[0], f"post {number}") for number in range(5)]

    async def like_all(person: Person, order: int) -> None:
        for post in posts[::order]:
            await done(person, "like", post["id"])

    await asyncio.gather(*(like_all(person, (1, -1)[number % 2]) for number, person in enumerate(people[:20])))
    assert [(await state(people[0], post["id"]))["likes_count"] for post in posts] == [20] * 5


async def test_parallel_pins_fill_the_room_and_no_more(hearth: Hearth) -> None:
    alice = await hearth.account()
    posts = await asyncio.gather(*(write(alice, f"post {number}") for number in range(_CROWD)))
    answers = await asyncio.gather(*(patiently(alice, "POST", f"/v1/posts/{post['id']}/pin") for post in posts))
    assert Counter(answer.status_code for answer in answers) == {200: MAX_PINS, 409: _CROWD - MAX_PINS}
    pins = (await alice.client.get(f"/v1/timelines/users/{alice.username}/pins")).json()["items"]
    assert len(pins) == MAX_PINS


async def test_likes_and_the_deletion_of_the_post_at_once_leave_nothing_behind(hearth: Hearth) -> None:
    people = (await _crowd(hearth))[:20]
    post = await write(people[0])
    path = f"/v1/posts/{post['id']}"
    answers = await asyncio.gather(
        *(patiently(person, "POST", f"{path}/like") for person in people[1:10]),
        patiently(people[0], "DELETE", path),
        *(patiently(person, "POST", f"{path}/like") for person in people[10:]),
    )
    assert {answer.status_code for answer in answers} <= {200, 204, 404}
    assert (await hearth.database.fetch("SELECT count(*) FROM likes", []))[0][0] == 0


@pytest.mark.parametrize(
    ("method", "what"), [("DELETE", "like"), ("DELETE", "bookmark"), ("POST", "like"), ("POST", "repost")]
)
@pytest.mark.parametrize("again", [True, False])
async def test_a_post_that_vanishes_under_the_thumb_is_not_there(
    hearth: Hearth, method: str, what: str, again: bool
) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    post = await write(alice)
    if again or method == "DELETE":
        await done(bob, what, post["id"])
    async with hearth.database.write() as session:
        await session.execute(delete(Post).where(Post.id == int(post["id"])))
        tapped = asyncio.create_task(bob.client.request(method, f"/v1/posts/{post['id']}/{what}"))
        await wait_event(hearth)
    assert problem(await tapped) == "post_not_found"
