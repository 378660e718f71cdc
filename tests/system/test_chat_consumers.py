"""What follows from messages is done by consumers behind Kafka, which are killed, stopped and joined by others."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from src.chats import notice_kinds
from src.database import Database
from src.feature import Registry
from src.features import FEATURES
from src.operations import status as operations_status
from src.runtime import CONSUMED
from tests.events.brokers import REAL, Broker, note, running
from tests.system import chat_people
from tests.system.chat_history import History
from tests.system.chat_people import Person
from tests.system.conftest import Build
from tests.system.house import PATIENCE
from tests.system.test_kafka import consumer

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

NAMED, CHATS = 40, 5
_NEWS = "SELECT account_id, kind FROM notifications WHERE account_id = ANY(:ids)"


@pytest.fixture
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A real broker of the test's own."""
    note(request, REAL)
    with running(tmp_path / "kafka") as found:
        yield found


async def test_consumers_that_come_go_and_die_tell_everybody_once(build: Build, broker: Broker) -> None:
    house = build(KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap)
    await house.start()
    writer, *named = await chat_people.people(house, "named", NAMED + 1)
    # Several chats go by several partitions, which consumers share.
    shares = [named[number::CHATS] for number in range(CHATS)]
    histories = [History(house.url, await chat_people.group(house, writer, *those)) for those in shares]
    waiting = [(histories[number % CHATS], one) for number, one in enumerate(named)]

    async def name(client_: AsyncExitStack, count: int) -> None:
        """So many of them are named, one in each message."""
        client = await client_.enter_async_context(histories[0].client(writer))
        for _ in range(count):
            history, one = waiting.pop()
            await history.post(client, history.says(writer, f"What does @{one.name} say?"))

    async with AsyncExitStack() as stack, house.database() as database:
        async with consumer(house) as first:
            await name(stack, 10)
            await until_told(database, named, 1)
            async with consumer(house):
                await name(stack, 10)
                # In the middle of them, and its partitions are the other one's.
                first.kill()
                await asyncio.to_thread(first.wait, PATIENCE)
                await name(stack, 5)
                async with consumer(house) as third:
                    await name(stack, 5)
                # That one was told to stop, and went in order; the next one dies as soon as it has begun.
                assert third.returncode == 0
                async with consumer(house) as fourth:
                    await name(stack, 5)
                    fourth.kill()
                    await asyncio.to_thread(fourth.wait, PATIENCE)
                await name(stack, 5)
                assert not waiting
                await until_told(database, named, NAMED)
                await until_done(database)
        assert await told(database, named) == Counter({(one.id, notice_kinds.MENTION.name): 1 for one in named})
        for history in histories:
            await history.is_whole(database)
        async with database.read() as session:
            assert await session.scalar(text("SELECT count(*) FROM dead_letters")) == 0


async def told(database: Database, people: list[Person]) -> Counter[tuple[int, str]]:
    """How often each of them has been told of being named; what else they are told of the chat gives way to that."""
    async with database.read() as session:
        rows = (await session.execute(text(_NEWS), {"ids": [one.id for one in people]})).all()
    return Counter((row.account_id, row.kind) for row in rows if row.kind == notice_kinds.MENTION.name)


async def until_told(database: Database, people: list[Person], count: int) -> None:
    """Returns once so many have been told."""
    async with asyncio.timeout(PATIENCE):
        while len(await told(database, people)) < count:  # noqa: ASYNC110  the database does not call
            await asyncio.sleep(0.05)


async def until_done(database: Database) -> None:
    """Returns once nothing waits any more."""
    registry = Registry(FEATURES, consumed=CONSUMED)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.read() as session:
                if not (await operations_status.read(session, registry)).waiting:
                    return
            await asyncio.sleep(0.05)
