"""Who was away gets what was missed, all of it or the word that it begins anew; never a part without saying so."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from src import clock
from src.feature import Role
from src.realtime.constants import MAX_PAGE_BYTES
from tests.realtime.rooms import ROOMS
from tests.realtime.served import Client, Object, Served, client, until
from tests.realtime.test_frames import code


async def page(socket: Client, stream: str, since: int, **fields: object) -> Object:
    """The answer to sync."""
    answer = await socket.ask(op="sync", stream=stream, since=since, **fields)
    found = answer["ok"]
    assert isinstance(found, dict)
    return found


def numbers(found: Object) -> list[int]:
    """Of a page's entries."""
    events = found["events"]
    assert isinstance(events, list)
    return [one["ev"] for one in events]


async def test_only_what_stands_elsewhere_is_named_and_what_was_left_is_gone(served: Served) -> None:
    house = served.house
    ada = await house.account()
    for room in (1, 2, 3):
        await ROOMS.write(house.database, room, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        epoch = socket.greeting["epoch"]
    await ROOMS.write(house.database, 2, "news")
    await ROOMS.write(house.database, 3, "go", leaves=[ada.id])
    heads = {"own": 0, "room:1": 1, "room:2": 1, "room:3": 1, "room:99": 5}
    async with client(served, ada, heads=heads, epoch=epoch) as socket:
        named = socket.greeting["heads"]
        assert isinstance(named, list)
        assert [(one["stream"], one["ev"]) for one in named] == [("room:2", 2)]
        assert socket.greeting["gone"] == ["room:3", "room:99"]
        assert (socket.greeting["more"], socket.greeting["fresh"]) == (False, False)
        assert numbers(await page(socket, "room:2", 1)) == [2]
        assert code(await socket.ask(op="sync", stream="room:3", since=0)) == "stream_not_found"
    async with client(served, ada, heads=heads, epoch="of other data") as socket:
        named = socket.greeting["heads"]
        assert isinstance(named, list)
        assert [one["stream"] for one in named] == ["own", "room:1", "room:2"]
        assert socket.greeting["fresh"] is True


async def test_pages_are_whole_from_memory_and_from_the_database_alike(served: Served) -> None:
    house = served.house
    ada = await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id])
    for number in range(2, 8):
        await ROOMS.write(house.database, 1, str(number))
    async with client(served, ada) as socket:
        for number in range(8, 14):
            await ROOMS.write(house.database, 1, str(number))
        await socket.events("room:1", 6)
        for since in range(14):
            assert numbers(await page(socket, "room:1", since)) == list(range(since + 1, 14))
            some = await page(socket, "room:1", since, limit=2)
            assert numbers(some) == list(range(since + 1, 14))[:2]
            assert some["upto"] == since + len(numbers(some))
            assert some["more"] is (since + 2 < 13)
        ahead = await page(socket, "room:1", 20)
        assert (ahead["reset"], ahead["upto"], ahead["events"]) == (True, 13, [])


async def test_a_page_is_bounded_by_bytes(served: Served) -> None:
    house = served.house
    ada = await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id])
    for _ in range(4):
        await ROOMS.write(house.database, 1, "x" * (MAX_PAGE_BYTES // 2 - 100))
    async with client(served, ada) as socket:
        seen: list[int] = []
        more: object = True
        while more:
            found = await page(socket, "room:1", len(seen))
            seen += numbers(found)
            assert len(numbers(found)) <= 3
            more = found["more"]
        assert seen == [1, 2, 3, 4, 5]


async def test_what_is_too_old_to_be_had_begins_anew(served: Served) -> None:
    house = served.house
    ada = await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id])
    for number in range(2, 8):
        await ROOMS.write(house.database, 1, str(number))
    async with house.database.write() as session:
        await session.execute(text("DELETE FROM outbox WHERE stream = 'room:1' AND ev <= 4"))
    async with client(served, ada) as socket:
        for since in range(4):
            found = await page(socket, "room:1", since)
            assert (found["reset"], found["upto"], found["events"]) == (True, 7, [])
        assert numbers(await page(socket, "room:1", 4)) == [5, 6, 7]
        async with house.database.write() as session:
            await session.execute(text("DELETE FROM outbox WHERE stream = 'room:1'"))
        found = await page(socket, "room:1", 5)
        assert (found["reset"], found["upto"]) == (True, 7)
        found = await page(socket, "room:1", 7)
        assert (found["reset"], found["upto"]) == (False, 7)


async def test_who_is_taken_out_hears_of_that_and_nothing_after(served: Served) -> None:
    house = served.house
    ada, bob = await house.account(), await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id, bob.id])
    async with client(served, ada) as goes, client(served, bob) as stays:
        await ROOMS.write(house.database, 1, "go", leaves=[ada.id])
        await ROOMS.write(house.database, 1, "gone?")
        assert await stays.texts("room:1", 2) == [(2, "go"), (3, "gone?")]
        assert await goes.texts("room:1", 1) == [(2, "go")]
        assert code(await goes.ask(op="sync", stream="room:1", since=0)) == "stream_not_found"
        await ROOMS.write(house.database, 1, "come back", joins=[ada.id])
        assert await goes.texts("room:1", 1) == [(4, "come back")]
        assert numbers(await page(goes, "room:1", 0)) == [1, 2, 3, 4]


async def test_many_who_ask_for_the_same_are_answered_by_one_read(served: Served) -> None:
    house = served.house
    people = [await house.account() for _ in range(8)]
    await ROOMS.write(house.database, 1, "come in", joins=[one.id for one in people])
    for number in range(2, 20):
        await ROOMS.write(house.database, 1, str(number))
    async with client(served, people[0]) as one, client(served, people[1]) as two:
        found = await asyncio.gather(*(page(socket, "room:1", 0) for socket in (one, two)))
        assert [numbers(each) for each in found] == [list(range(1, 20))] * 2


async def test_an_own_stream_that_was_not_read_for_long_begins_anew(served: Served) -> None:
    house = served.house
    ada = await house.account()
    async with client(served, ada) as socket:
        assert (await page(socket, "own", 0))["upto"] == 0
    await until(lambda: served.hub.sockets == 0)
    with clock.shifted(timedelta(days=40)):
        token = house.authenticator.access_token(account_id=ada.id, session_id=ada.session_id, role=Role.MEMBER)
        async with client(served) as socket:
            await socket.ask(op="hello", token=token, heads={"own": 0})
            found = await page(socket, "own", 0)
            assert (found["reset"], found["upto"]) == (True, 1)
