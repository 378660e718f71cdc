"""What a person takes along, how they are erased, and what the doctor sees."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, update

from src import clock
from src.users import archive, checks, models, service_follows, service_imports
from tests.exported import exported
from tests.hearth import Hearth, Person, problem
from tests.users.steps import PAGE, caller_of, counts, done, no_counter_is_wrong


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
        taken = await exported(session, archive.export(circle[0].id))
    others = {name: [row["username"] for row in rows] for name, rows in taken.items() if name != "profiles"}
    assert others == {
        "following": ["bob"],
        "followers": ["bob"],
        "follow_requests": [],
        "blocks": ["joe"],
        "mutes": ["bob"],
    }
    [profile] = taken["profiles"]
    assert (profile["account_id"], profile["display_name"]) == (circle[0].id, "Ada")


async def test_erasing_leaves_no_row_and_exact_counters(hearth: Hearth, circle: list[Person]) -> None:
    ada = circle[0]
    # Twice: an erasure that was interrupted is begun again.
    for _ in range(2):
        async with hearth.database.write() as session:
            await archive.erase(session, ada.id)
    await nothing_is_left_of(hearth, ada)
    assert await counts(hearth, "bob") == (1, 0)


async def nothing_is_left_of(hearth: Hearth, person: Person) -> None:
    """Looks for the person in every table of this package and recounts."""
    async with hearth.database.read() as session:
        for model in (models.Profile, models.Follow, models.Block, models.Mute):
            for column in (key.parent for key in model.__table__.foreign_keys):
                statement = select(func.count()).where(column == person.id)
                assert await session.scalar(statement) == 0, column
    await no_counter_is_wrong(hearth)


@pytest.mark.parametrize("deed", ["follow", "block", "mute"])
@pytest.mark.parametrize("erased", ["ada", "bob"])
async def test_what_begins_while_somebody_is_erased_finds_nobody(hearth: Hearth, deed: str, erased: str) -> None:
    people = {name: await hearth.account(name) for name in ("ada", "bob")}
    async with hearth.database.write() as session:
        await archive.erase(session, people[erased].id)
        late = asyncio.create_task(people["ada"].client.post(f"{PAGE}/bob/{deed}"))
        await until_waiting(hearth, late)
    assert problem(await late) == "user_not_found"
    await nothing_is_left_of(hearth, people[erased])


async def test_an_import_while_somebody_is_erased_leaves_them_out(hearth: Hearth) -> None:
    ada, bob, eve = [await hearth.account(name) for name in ("ada", "bob", "eve")]
    pairs = [(ada, bob), (bob, ada), (bob, eve)]

    async def add() -> int:
        follows = [service_imports.OldFollow(one.id, other.id, clock.now(), accepted=True) for one, other in pairs]
        async with hearth.database.write() as session:
            return await service_imports.add_old_follows(session, follows)

    async with hearth.database.write() as session:
        await archive.erase(session, ada.id)
        late = asyncio.create_task(add())
        await until_waiting(hearth, late)
    assert await late == 1
    await nothing_is_left_of(hearth, ada)
    assert (await counts(hearth, "bob"), await counts(hearth, "eve")) == ((0, 1), (1, 0))


async def test_whom_an_erasure_meets_only_when_it_has_locked_is_locked_in_turn(hearth: Hearth) -> None:
    # By their ids, in which everybody locks: the one who is erased, a newcomer among their followers, an old one.
    ada, new, old = [await hearth.account(name) for name in ("ada", "new", "old")]
    await done(old, "POST", "ada/follow")

    async def erase() -> None:
        async with hearth.database.write() as session:
            await archive.erase(session, ada.id)

    async with hearth.database.write() as holding:
        await service_follows.lock(holding, [old.id])
        async with hearth.database.write() as following:
            await service_follows.follow(following, caller=caller_of(new), followee_id=ada.id)
            erasing = asyncio.create_task(erase())
            await until_waiting(hearth, erasing)
        # It has come past the one who is erased and now waits for the old follower; the newcomer it did not know of.
        await until_locked(hearth, ada)
        async with hearth.database.write() as other:
            await service_follows.lock(other, [new.id])
            await holding.rollback()
            await until_waiting(hearth, erasing)
            await service_follows.lock(other, [old.id])
    await erasing
    await nothing_is_left_of(hearth, ada)
    assert (await counts(hearth, "new"), await counts(hearth, "old")) == ((0, 0), (0, 0))


async def until_waiting(hearth: Hearth, task: asyncio.Task[Any]) -> None:
    """Waits until somebody waits for a lock, or the task is done without."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(30):
        while True:
            if await hearth.database.fetch(waiting, []) or task.done():
                return


async def until_locked(hearth: Hearth, person: Person) -> None:
    """Waits until somebody holds the person's profile."""
    free = "SELECT 1 FROM profiles WHERE account_id = $1 FOR NO KEY UPDATE SKIP LOCKED"
    async with asyncio.timeout(30):
        while True:
            if not await hearth.database.fetch(free, [person.id]):
                return


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
