"""Ids that are ordered by time, and names of constraints that migrations can rely on."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from src import clock
from src.database import Database
from src.features import metadata
from src.models import SEQUENCE_BITS, first_id_at, id_at, instant_of

_MILLISECOND = timedelta(milliseconds=1)
_INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  the strategy's own
# In milliseconds.
_LAST = 7_258_118_400_000
_IDS = st.integers(0, (_LAST << SEQUENCE_BITS) - 1)
_AT_ONCE, _EACH = 8, 4_000


def _cut(instant: datetime) -> datetime:
    """To the millisecond."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@pytest.mark.unit
@given(_INSTANTS)
def test_the_first_id_of_an_instant_tells_the_instant(instant: datetime) -> None:
    assert instant_of(first_id_at(instant)) == _cut(instant)


@pytest.mark.unit
@given(_IDS)
def test_an_id_lies_between_the_first_ones_of_its_millisecond_and_the_next(id_: int) -> None:
    instant = instant_of(id_)
    assert first_id_at(instant) <= id_ < first_id_at(instant + _MILLISECOND)


@pytest.mark.unit
def test_no_millisecond_is_lost_to_rounding() -> None:
    chance = random.Random(1)
    ids = [chance.randrange(_LAST) << SEQUENCE_BITS for _ in range(5_000)]
    assert [first_id_at(instant_of(id_)) for id_ in ids] == ids


@pytest.mark.unit
@given(_IDS, _IDS)
def test_ids_are_ordered_as_their_instants_are(one: int, other: int) -> None:
    if instant_of(one) < instant_of(other):
        assert one < other


@pytest.mark.integration
async def test_the_database_mints_the_same_ids(database: Database) -> None:
    instants = [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2001, 9, 9, 1, 46, 40, 1000, tzinfo=UTC),
        datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2199, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        *(datetime(2026, 1, 1, tzinfo=UTC) + number * timedelta(microseconds=1_000_333) for number in range(50)),
    ]
    async with database.write() as session:
        for instant in instants:
            minted = await session.scalar(select(id_at(instant)))
            assert minted is not None
            assert instant_of(minted) == _cut(instant)
            assert minted >> SEQUENCE_BITS == first_id_at(instant) >> SEQUENCE_BITS
        now = clock.now()
        by_default = await session.scalar(text("SELECT hearth_id()"))
    assert by_default is not None
    assert abs(instant_of(by_default) - now) < timedelta(seconds=10)


@pytest.mark.integration
async def test_ids_of_one_instant_are_all_different_whoever_mints_them(database: Database) -> None:
    sql = "SELECT hearth_id($1) AS id FROM generate_series(1, $2)"
    rounds = await asyncio.gather(*(database.fetch(sql, [clock.now(), _EACH]) for _ in range(_AT_ONCE)))
    assert len({row["id"] for rows in rounds for row in rows}) == _AT_ONCE * _EACH
    instant = clock.now()
    rounds = await asyncio.gather(*(database.fetch(sql, [instant, _EACH]) for _ in range(_AT_ONCE)))
    ids = {row["id"] for rows in rounds for row in rows}
    assert len(ids) == _AT_ONCE * _EACH
    assert {instant_of(id_) for id_ in ids} == {_cut(instant)}


@pytest.mark.unit
def test_every_constraint_has_a_name_that_follows_from_its_table() -> None:
    for table in metadata().tables.values():
        for constraint in table.constraints:
            kind = {"PrimaryKeyConstraint": "pk", "UniqueConstraint": "uq", "ForeignKeyConstraint": "fk"}
            prefix = kind.get(type(constraint).__name__, "ck")
            assert str(constraint.name).startswith(f"{prefix}_{table.name}"), constraint
        for index in table.indexes:
            assert str(index.name).startswith(("ix_", "uq_")), index


@pytest.mark.unit
def test_keys_to_accounts_never_cascade_so_that_a_forgotten_eraser_fails() -> None:
    found = 0
    for table in metadata().tables.values():
        for key in table.foreign_keys:
            if key.column.table.name == "accounts":
                found += 1
                assert key.ondelete is None, key.parent
    assert found > 10
