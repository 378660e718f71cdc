"""Chats while the server or its database is killed, stopped or held up: nothing said is lost, doubled or disordered."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from sqlalchemy import text

from src.client import wire
from src.database import Database
from src.feature import Registry
from src.features import FEATURES
from src.operations import status as operations_status
from src.runtime import CONSUMED
from tests.system import chat_people
from tests.system.chat_history import History
from tests.system.chat_people import Person
from tests.system.chat_reading import Reader
from tests.system.house import PATIENCE, House, until

pytestmark = pytest.mark.system

KILLS = 3
WRITERS, READERS = 6, 3


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house for all of these stories, which they leave running."""
    quick = {"REALTIME_RATE": "500", "REALTIME_BURST": "1000", "REALTIME_PING_SECONDS": "1"}
    made = House(tmp_path_factory.mktemp("chats") / "house", quick)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def cast(house: House, request: pytest.FixtureRequest) -> list[Person]:
    """People of the test's own."""
    return await chat_people.people(house, request.node.name[5:20], WRITERS + READERS)


@pytest.fixture
async def history(house: House, cast: list[Person]) -> History:
    """Their chat, in which nothing has been said."""
    return History(house.url, await chat_people.group(house, *cast))


def readers_of(history: History, cast: list[Person]) -> list[Reader]:
    """Those of them who read only, and break off at random."""
    moments = random.Random(9)
    return [Reader(history.url, one, history.chat_id, moments) for one in cast[WRITERS:]]


async def connected(readers: list[Reader], before: list[int]) -> None:
    """Returns once each of them has had more connections than before."""
    await until(lambda: all(one.connections > count for one, count in zip(readers, before, strict=True)), "new sockets")


async def holds(house: House, history: History, cast: list[Person]) -> None:
    """All that a history promises."""
    async with house.database() as database:
        await history.is_whole(database)
        await history.is_counted(database, *cast)
    await history.is_remembered(*cast[:WRITERS])


async def test_a_server_that_is_killed_in_the_middle_of_sends(
    house: House, history: History, cast: list[Person]
) -> None:
    port, moments = int(house.url.rpartition(":")[2]), random.Random(6)
    readers = readers_of(history, cast)
    async with history.running(sockets=cast[:3], http=cast[3:WRITERS], readers=readers):
        before = [0 for _ in readers]
        for _ in range(KILLS):
            await connected(readers, before)
            # Right after an answer, which is right in the middle of the others.
            await history.goes_on(moments.randint(20, 90))
            before = [reader.connections for reader in readers]
            await house.kill()
            await house.start(port=port)
        await history.goes_on(30)
    await holds(house, history, cast)
    assert history.cut >= KILLS
    assert all(reader.connections > KILLS for reader in readers)


async def test_a_database_that_is_killed_under_load(house: House, history: History, cast: list[Person]) -> None:
    async with history.running(sockets=cast[:3], http=cast[3:WRITERS], readers=readers_of(history, cast)):
        for _ in range(KILLS):
            await history.goes_on(60)
            victim = house.postmaster()
            assert victim is not None
            victim.kill()
            await history.goes_on(30)
    await holds(house, history, cast)
    # Whoever asked meanwhile was told to come again, and not cut off.
    assert history.statuses[503]
    assert history.cut == 0


async def test_a_transaction_that_is_held_open(house: House, history: History, cast: list[Person]) -> None:
    readers = readers_of(history, cast)
    async with house.database() as database:
        async with history.running(sockets=cast[:3], http=cast[3:WRITERS], readers=readers):
            await history.goes_on(20)
            async with held_open(database):
                [named] = cast[WRITERS : WRITERS + 1]
                async with history.client(cast[0]) as client:
                    cid = history.says(cast[0], f"What does @{named.name} say?")
                    place = await history.post(client, cid)
                    await history.goes_on(60)
                    # Who is there reads on all the while; what follows from a message waits, and skips nothing.
                    await until(lambda: all(reader.ev > place.ev for reader in readers), "the readers")
                    assert await mentions(client, house, named) == 0
                    # That it waits is to be seen.
                    late = await status_of(database)
                    assert late.waiting > 60
                    assert late.lag is not None
                    assert late.lag.total_seconds() > 0
            await history.goes_on(20)
        async with history.client(named) as client, asyncio.timeout(PATIENCE):
            while not await mentions(client, house, named):  # noqa: ASYNC110  the inbox does not call
                await asyncio.sleep(0.05)
            assert await mentions(client, house, named) == 1
        async with asyncio.timeout(PATIENCE):
            while (await status_of(database)).waiting:  # noqa: ASYNC110  nor does the database
                await asyncio.sleep(0.05)
    await holds(house, history, cast)


async def test_what_is_committed_is_on_the_disk(house: House) -> None:
    # No kill can tell: what has been written outlives its process in the system's memory, but there no loss of power.
    async with house.database() as database, database.read() as session:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert await session.scalar(text(f"SHOW {setting}")) == "on", setting


@asynccontextmanager
async def held_open(database: Database) -> AsyncIterator[None]:
    """A transaction for the length of the block, of somebody who asks for something now and then, as a dump does."""
    over = asyncio.Event()
    async with database.write() as session:
        # It has a number, so nothing that comes after it is certain to be the next.
        await session.execute(text("SELECT pg_current_xact_id()"))

        async def linger() -> None:
            while not over.is_set():
                await session.execute(text("SELECT 1"))
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), 1)

        task = asyncio.create_task(linger())
        try:
            yield
        finally:
            over.set()
            await task


async def status_of(database: Database) -> operations_status.Status:
    """What `hearth status` shows."""
    async with database.read() as session:
        return await operations_status.read(session, Registry(FEATURES, consumed=CONSUMED))


async def mentions(client: httpx.AsyncClient, house: House, person: Person) -> int:
    """How often somebody's inbox tells of being named."""
    answer = await client.get(f"{house.url}/v1/notifications", headers=person.headers)
    assert answer.is_success, answer.text
    return sum(one["kind"] == "chat_mention" for one in answer.json()["items"])


async def test_a_server_that_stands_still_for_a_while(
    house: House, history: History, cast: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Clients are as patient as a network asks for, this test is not.
    monkeypatch.setattr(wire, "SILENCE_SECONDS", 1)
    history.patience = 2
    readers = readers_of(history, cast)
    for reader in readers:
        reader.moments = None
    async with history.running(sockets=cast[:3], http=cast[3:WRITERS], readers=readers):
        await history.goes_on(30)
        before = [reader.connections for reader in readers]
        breaks = [reader.breaks for reader in readers]
        house.process.send_signal(signal.SIGSTOP)
        try:
            # Requests are given up, and sent again to a server that does all of them in the end.
            await until(lambda: history.cut >= 3, "impatience")
            await until(
                lambda: all(now.breaks > then for now, then in zip(readers, breaks, strict=True)), "silence noticed"
            )
        finally:
            house.process.send_signal(signal.SIGCONT)
        await history.goes_on(60)
        await connected(readers, before)
    await holds(house, history, cast)
    assert history.doubled
