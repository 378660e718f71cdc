"""What a process has missed is read a bearable part at a time, and a stream that cannot be read holds up no other."""

import asyncio
from contextlib import AsyncExitStack

import orjson
import pytest

from src.realtime.constants import PAGES
from src.realtime.queries import Wanted
from tests.realtime.rooms import ROOMS
from tests.realtime.served import Served, client, until
from tests.realtime.test_processes import listening

MISSED = 450
# More than the pool has connections.
CROWD = 12


@pytest.mark.usefixtures("woken_alone")
async def test_a_stream_that_cannot_be_rendered_holds_up_no_other(served: Served) -> None:
    house = served.house
    ada = await house.account()
    for number in (1, 2, 3):
        await ROOMS.write(house.database, number, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        ROOMS.broken = {"room:2", "room:4"}
        # A room in which nobody sits yet is looked at, too.
        await asyncio.gather(*(ROOMS.write(house.database, number, "news") for number in (1, 2, 3)))
        await asyncio.gather(*(ROOMS.write(house.database, number, "hi", joins=[ada.id]) for number in (4, 5)))
        for number in (1, 3):
            assert await socket.texts(f"room:{number}", 1) == [(2, "news")]
        assert await socket.texts("room:5", 1) == [(1, "hi")]
        await ROOMS.write(house.database, 3, "more")
        assert await socket.texts("room:3", 1) == [(3, "more")]
        ROOMS.broken = set()
        assert await socket.texts("room:2", 1) == [(2, "news")]
        assert await socket.texts("room:4", 1) == [(1, "hi")]


async def test_what_one_stream_lacks_is_read_in_parts(served: Served) -> None:
    house = served.house
    ada = await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        ROOMS.rendered.clear()
        await ROOMS.write_many(house.database, [1], 3 * MISSED)
        found = await socket.events("room:1", 3 * MISSED)
        assert [one["ev"] for one in found] == list(range(2, 3 * MISSED + 2))
    assert max(ROOMS.rendered) <= 500


async def test_what_many_streams_lack_is_read_in_parts(served: Served) -> None:
    house = served.house
    ada = await house.account()
    rooms = range(1, 7)
    for number in rooms:
        await ROOMS.write(house.database, number, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        ROOMS.rendered.clear()
        await ROOMS.write_many(house.database, rooms, MISSED)
        for number in rooms:
            assert (await socket.events(f"room:{number}", MISSED))[-1]["ev"] == MISSED + 1
    # Some of them may have been read while they were still coming in.
    assert len(rooms) * MISSED <= sum(ROOMS.rendered) <= len(rooms) * (MISSED + 1)
    assert max(ROOMS.rendered) <= 2000


async def test_a_crowd_that_catches_up_leaves_connections_for_others(served: Served) -> None:
    house = served.house
    ada = await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id])
    for _ in range(CROWD):
        await ROOMS.write(house.database, 1, "news")
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(client(served, ada)) for _ in range(CROWD)]
        ROOMS.may_render.clear()
        asked = [await one.send(op="sync", stream="room:1", since=since) for since, one in enumerate(crowd)]
        await until(lambda: ROOMS.rendered)
        answers = await asyncio.gather(*(ada.client.get("/v1/users/me") for _ in range(CROWD)))
        assert {answer.status_code for answer in answers} == {200}
        ROOMS.may_render.set()
        for since, (one, number) in enumerate(zip(crowd, asked, strict=True)):
            answer = await one.find(lambda found, number=number: found.get("re") == number)  # type: ignore[misc]
            events = answer["ok"]["events"]  # type: ignore[index]
            assert [found["ev"] for found in events] == list(range(since + 1, CROWD + 2))


@pytest.mark.parametrize("is_taken_out", [False, True])
async def test_who_is_let_in_late_reads_from_there_on_unless_taken_out_meanwhile(
    served: Served, is_taken_out: bool
) -> None:
    house = served.house
    ada, bob = await house.account(), await house.account()
    # What is written before that may be heard of once more, and later.
    await listening(served)
    await ROOMS.write(house.database, 1, "come in", joins=[bob.id])
    has_looked = asyncio.Event()

    async def meanwhile() -> None:
        if is_taken_out:
            ev = await ROOMS.write(house.database, 1, "go", leaves=[ada.id])
            served.hub.push("room:1", ev, "said", lambda: orjson.dumps({"text": "go"}), leaves=(ada.id,))
            assert await stays.texts("room:1", 1) == [(ev, "go")]
        has_looked.set()

    async with client(served, ada) as late:
        # Nobody sits in the room: the entry is looked at for whom it lets in, so long that somebody comes meanwhile.
        ROOMS.may_render.clear()
        await ROOMS.write(house.database, 1, "welcome", joins=[ada.id])
        await until(lambda: ROOMS.rendered)
        async with client(served, bob) as stays:
            ROOMS.meanwhile = meanwhile
            ROOMS.may_render.set()
            await has_looked.wait()
            ev = await ROOMS.write(house.database, 1, "private")
            assert await stays.texts("room:1", 1) == [(ev, "private")]
            await late.ask(op="sync", stream="own", since=0)
            told = [one["ev"] for one in late.objects if one.get("stream") == "room:1"]
            assert told == ([] if is_taken_out else [ev])


async def test_what_nobody_waits_for_any_more_is_not_read(served: Served) -> None:
    await ROOMS.write(served.house.database, 1, "news")
    ROOMS.may_render.clear()
    reader = served.hub.reader
    wanted = [Wanted("room:1", 0, 1, limit) for limit in range(1, CROWD + 1)]
    asked = [asyncio.create_task(reader.read_one(one)) for one in wanted]
    await until(lambda: len(ROOMS.rendered) == PAGES)
    for task in asked:
        task.cancel()
    await asyncio.wait(asked)
    ROOMS.may_render.set()
    # Whoever asks for the same after all gets it.
    assert [entry.ev for entry in await reader.read_one(wanted[-1])] == [1]
    assert len(ROOMS.rendered) == PAGES + 1
