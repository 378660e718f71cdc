"""Chats whose entries travel between two servers through Kafka, while that is killed, stopped, full and wiped."""

import asyncio
import os
import random
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from src import embedded
from src.database import Database
from src.events import backbone, lag, lane_queries, wire
from src.events.models import OutboxRow, Subscription
from src.events.records import Position
from tests.events.brokers import REAL, Broker, note, records, running, started
from tests.events.parts import published
from tests.patience import PATIENT
from tests.system import chat_people
from tests.system.chat_history import History
from tests.system.chat_reading import Reader
from tests.system.conftest import Build
from tests.system.disks import fill, mounted
from tests.system.house import PATIENCE, House, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

# How often Kafka is killed, and for how many seconds longer than necessary it is stopped: `scripts/soak.sh` asks for
# more.
KILLS = int(os.environ.get("HEARTH_KAFKA_KILLS", "2"))
STOPPED = float(os.environ.get("HEARTH_KAFKA_STOPPED", "0"))
_SAVING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE subscriptions%'"


@pytest.fixture
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A real broker of the test's own."""
    note(request, REAL)
    with running(tmp_path / "kafka") as found:
        yield found


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database that is no server's own."""
    server = await asyncio.to_thread(embedded.start, tmp_path / "elsewhere", {"fsync": "off"})
    found = Database(server.owner_url, pool_timeout=30, settings=PATIENT)
    yield found
    await found.close()
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def pair(build: Build, broker: Broker, database: Database) -> tuple[House, House]:
    """Two servers over it; the first one leads the relay."""
    secrets = {name: urlsafe_b64encode(name.ljust(32).encode()).decode() for name in ("SIGNING_KEYS", "REFRESH_SECRET")}
    url = database.engine.url.render_as_string(hide_password=False)
    settings = {
        **secrets,
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
        "REALTIME_RATE": "500",
        "REALTIME_BURST": "1000",
        "REALTIME_PING_SECONDS": "2",
    }
    first, second = build(**settings), build(**settings)
    for one in (first, second):
        one.module = "tests.system.hasty"
        await one.start()
    return first, second


async def test_what_is_written_at_one_server_is_read_at_the_other_whatever_happens_to_kafka(
    pair: tuple[House, House], broker: Broker, database: Database
) -> None:
    first, second = pair
    cast = await chat_people.people_of(database, first, "kafka", 6)
    history = History(first.url, await chat_people.group(first, *cast))
    # Whoever comes anew has the server look how far the chat is: so nobody does at the second one, but at the first.
    readers = [Reader(second.url, one, history.chat_id) for one in cast[3:5]]
    readers.append(Reader(first.url, cast[5], history.chat_id, random.Random(4)))
    async with history.running(sockets=cast[:2], http=cast[2:3], readers=readers):
        for _ in range(KILLS):
            await history.goes_on(30)
            await asyncio.to_thread(broker.kill)
            # Kafka is nothing that a sender waits for.
            await history.goes_on(30)
            await started(broker)
            await _read(history, readers)
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.wipe)
        await history.goes_on(30)
        await started(broker)
        await _read(history, readers)
        await _published_and_not_noted(first, database)
        await history.goes_on(30)
        await _read(history, readers)
        assert max((await _in_kafka(broker)).values()) > 1
        await _stopped_for_long(pair, broker, database, history)
        await _read(history, readers)
    await _nothing_is_left_out(broker, database)
    await history.is_whole(database)
    await history.is_counted(database, *cast)
    # No request failed but those to the server that was killed.
    assert set(history.statuses) <= {200, 201, 204, 404}


async def _read(history: History, readers: list[Reader]) -> None:
    """Returns once everybody has read what has been said by now."""
    last = max(place.ev for place in history.acknowledged.values())
    await until(lambda: all(reader.ev >= last for reader in readers), f"{last}; {[reader.ev for reader in readers]}")


async def _published_and_not_noted(leader: House, database: Database) -> None:
    """The relay has published when it is killed, and has not noted it: it all comes once more."""
    place = select(Subscription).where(Subscription.name == lane_queries.PUBLISHED).with_for_update()
    is_noting = False
    async with asyncio.timeout(PATIENCE):
        while not is_noting:
            async with database.write() as session:
                await session.execute(place)
                # What is written from here on is not published while this transaction lasts. If there is nothing older
                # that has not been published yet, another attempt has to find something.
                if is_noting := await _comes_to_note(database):
                    await leader.kill()
    await leader.start(port=int(leader.url.rpartition(":")[2]))


async def _comes_to_note(database: Database) -> bool:
    """Whether the relay tries to note something within a moment."""
    for _ in range(50):
        if await _is_saving(database):
            return True
        await asyncio.sleep(0.02)
    return False


async def _is_saving(database: Database) -> bool:
    # A transaction of its own for each look: within one the activity stays as it was first seen.
    async with database.read() as session:
        return bool(await session.scalar(text(_SAVING)))


async def _in_kafka(broker: Broker) -> Counter[Position]:
    """How often Kafka has each place of the outbox."""
    found = backbone.backbone("hearth", {"bootstrap.servers": broker.bootstrap})
    heads = map(wire.letterhead, await asyncio.to_thread(records, found, found.streams))
    return Counter(head.place for head in heads if head is not None)


async def _nothing_is_left_out(broker: Broker, database: Database) -> None:
    """From the first event on that Kafka has, it has all of all streams."""
    await published(database)
    there = await _in_kafka(broker)
    of_streams = select(OutboxRow.xid, OutboxRow.gid).where(OutboxRow.stream.is_not(None))
    async with database.read() as session:
        written = {Position(*row) for row in await session.execute(of_streams)}
    assert {place for place in written if place >= min(there)} == there.keys()


async def _stopped_for_long(pair: tuple[House, House], broker: Broker, database: Database, history: History) -> None:
    """Longer than the producer waits: it gives up, is opened anew, and nobody but it has anything to do with that."""
    await asyncio.to_thread(broker.stop)
    history.pause, before, told = 0.3, len(history.acknowledged), _waits(pair)
    await until(lambda: _waits(pair) >= told + 3, "the relay to give up again and again")
    await asyncio.sleep(STOPPED)
    await history.goes_on(30)
    since = len(history.acknowledged) - before
    async with database.read() as session:
        assert (await lag.unpublished(session)).count >= since
    await started(broker)
    history.pause = 0.0


def _waits(pair: tuple[House, House]) -> int:
    """How often the relay has said that it gets no further, whichever of them leads it now."""
    return sum(one.log.read_text().count("events wait for Kafka") for one in pair)


async def test_a_kafka_whose_disk_is_full_holds_up_nobody(
    build: Build, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    note(request, REAL)
    with mounted(tmp_path / "disk") as disk, running(disk / "kafka") as broker:
        house = build(KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap, REALTIME_RATE="500", REALTIME_BURST="1000")
        house.module = "tests.system.hasty"
        await house.start()
        cast = await chat_people.people(house, "full", 3)
        history = History(house.url, await chat_people.group(house, *cast))
        async with house.database() as database:
            async with history.running(sockets=cast[:1], readers=[Reader(house.url, cast[2], history.chat_id)]):
                await history.goes_on(30)
                filler = fill(disk)
                log = broker.folder.with_suffix(".log")
                await until(lambda: "No space left" in log.read_text(), "the end of Kafka")
                await history.goes_on(30)
                async with database.read() as session:
                    assert (await lag.unpublished(session)).count
                filler.unlink()
                await asyncio.to_thread(broker.kill)
                await started(broker)
            await published(database)
            await history.is_whole(database)
            await history.is_counted(database, *cast)
