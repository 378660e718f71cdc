"""Old posts: ids of their own dates that are free, in order and in place, and nothing that is counted wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.database import Database
from src.models import SEQUENCE_BITS, first_id_at, instant_of
from src.posts import checks, service_imports
from src.posts.constants import MAX_HASHTAGS, Visibility
from src.posts.service_imports import OldPost
from tests.hearth import Hearth

DATE = datetime(2019, 3, 1, 12, tzinfo=UTC)
A_MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.unit
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**SEQUENCE_BITS - 1)), unique=True))
def test_ids_rise_within_each_millisecond_and_none_leaves_its_own(drawn: list[tuple[int, int]]) -> None:
    ids = [millisecond << SEQUENCE_BITS | low for millisecond, low in drawn]
    ordered = service_imports._in_order(ids)
    assert sorted(ordered) == sorted(ids)
    assert [id_ >> SEQUENCE_BITS for id_ in ordered] == [millisecond for millisecond, _ in drawn]
    for one in range(4):
        of_one = [id_ for id_ in ordered if id_ >> SEQUENCE_BITS == one]
        assert of_one == sorted(of_one)


@pytest.mark.integration
async def test_dates_are_kept_in_whatever_order_they_come(database: Database) -> None:
    dates = [DATE + timedelta(days=days) for days in (3, 1, 2, 1, 0)]
    async with database.write() as session:
        ids = await service_imports.mint(session, dates)
        assert await service_imports.mint(session, []) == []
    assert [instant_of(id_) for id_ in ids] == dates
    assert ids[1] < ids[3]


@pytest.mark.integration
async def test_equal_dates_keep_their_order_where_the_sequence_begins_anew(database: Database) -> None:
    async with database.write() as session:
        for _ in range(15):
            ids = await service_imports.mint(session, [DATE] * 5_000)
            assert ids == sorted(set(ids))


@pytest.mark.integration
async def test_a_full_millisecond_gives_way_to_the_next(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    await hearth.database.fetch(
        "INSERT INTO posts (id, author_id, text, visibility, version, likes_count, reposts_count, replies_count, "
        "quotes_count) SELECT $1::bigint + n, $2, '', 1, 1, 0, 0, 0, 0 FROM generate_series(0, 65535) n",
        [first_id_at(DATE), ann.id],
    )
    async with hearth.database.write() as session:
        full, free = await service_imports.mint(session, [DATE, DATE + 5 * A_MILLISECOND])
    assert instant_of(full) == DATE + A_MILLISECOND
    assert instant_of(free) == DATE + 5 * A_MILLISECOND


@pytest.mark.integration
async def test_replies_are_counted_in_the_list_and_before_it(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    async with hearth.database.write() as session:
        ids = await service_imports.mint(session, [DATE + timedelta(days=day) for day in range(6)])
    people = [ann.id, ben.id, ann.id, ben.id, ann.id, ann.id]
    parents = [None, ids[0], ids[1], ids[1], 17, ids[5]]
    posts = [
        OldPost(id=id_, author_id=author, text="x", visibility=Visibility.PUBLIC, reply_to_id=parent)
        for id_, author, parent in zip(ids, people, parents, strict=True)
    ]
    for batch in (posts[:2], posts[2:], []):
        async with hearth.database.write() as session:
            await service_imports.add_old(session, batch)
    found = await hearth.database.fetch("SELECT reply_to_id, thread_id, replies_count FROM posts ORDER BY id", ())
    assert [tuple(row) for row in found] == [
        (None, None, 1),
        (ids[0], ids[0], 2),
        (ids[1], ids[0], 0),
        (ids[1], ids[0], 0),
        (None, None, 0),
        (None, None, 0),
    ]
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []


@pytest.mark.integration
async def test_hashtags_come_from_the_text_and_from_the_list(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    names = ["TEA", "Caf\u00e9", "two words", "2019", "", *(f"many{number}" for number in range(60))]
    async with hearth.database.write() as session:
        (id_,) = await service_imports.mint(session, [DATE])
        old = OldPost(
            id=id_,
            author_id=ann.id,
            text="#tea and #Rain for @ben",
            visibility=Visibility.MENTIONED,
            hashtags=names,
            mentioned_ids=[ben.id, ben.id],
        )
        await service_imports.add_old(session, [old])
    read = (await ben.client.get(f"/v1/posts/{id_}")).json()
    expected = ["tea", "rain", "caf\u00e9", *(f"many{number}" for number in range(60))][:MAX_HASHTAGS]
    assert read["hashtags"] == sorted(expected)
    assert [mention["username"] for mention in read["mentions"]] == ["ben"]


@pytest.mark.integration
async def test_text_is_not_searched_for_people(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    async with hearth.database.write() as session:
        (id_,) = await service_imports.mint(session, [DATE])
        old = OldPost(id=id_, author_id=ann.id, text="hi @ben", visibility=Visibility.MENTIONED)
        await service_imports.add_old(session, [old])
    assert (await ben.client.get(f"/v1/posts/{id_}")).status_code == 404
    assert (await ann.client.get(f"/v1/posts/{id_}")).json()["mentions"] == []
