"""The home by popularity: frozen while it is walked, and forgotten ten minutes later."""

from datetime import timedelta

import pytest

from src import clock
from src.feature import Role
from src.pagination import Cursor, Direction
from src.timelines.constants import FROZEN_FOR, FROZEN_POSTS, POPULAR_OF_EACH
from tests.hearth import Hearth, Person, problem
from tests.posts.test_posts import write
from tests.timelines.steps import follow, one_after_the_other, page, texts, walk, written_at

pytestmark = pytest.mark.integration
POPULAR = "/v1/timelines/home/popular"


async def _liked(hearth: Hearth, author: Person, likes: list[int]) -> list[int]:
    """Posts with so many likes; their texts are their numbers."""
    ids = await written_at(hearth, author, one_after_the_other(len(likes)))
    values = "FROM unnest($1::bigint[], $2::bigint[]) l(id, likes) WHERE posts.id = l.id"
    await hearth.database.fetch(f"UPDATE posts SET likes_count = likes {values}", [ids, likes])
    return ids


def _renewed(hearth: Hearth, person: Person) -> dict[str, str]:
    """The headers of a request that the person makes now, whatever the clock says."""
    token = hearth.authenticator.access_token(account_id=person.id, session_id=person.session_id, role=Role.MEMBER)
    return {"Authorization": f"Bearer {token}"}


