"""Several processes on one database tell their sockets the same, whatever a hint between them meets with."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import orjson
import pytest
from fastapi import FastAPI

from src.config import Settings
from src.database import Database
from src.events.handlers import StreamEcho
from src.realtime import feature as realtime_feature
from tests.chats import rooms as chat_rooms
from tests.hearth import opened
from tests.patience import PATIENT
from tests.realtime.rooms import ROOMS, WITH_ROOMS
from tests.realtime.served import PATIENCE, Served, client, serving, until

FAST = {"realtime_ping_seconds": 0.5, "realtime_pong_seconds": 60}


@asynccontextmanager
async def process(app: FastAPI, settings: Settings, database: Database) -> AsyncIterator[Served]:
    """One more process on this database."""
    url = database.engine.url.render_as_string(hide_password=False)
    own = Database(url, pool_size=4, pool_timeout=30, settings=PATIENT)
    try:
        async with opened(app, settings, own, WITH_ROOMS) as house, serving(house, settings) as found:
            yield found
    finally:
        await own.close()


async def listening(*places: Served) -> None:
    """Waits until each of these processes hears what is written from now on."""
    await until(lambda: all(place.house.runtime.events._everywhere._since for place in places))


async def hearing(database: Database, count: int) -> None:
    """Waits until so many processes hear what passes from now on; as long as none of them has said anything."""
    voices = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hearth voices'"
        " AND state = 'idle' AND query LIKE 'LISTEN%'"
    )
    async with asyncio.timeout(PATIENCE):
        while len(await database.fetch(voices, ())) < count:
            pass


@pytest.mark.usefixtures("woken_alone")
async def test_what_one_process_writes_the_sockets_of_the_other_hear(
    served: Served, app_with_rooms: FastAPI, settings: Settings, database: Database
) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    await ROOMS.write(database, 1, "come in", joins=[ada.id])
    async with (
        process(app_with_rooms, settings, database) as elsewhere,
        client(served, ada) as here,
        client(elsewhere, bob) as there,
    ):
        await listening(served, elsewhere)
        # Nobody there reads the room: that somebody is let in is found nevertheless.
        await ROOMS.write(served.house.database, 1, "bob", joins=[bob.id])
        assert await there.texts("room:1", 1) == [(2, "bob")]
        both = (here, there)
        asked = [(socket, await socket.send(op="say", room="1", text="x")) for _ in range(10) for socket in both]
        answers = [await socket.find(lambda one, number=number: one.get("re") == number) for socket, number in asked]  # type: ignore[misc]
        assert sorted(answer["ok"]["ev"] for answer in answers) == list(range(3, 23))  # type: ignore[index]
        for socket, first in ((here, 2), (there, 3)):
            assert [ev for ev, _ in await socket.texts("room:1", 23 - first)] == list(range(first, 23))
        await hearing(database, 2)
        await there.ask(op="hum", room="1", text="")
        passing = await here.find(lambda one: one.get("op") == "eph")
        assert (passing["stream"], passing["t"], passing["d"]) == ("room:1", "typing", {"account": str(bob.id)})
        for number, to in ((7, [ada.id]), (8, [bob.id]), (9, None)):
            data = orjson.dumps({"account": str(number)})
            served.hub.ephemeral("room:1", "typing", data, by=number, to=to)
        for socket, heard in ((here, ("7", "9")), (there, ("8", "9"))):
            for account in heard:
                passing = await socket.find(lambda one: one.get("op") == "eph")
                assert passing["d"] == {"account": account}
        await ROOMS.write(elsewhere.house.database, 1, "go", leaves=[bob.id, ada.id])
        await ROOMS.write(served.house.database, 1, "alone")
        for socket in (here, there):
            assert await socket.texts("room:1", 1) == [(23, "go")]
        for place, person, socket in ((served, ada, here), (elsewhere, bob, there)):
            assert all("room:1" not in connection.streams for connection in place.hub.of_account(person.id))
            await ROOMS.write(place.house.database, 2, "another", joins=[person.id])
            await socket.events("room:2", 1)
            assert not [one for one in socket.objects if one.get("stream") == "room:1" and one["op"] == "ev"]


@pytest.mark.usefixtures("woken_alone")
async def test_a_message_that_is_sent_by_one_process_the_sockets_of_the_other_hear(
    served: Served, app_with_rooms: FastAPI, settings: Settings, database: Database
) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    chat = await chat_rooms.room(served.house, ada, bob)
    async with (
        process(app_with_rooms, settings, database) as elsewhere,
        client(served, ada) as here,
        client(elsewhere, bob) as there,
    ):
        await listening(served, elsewhere)
        for speaker, hearer, text in ((here, there, "hello"), (there, here, "hello yourself")):
            await speaker.ask(op="send", chat_id=str(chat.id), text=text)
            heard = await hearer.find(lambda one, text=text: one.get("t") == "msg.new" and text in str(one))  # type: ignore[misc]
            assert heard["stream"] == f"chat:{chat.id}"


@pytest.mark.parametrize("limits", [FAST])
async def test_a_hint_that_is_lost_is_found_within_a_ping(served: Served) -> None:
    ada = await served.house.account()
    await listening(served)
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        with silence(served) as lost:
            await ROOMS.write(served.house.database, 1, "unheard")
            assert lost == [("room:1", 2)]
        assert await socket.texts("room:1", 1) == [(2, "unheard")]


@contextmanager
def silence(served: Served) -> Iterator[list[tuple[str, int]]]:
    """A bus that loses all hints of the process for the length of the block; gives those."""
    everywhere = served.house.runtime.events._everywhere
    echoes = everywhere._echoes
    lost: list[tuple[str, int]] = []
    everywhere._echoes = (StreamEcho(lambda stream, ev, _resources: lost.append((stream, ev))),)
    yield lost
    everywhere._echoes = echoes


async def test_a_push_that_is_early_waits_and_what_lacks_is_read(served: Served) -> None:
    ada = await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        served.hub.push("room:1", 4, "said", lambda: b'{"text":"early"}')
        for ev in (2, 3):
            assert await ROOMS.write(served.house.database, 1, str(ev)) == ev
        assert await socket.texts("room:1", 3) == [(2, "2"), (3, "3"), (4, "early")]
        # Said of what is not there: forgotten.
        served.hub.hint("room:1", 99)
        await until(lambda: served.hub.channels["room:1"].line.missing is None)


async def test_what_is_pushed_before_who_it_lets_in_is_known_is_not_lost(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    async with client(served, ada) as socket:
        for ev, joins in ((1, [ada.id]), (2, []), (3, [])):
            ROOMS.last_ev[5] = ev - 1
            await ROOMS.write(served.house.database, 5, str(ev), joins=joins)
        assert await socket.texts("room:5", 3) == [(1, "1"), (2, "2"), (3, "3")]
        # By the fast path in the wrong order.
        served.hub.push("room:6", 2, "said", lambda: b'{"text":"second"}')
        ROOMS.last_ev[6] = 0
        await ROOMS.write(served.house.database, 6, "first", joins=[ada.id, bob.id])
        await ROOMS.write(served.house.database, 6, "second")
        assert [ev for ev, _ in await socket.texts("room:6", 2)] == [1, 2]


def test_the_hub_hears_of_all_streams() -> None:
    assert [part for part in realtime_feature.FEATURE.parts if isinstance(part, StreamEcho)]
