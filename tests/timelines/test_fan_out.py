"""How a post reaches homes: at once for few followers, right after it for many, when it is read for very many."""

import pytest

from src.timelines import checks
from src.timelines.constants import FAN_OUT_CHUNK, FOLLOWERS_PULLED, FOLLOWERS_WITHIN
from tests.hearth import Hearth, Person
from tests.posts.test_posts import write
from tests.timelines.steps import HOME, entries, follow, page, texts, walk

pytestmark = pytest.mark.integration

_CROWD = """
WITH made AS (
    INSERT INTO accounts (username, role, state, created_at)
    SELECT 'crowd_' || n, 1, 'active', now() FROM generate_series(1, $2::int) n RETURNING id, username
), profiles AS (
    INSERT INTO profiles (account_id, display_name, bio, links, locale, time_zone, private, version,
                          followers_count, following_count, created_at)
    SELECT id, username, '', '[]', 'en', 'UTC', false, 1, 0, 1, now() FROM made
)
INSERT INTO follows (follower_id, followee_id, accepted) SELECT id, $1::bigint, true FROM made
"""


async def _crowd(hearth: Hearth, followee: Person, size: int) -> None:
    """So many followers, written straight into the tables."""
    await hearth.database.fetch(_CROWD, [followee.id, size])
    await _say_followers(hearth, followee, size)


async def _say_followers(hearth: Hearth, followee: Person, count: int) -> None:
    sql = "UPDATE profiles SET followers_count = $2 WHERE account_id = $1"
    await hearth.database.fetch(sql, [followee.id, count])


async def _homes_with(hearth: Hearth, entry_id: int) -> int:
    found = await hearth.database.fetch("SELECT count(*) FROM timeline_entries WHERE entry_id = $1", [entry_id])
    return int(found[0][0])


async def _nothing_is_missing(hearth: Hearth) -> None:
    async with hearth.database.read() as session:
        assert await checks.entries(session) == []