async def test_the_most_liked_come_first_and_ties_the_newest_first(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    await follow(ben, ann)
    await _liked(hearth, ann, [1, 5, 0, 5, 3])
    assert await texts(ben, POPULAR) == ["3", "1", "4", "0", "2"]
    assert await walk(ben, POPULAR, limit=2) == ["3", "1", "4", "0", "2"]


async def test_it_holds_own_and_followees_posts_without_replies_to_others(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account() for _ in range(3)]
    await follow(ben, ann)
    await write(ben, "own")
    foreign = await write(cat, "foreign")
    await write(ann, "followee")
    await write(ann, "reply to somebody else", reply_to_id=foreign["id"])
    await write(ann, "for others", visibility="followers")
    assert sorted(await texts(ben, POPULAR)) == ["followee", "for others", "own"]


async def test_likes_given_meanwhile_do_not_shuffle_the_rest(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    await follow(ben, ann)
    ids = await _liked(hearth, ann, [5, 4, 3, 2, 1, 0])
    first = await page(ben, POPULAR, limit=2)
    await hearth.database.fetch("UPDATE posts SET likes_count = 100 WHERE id = ANY($1)", [ids[4:]])
    await write(ann, "new")
    second = await page(ben, POPULAR, limit=2, cursor=first["next"])
    third = await page(ben, POPULAR, limit=2, cursor=second["next"])
    shown = [item["post"]["text"] for answer in (first, second, third) for item in answer["items"]]
    assert shown == ["0", "1", "2", "3", "4", "5"]
    # Counts are as they are now, though the order is not.
    assert third["items"][0]["post"]["likes_count"] == 100
    assert third["next"] is None
    assert (await page(ben, POPULAR, limit=2, cursor=third["prev"]))["items"] == second["items"]
    assert (await texts(ben, POPULAR))[:2] == ["5", "4"]


async def test_what_went_away_meanwhile_is_left_out_and_pages_stay_full(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account() for _ in range(3)]
    await follow(cat, ann, ben)
    ids = await _liked(hearth, ann, [9, 8, 7, 6])
    await _liked(hearth, ben, [5, 4])
    first = await page(cat, POPULAR, limit=1)
    await ann.client.delete(f"/v1/posts/{ids[1]}")
    assert [item["post"]["likes_count"] for item in first["items"]] == [9]
    second = await page(cat, POPULAR, limit=2, cursor=first["next"])
    assert [item["post"]["likes_count"] for item in second["items"]] == [7, 6]
    await cat.client.post(f"/v1/users/{ann.username}/mute")
    third = await page(cat, POPULAR, limit=3, cursor=first["next"])
    assert [item["post"]["likes_count"] for item in third["items"]] == [5, 4]


async def test_a_list_is_kept_for_ten_minutes(hearth: Hearth) -> None:
    ann = await hearth.account()
    await _liked(hearth, ann, [2, 1])
    before = clock.now()
    cursor = (await page(ann, POPULAR, limit=1))["next"]
    query = {"limit": 1, "cursor": cursor}
    with clock.shifted(before + FROZEN_FOR - timedelta(seconds=20) - clock.now()):
        answer = await ann.client.get(POPULAR, params=query, headers=_renewed(hearth, ann))
        assert [item["post"]["text"] for item in answer.json()["items"]] == ["1"]
    with clock.shifted(FROZEN_FOR + timedelta(seconds=1)):
        answer = await ann.client.get(POPULAR, params=query, headers=_renewed(hearth, ann))
        assert problem(answer) == "list_expired"


async def test_lists_that_nobody_can_walk_are_forgotten(hearth: Hearth) -> None:
    ann = await hearth.account()
    await _liked(hearth, ann, [2, 1])
    count = "SELECT count(*) FROM timeline_frozen_lists"
    before = clock.now()
    await page(ann, POPULAR)
    await hearth.run_job("timelines.forget_frozen_lists", at=before + FROZEN_FOR - timedelta(seconds=20))
    assert (await hearth.database.fetch(count, []))[0][0] == 1
    await hearth.run_job("timelines.forget_frozen_lists", at=clock.now() + FROZEN_FOR + timedelta(seconds=5))
    assert (await hearth.database.fetch(count, []))[0][0] == 0


async def test_a_list_belongs_to_its_reader(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    await _liked(hearth, ann, [2, 1])
    cursor = (await page(ann, POPULAR, limit=1))["next"]
    assert problem(await ben.client.get(POPULAR, params={"cursor": cursor})) == "list_expired"


@pytest.mark.parametrize("key", ["", ".", "1", "1.", ".1", "-1.1", "1.-1", "a.b", "1.1.1", "1.99999", "٣.1", "1.²"])
async def test_a_place_that_is_none_is_no_cursor(hearth: Hearth, key: str) -> None:
    ann = await hearth.account()
    cursor = Cursor(Direction.ON, key).encode()
    assert problem(await ann.client.get(POPULAR, params={"cursor": cursor})) == "invalid_input"


@pytest.mark.parametrize("digits", ["0", "9" * 18, "9" * 19, "9" * 90])
async def test_a_list_that_never_was_is_expired(hearth: Hearth, digits: str) -> None:
    ann = await hearth.account()
    cursor = Cursor(Direction.ON, f"{digits}.1").encode()
    assert problem(await ann.client.get(POPULAR, params={"cursor": cursor})) == "list_expired"


async def test_digits_behind_a_lists_id_do_not_make_another_of_it(hearth: Hearth) -> None:
    ann = await hearth.account()
    await _liked(hearth, ann, [2, 1])
    await page(ann, POPULAR, limit=1)
    list_id = (await hearth.database.fetch("SELECT id FROM timeline_frozen_lists", []))[0][0]
    for behind in ("0", "00000"):
        cursor = Cursor(Direction.ON, f"{list_id}{behind}.1").encode()
        assert problem(await ann.client.get(POPULAR, params={"cursor": cursor})) == "list_expired"


async def test_windows_reach_as_far_back_as_they_say(hearth: Hearth) -> None:
    ann = await hearth.account()
    ages = [timedelta(hours=23), timedelta(hours=25), timedelta(days=6), timedelta(days=8), timedelta(days=31)]
    await written_at(hearth, ann, [clock.now() - age for age in ages])
    for window, expected in (("day", 1), ("week", 3), ("month", 4), ("all", 5)):
        assert await texts(ann, POPULAR, window=window) == [str(number) for number in range(expected)]
    assert await texts(ann, POPULAR) == ["0", "1", "2"]


async def test_no_more_than_eight_hundred_are_kept(hearth: Hearth) -> None:
    ann = await hearth.account()
    await _liked(hearth, ann, list(range(FROZEN_POSTS + 3, 0, -1)))
    assert await walk(ann, POPULAR, limit=80) == [str(number) for number in range(FROZEN_POSTS)]


async def test_only_the_newest_of_each_person_compete(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    await follow(ben, ann)
    old = await _liked(hearth, ann, [9] * (POPULAR_OF_EACH + 1))
    await _liked(hearth, ben, [1])
    await hearth.database.fetch("UPDATE posts SET likes_count = 10 WHERE id = ANY($1)", [old[:2]])
    shown = await walk(ben, POPULAR, limit=80)
    assert len(shown) == FROZEN_POSTS
    assert shown[0] == "1"
    assert "0" not in shown


async def test_a_home_without_posts_is_an_empty_page(hearth: Hearth) -> None:
    ann = await hearth.account()
    assert await page(ann, POPULAR) == {"items": [], "next": None, "prev": None}
