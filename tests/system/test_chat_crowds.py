"""Chats with many people, with slow ones, with those who are thrown out, and over networks that break anywhere."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import psutil
import pytest

from src.auth.keyring import ACCESS_TOKEN_LIFETIME, LEEWAY
from src.client import connection, wire
from src.client.exceptions import Ended
from src.client.session import Key
from src.realtime.constants import FULL_BYTES, CloseCode
from tests.system import chat_people
from tests.system.chat_crowd import Crowd
from tests.system.chat_history import History
from tests.system.chat_people import Person
from tests.system.chat_reading import Reader
from tests.system.house import PATIENCE, House, until
from tests.system.tunnel import tunnel

pytestmark = pytest.mark.system

SENDERS = 200
CROWD, SOCKETS_EACH = 50, 20
SLOW = 20
# Messages of ten kilobytes, far more in all than kernel and server keep for one.
WRITERS, BIG = 8, 40
GRACE = 1.0
# For how much longer a token is good: the longer ones are for machines so busy that nothing is read meanwhile.
LEFT = (2, 10, 50)
# At once, on a busy machine; who is not told that a session has ended finds out after minutes.
AT_ONCE = 20.0
# What the process may grow by for each slow reader: what waits for one, and what is about to.
SLOW_BYTES = 2 * FULL_BYTES


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house for all of these stories."""
    settings = {
        "REALTIME_RATE": "500",
        "REALTIME_BURST": "1000",
        "REALTIME_PING_SECONDS": "1",
        "REALTIME_PONG_SECONDS": "60",
        "REALTIME_SLOW_SECONDS": "120",
        "REALTIME_SOCKETS_EACH": "100",
        "REALTIME_GRACE_SECONDS": str(GRACE),
        # A thousand clients in one process, which may stand still before all of them have said hello.
        "REALTIME_HELLO_SECONDS": "60",
        # A thousand who say hello at once keep all connections busy; it is enough that everybody's turn comes.
        "POOL_TIMEOUT": "10",
    }
    # No statement is given up that stands still together with the machine: nobody is to be refused.
    made = House(tmp_path_factory.mktemp("crowds") / "house", settings, module="tests.system.patient")
    await made.start()
    yield made
    await made.close()


async def begun(house: House, name: str, count: int) -> tuple[list[Person], History]:
    """So many people in a chat, in which nothing has been said."""
    cast = await chat_people.people(house, name, count)
    return cast, History(house.url, await chat_people.group(house, *cast))


async def holds(house: House, history: History, *members: Person) -> None:
    """All that a history promises."""
    async with house.database() as database:
        await history.is_whole(database)
        await history.is_counted(database, *members)


async def test_two_hundred_senders_in_one_chat(house: House) -> None:
    cast, history = await begun(house, "sender", SENDERS)
    readers = [Reader(house.url, one, history.chat_id) for one in cast[:3]]
    async with history.running(sockets=cast[:-20], http=cast[-20:], readers=readers):
        await history.goes_on(3 * SENDERS)
    await holds(house, history, *cast[::40])
    assert len({sender_id for sender_id, _ in history.sent.values()}) == SENDERS


async def test_a_thousand_sockets_that_come_back_at_once(house: House) -> None:
    cast, history = await begun(house, "crowd", CROWD + 1)
    crowd = Crowd(house.url, cast[1:], history.stream, SOCKETS_EACH)
    # Each word goes to a thousand.
    history.pause = 0.3
    async with history.running(http=cast[:1]):
        await crowd.come(times=1)
        crowd.cut()
        await crowd.come(times=2)
        # Whoever wrote meanwhile was not refused.
        assert set(history.statuses) <= {200, 201, 204}
        # The server is stopped in order: they are told when to come again, each at another time.
        house.ask_to_stop()
        await until(lambda: all(one.is_lost for one in crowd.sockets), "the end of all sockets")
        assert await asyncio.to_thread(house.process.wait, PATIENCE) == 0
        await house.start(port=crowd.port)
        byes = [one.byes[-1] for one in crowd.sockets if one.byes]
        assert {code for code, _ in byes} == {CloseCode.RESTART}
        waits = [after_ms / 1000 for _, after_ms in byes]
        assert len(waits) == len(crowd.sockets)
        assert len(set(waits)) > len(waits) / 2
        await crowd.come(times=3, waits=waits)
        await history.goes_on(5)
    last = max(place.ev for place in history.acknowledged.values())
    await crowd.has_read(last)
    assert not [one.wrong for one in crowd.sockets if one.wrong]
    # They wait for each other, and not in vain.
    assert sum(one.late for one in crowd.sockets) < len(crowd.sockets) / 20
    crowd.cut()
    await holds(house, history, *cast[:3])


async def _say_much(history: History, one: Person) -> None:
    async with connection.Client(history.url, Key(one.token).tokens) as client:
        for number in range(BIG):
            await history.say(client, one, f"{number} {'x' * 9_900}")