async def test_a_post_of_a_person_with_few_followers_is_in_homes_when_it_is_acknowledged(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    await follow(ben, ann)
    await _crowd(hearth, ann, FOLLOWERS_WITHIN - 1)
    await _say_followers(hearth, ann, FOLLOWERS_WITHIN)
    post = await write(ann)
    # Before any event is relayed: the followers' homes and one's own.
    assert await _homes_with(hearth, int(post["id"])) == FOLLOWERS_WITHIN + 1
    await hearth.settle()
    assert await _homes_with(hearth, int(post["id"])) == FOLLOWERS_WITHIN + 1
    assert await texts(ben, HOME) == ["Good morning"]
    await _nothing_is_missing(hearth)


async def test_above_that_it_reaches_them_right_after_and_in_chunks(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    size = FAN_OUT_CHUNK + 500
    await follow(ben, ann)
    await _crowd(hearth, ann, size)
    await _say_followers(hearth, ann, size + 1)
    post = await write(ann)
    assert await _homes_with(hearth, int(post["id"])) == 1
    assert await texts(ann, HOME) == ["Good morning"]
    assert await texts(ben, HOME) == []
    async with hearth.database.read() as session:
        assert len(await checks.entries(session)) == 20
    await hearth.settle()
    assert await _homes_with(hearth, int(post["id"])) == size + 2
    assert await texts(ben, HOME) == ["Good morning"]
    await _nothing_is_missing(hearth)


async def test_a_repost_spreads_alike_and_is_taken_back_everywhere(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account() for _ in range(3)]
    await follow(ben, ann)
    await _crowd(hearth, ann, FOLLOWERS_WITHIN)
    await _say_followers(hearth, ann, FOLLOWERS_WITHIN + 1)
    post = await write(cat, "by cat")
    await ann.client.post(f"/v1/posts/{post['id']}/repost")
    assert await texts(ben, HOME) == []
    await hearth.settle()
    (item,) = (await page(ben, HOME))["items"]
    assert item["reposted_by"]["id"] == str(ann.id)
    (repost_id,) = await entries(hearth, ben)
    assert await _homes_with(hearth, repost_id) == FOLLOWERS_WITHIN + 2
    await ann.client.delete(f"/v1/posts/{post['id']}/repost")
    assert await _homes_with(hearth, repost_id) == 0
    assert await texts(ben, HOME) == []


async def test_a_post_for_the_mentioned_reaches_them_alone(hearth: Hearth) -> None:
    ann, ben, cat = await hearth.account("ann"), await hearth.account("ben"), await hearth.account("cat")
    await follow(ben, ann)
    await follow(cat, ann)
    for count in (2, FOLLOWERS_WITHIN + 1):
        await _say_followers(hearth, ann, count)
        post = await write(ann, "for @ben", visibility="mentioned")
        await hearth.settle()
        assert await _homes_with(hearth, int(post["id"])) == 2
    assert await texts(ben, HOME) == ["for @ben"] * 2
    assert await texts(cat, HOME) == []


async def test_posts_of_very_many_followers_are_merged_in_when_a_home_is_read(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account() for _ in range(3)]
    await follow(ben, ann, cat)
    posts = [await write(ann, "1 by ann"), await write(cat, "2 by cat")]
    await _say_followers(hearth, ann, FOLLOWERS_PULLED + 1)
    posts += [await write(ann, "3 by ann"), await write(cat, "4 by cat"), await write(ann, "5 by ann")]
    await hearth.settle()
    assert await _homes_with(hearth, int(posts[2]["id"])) == 1
    expected = ["5 by ann", "4 by cat", "3 by ann", "2 by cat", "1 by ann"]
    assert await texts(ben, HOME) == expected
    assert await walk(ben, HOME, limit=2) == expected
    # They do not come twice when the author is read by fewer again and written into homes as well.
    await _say_followers(hearth, ann, 1)
    await write(ann, "6 by ann")
    await hearth.settle()
    assert await walk(ben, HOME, limit=2) == ["6 by ann", *expected]
    await _nothing_is_missing(hearth)


async def test_who_is_merged_in_is_filtered_like_everybody(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account() for _ in range(3)]
    await follow(ben, ann)
    await _say_followers(hearth, ann, FOLLOWERS_PULLED + 1)
    theirs = await write(cat, "by cat")
    await write(ann, "for followers", visibility="followers")
    await write(ann, "reply to a stranger", reply_to_id=theirs["id"])
    await write(ann, "public")
    await hearth.settle()
    assert await texts(ben, HOME) == ["public", "for followers"]
    assert await texts(cat, HOME) == ["by cat"]
    await ben.client.post(f"/v1/users/{ann.username}/mute")
    assert await texts(ben, HOME) == []
    await ben.client.delete(f"/v1/users/{ann.username}/mute")
    await ben.client.delete(f"/v1/users/{ann.username}/follow")
    assert await texts(ben, HOME) == []


async def test_the_author_is_noted_once_whatever_they_write(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    await follow(ben, ann)
    await _say_followers(hearth, ann, FOLLOWERS_PULLED + 1)
    for number in range(3):
        await write(ann, str(number))
    await hearth.settle()
    noted = await hearth.database.fetch("SELECT account_id FROM timeline_pulled_authors", [])
    assert [row["account_id"] for row in noted] == [ann.id]
    # What they repost is written into homes: it is not theirs, so nothing would merge it in.
    post = await write(await hearth.account(), "foreign")
    await ann.client.post(f"/v1/posts/{post['id']}/repost")
    await hearth.settle()
    assert await texts(ben, HOME) == ["foreign", "2", "1", "0"]


async def test_a_new_follower_finds_what_was_written_before(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account() for _ in range(3)]
    foreign = await write(cat, "foreign")
    await write(ann, "one")
    await ann.client.post(f"/v1/posts/{foreign['id']}/repost")
    await write(ann, "two")
    assert await texts(ben, HOME) == []
    await follow(ben, ann)
    assert await texts(ben, HOME) == ["two", "foreign", "one"]
    await ben.client.delete(f"/v1/users/{ann.username}/follow")
    assert await texts(ben, HOME) == []
    # The entries are still there, and used again.
    await follow(ben, ann)
    assert await texts(ben, HOME) == ["two", "foreign", "one"]


async def test_whoever_is_accepted_finds_what_was_written_before(hearth: Hearth) -> None:
    ann, ben = await hearth.account(private=True), await hearth.account()
    await write(ann, "one")
    await ben.client.post(f"/v1/users/{ann.username}/follow")
    await write(ann, "two")
    assert await texts(ben, HOME) == []
    await ann.client.post(f"/v1/users/me/follow-requests/{ben.id}")
    assert await texts(ben, HOME) == ["two", "one"]
