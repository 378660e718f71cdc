"""What a person takes along, how they are erased, and what the doctor sees."""

import pytest
from sqlalchemy import func, select, update

from src.users import archive, checks, models
from tests.hearth import Hearth, Person
from tests.users.steps import counts, done, no_counter_is_wrong


@pytest.fixture
async def circle(hearth: Hearth) -> list[Person]:
    """Three people with relations of every kind in every direction around the first."""
    ada, bob, eve = await hearth.account("ada"), await hearth.account("bob"), await hearth.account("eve", private=True)
    joe = await hearth.account("joe")
    for person, path in (
        (ada, "bob/follow"),
        (ada, "eve/follow"),
        (bob, "ada/follow"),
        (bob, "eve/follow"),
        (ada, "joe/block"),
        (joe, "bob/follow"),
        (ada, "bob/mute"),
        (bob, "ada/mute"),
        (eve, "ada/block"),
    ):
        await done(person, "POST", path)
    return [ada, bob, eve, joe]


async def test_the_export_holds_ones_own_side_of_everything(hearth: Hearth, circle: list[Person]) -> None:
    async with hearth.database.read() as session:
        exported = await archive.export(session, circle[0].id)
    others = {name: [row["username"] for row in rows] for name, rows in exported.items() if name != "profiles"}
    assert others == {
        "following": ["bob"],
        "followers": ["bob"],
        "follow_requests": [],
        "blocks": ["joe"],
        "mutes": ["bob"],
    }
    [profile] = exported["profiles"]
    assert (profile["account_id"], profile["display_name"]) == (circle[0].id, "Ada")


async def test_erasing_leaves_no_row_and_exact_counters(hearth: Hearth, circle: list[Person]) -> None:
    ada = circle[0]
    # Twice: an erasure that was interrupted is begun again.
    for _ in range(2):
        async with hearth.database.write() as session:
            await archive.erase(session, ada.id)
    async with hearth.database.read() as session:
        for model in (models.Profile, models.Follow, models.Block, models.Mute):
            for column in (key.parent for key in model.__table__.foreign_keys):
                statement = select(func.count()).where(column == ada.id)
                assert await session.scalar(statement) == 0, column
    assert await counts(hearth, "bob") == (1, 0)
    await no_counter_is_wrong(hearth)


async def test_the_doctor_sees_a_wrong_counter(hearth: Hearth, circle: list[Person]) -> None:
    async with hearth.database.write() as session:
        wrong = update(models.Profile).where(models.Profile.account_id == circle[1].id)
        await session.execute(wrong.values(followers_count=7))
    async with hearth.database.read() as session:
        [line] = await checks.counters(session)
    assert line == f"account {circle[1].id}: 7 followers counted, 2 there; 1 followed counted, 1 there"


async def test_the_doctor_sees_an_account_without_a_profile(hearth: Hearth, circle: list[Person]) -> None:
    async with hearth.database.write() as session:
        await archive.erase(session, circle[3].id)
    async with hearth.database.read() as session:
        assert await checks.profiles(session) == [f"account {circle[3].id}: no profile"]
