"""A person's own stream: numbered without a gap under any load, told at once, and silent for who never reads it."""

import asyncio

import pytest
from sqlalchemy import select, text

from src.database import Database
from src.realtime import personal
from src.users import models as users_models
from tests.hearth import Hearth
from tests.realtime.served import Served, client
from tests.realtime.test_resuming import numbers, page


async def entries(database: Database, account_id: int) -> list[int]:
    """The numbers of an own stream in the outbox."""
    async with database.read() as session:
        rows = await session.execute(
            text("SELECT ev FROM outbox WHERE stream = :stream ORDER BY ev"), {"stream": f"own:{account_id}"}
        )
        return [row.ev for row in rows]


async def test_what_concerns_somebody_is_told_over_their_socket_and_can_be_had_again(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    await bob.client.post(f"/v1/users/{ada.username}/follow")
    await served.house.settle()
    assert await entries(served.house.database, ada.id) == []
    async with client(served, ada) as of_ada, client(served, bob) as of_bob:
        posted = await ada.client.post("/v1/posts", json={"text": "to whom it may concern"})
        assert posted.status_code == 201, posted.text
        answer = await bob.client.post(f"/v1/posts/{posted.json()['id']}/like")
        assert answer.status_code < 300, answer.text
        await served.house.settle()
        (news,) = await of_ada.events("own", 1)
        assert (news["ev"], news["t"]) == (1, "notification.new")
        assert set(news["d"]) == {"id", "kind"}  # type: ignore[call-overload]
        (post,) = await of_bob.events("own", 1)
        assert (post["t"], post["d"]) == (
            "post.new",
            {"id": posted.json()["id"], "author_id": str(ada.id)},
        )
        assert numbers(await page(of_ada, "own", 0)) == [1]
        twin = (await ada.client.get("/v1/streams/own/events")).json()
        assert twin["events"] == (await page(of_ada, "own", 0))["events"]


async def test_numbers_are_dense_whoever_writes_at_once(house: Hearth) -> None:
    people = [await house.account() for _ in range(4)]
    ids = [one.id for one in people]
    for one in people[:3]:
        await personal.touch(house.database, one.id)

    async def write(turn: int) -> None:
        async with house.database.write() as session:
            order = ids if turn % 2 else ids[::-1]
            told = [(account_id, {"turn": str(turn)}) for account_id in order for _ in range(2)]
            await personal.append(session, "tests.told", told)
            follower = select(users_models.Profile.account_id).where(users_models.Profile.account_id.in_(ids))
            await personal.append_to(session, "tests.told", follower, {"turn": "all"})

    await asyncio.gather(*(write(turn) for turn in range(8)))
    for one in people[:3]:
        assert await entries(house.database, one.id) == list(range(1, 25))
    assert await entries(house.database, people[3].id) == []


async def fail_after_telling(database: Database, account_id: int) -> None:
    """A transaction that writes an entry and fails."""
    async with database.write() as session:
        await personal.append(session, "tests.told", [(account_id, {})])
        raise ZeroDivisionError


async def test_what_is_rolled_back_takes_no_number(house: Hearth) -> None:
    ada = await house.account()
    await personal.touch(house.database, ada.id)
    with pytest.raises(ZeroDivisionError):
        await fail_after_telling(house.database, ada.id)
    async with house.database.write() as session:
        await personal.append(session, "tests.told", [(ada.id, {"a": "1"}), (ada.id, {"b": "2"})])
    assert await entries(house.database, ada.id) == [1, 2]
    assert await personal.touch(house.database, ada.id) == 2