async def test_readers_who_are_slow_cost_bounded_memory(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # Who does not read for so long would ask for another connection.
    monkeypatch.setattr(wire, "SILENCE_SECONDS", PATIENCE)
    cast, history = await begun(house, "slow", 4)
    slow = [Reader(house.url, cast[number % 2], history.chat_id) for number in range(SLOW)]
    quick = Reader(house.url, cast[2], history.chat_id)
    process = psutil.Process(house.process.pid)
    async with history.running(http=cast[3:], readers=[*slow, quick]):
        await until(lambda: all(one.ev for one in [*slow, quick]), "the readers")
        for one in slow:
            await until(lambda one=one: one.pauses(is_on=True), "a socket that pauses")  # type: ignore[misc]
        before = process.memory_info().rss
        await asyncio.gather(*(_say_much(history, cast[3]) for _ in range(WRITERS)))
        last = max(place.ev for place in history.acknowledged.values())
        await until(lambda: quick.ev >= last, "the quick one")
        grown = process.memory_info().rss - before
        for one in slow:
            one.pauses(is_on=False)
    await holds(house, history, *cast)
    assert grown < SLOW * SLOW_BYTES, f"{grown / SLOW / 1024:.0f} KiB for each"
    assert all(one.client is not None and one.client.lags for one in slow)


async def test_who_is_removed_gets_nothing_afterwards(house: House) -> None:
    cast, history = await begun(house, "removed", 5)
    owner = cast[0]
    stays, removed = Reader(house.url, cast[1], history.chat_id), cast[2:4]
    out = [Reader(house.url, one, history.chat_id) for one in removed]
    async with history.running(sockets=[owner, cast[4]], http=[cast[1]], readers=[stays]), AsyncExitStack() as stack:
        reading = [asyncio.create_task(one.run()) for one in out]
        for task in reading:
            stack.callback(task.cancel)
        async with history.client(owner) as client:
            for one, reader in zip(removed, out, strict=True):
                await history.goes_on(30)
                # Else it may come when it is not let in any more.
                await until(lambda reader=reader: reader.ev > 10, "the reader")  # type: ignore[misc]
                answer = await client.delete(f"{house.url}/v1/groups/{history.chat_id}/members/{one.id}")
                assert answer.is_success, answer.text
        await until(lambda: all(map(_is_out, out)), "what they are told last")
        await history.goes_on(50)
        for one, reader in zip(removed, out, strict=True):
            async with history.client(one) as client:
                for path in (f"/v1/streams/{history.stream}/events", f"/v1/chats/{history.chat_id}/messages"):
                    assert (await client.get(house.url + path)).status_code == 404
            *heard, last = reader.entries
            assert [entry.ev for entry in heard] == list(range(1, last.ev))
            assert (last.type, last.data["account_id"]) == ("member.leave", str(one.id))
            assert not [entry for entry in heard if entry.type == "member.leave" and entry.data == last.data]
    await holds(house, history, owner, cast[1])


def _is_out(reader: Reader) -> bool:
    leaves = [entry.data["account_id"] for entry in reader.entries if entry.type == "member.leave"]
    return str(reader.person.id) in leaves


async def test_a_session_or_a_token_that_ends_ends_the_stream(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # The clients do not find out by themselves that their tokens have ended.
    monkeypatch.setattr(connection, "REFRESH_EVERY_SECONDS", 2 * PATIENCE)
    cast, history = await begun(house, "ended", 4)
    stays, leaves = (Reader(house.url, one, history.chat_id) for one in cast[1:3])
    async with history.running(sockets=cast[:1], readers=[stays]):
        left = asyncio.create_task(leaves.run())
        await until(lambda: leaves.ev > 10, "the reader")
        expires, expired, expires_in = await _about_to_expire(house, history, cast[3])
        async with history.client(cast[2]) as client:
            assert (await client.post(f"{house.url}/v1/auth/logout")).is_success
        ended_at = time.monotonic()
        for task, within in ((left, AT_ONCE), (expired, expires_in + GRACE + AT_ONCE)):
            with pytest.raises(Ended) as ended:
                await asyncio.wait_for(task, PATIENCE)
            assert ended.value.code in {4401, 4403}
            assert time.monotonic() - ended_at < within
        ends = [leaves.ev, expires.ev]
        await history.goes_on(30)
        assert [leaves.ev, expires.ev] == ends
        for one in (leaves, expires):
            assert [entry.ev for entry in one.entries] == list(range(1, one.ev + 1))
    await holds(house, history, cast[0], cast[1])


async def _about_to_expire(house: House, history: History, one: Person) -> tuple[Reader, "asyncio.Task[None]", float]:
    """Somebody who is reading with a token that is still good for so many seconds."""
    for seconds in LEFT:
        age = ACCESS_TOKEN_LIFETIME + LEEWAY - timedelta(seconds=seconds)
        token = chat_people.token_of(house, one.id, one.session_id, age=age)
        reader = Reader(house.url, Person(one.id, one.name, token, one.session_id), history.chat_id)
        task = asyncio.create_task(reader.run())
        await until(lambda reader=reader, task=task: reader.ev > 10 or task.done(), "the reader")  # type: ignore[misc]
        if not task.done():
            return reader, task, seconds
        assert isinstance(task.exception(), Ended)
    raise AssertionError("no token lasts long enough for this machine")


async def test_networks_that_break_after_any_byte_or_fall_silent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # Beyond the second between two pings.
    monkeypatch.setattr(wire, "SILENCE_SECONDS", 0.5)
    cast, history = await begun(house, "network", 6)
    async with tunnel(house.url, (500, 60_000), seed=3) as way:
        history.url, history.patience = way.url, 2
        readers = [Reader(way.url, one, history.chat_id) for one in cast[3:]]
        async with history.running(sockets=cast[:2], http=cast[2:3], readers=readers, cut_off=True):
            await until(lambda: way.fates.count("silent") > 5 and way.fates.count("cut") > 5, "the breaks")
            await history.goes_on(20)
            way.is_sound = True
        history.url = house.url
        await holds(house, history, *cast)
