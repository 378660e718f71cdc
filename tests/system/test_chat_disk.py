"""Chats on a disk that fills up, and in a folder whose database dies while it writes its memory down."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from src import embedded
from src.config import ROOT
from tests.system import chat_people
from tests.system.chat_history import History
from tests.system.chat_people import Person
from tests.system.chat_reading import Reader
from tests.system.conftest import Build
from tests.system.disks import fill, mounted
from tests.system.house import PATIENCE, House, until

pytestmark = pytest.mark.system

QUICK = {"REALTIME_RATE": "500", "REALTIME_BURST": "1000", "REALTIME_PING_SECONDS": "1"}
# With a checkpoint every so often, each of which takes its time.
_RESTLESS = {"log_checkpoints": "on", "max_wal_size": "32MB", "min_wal_size": "32MB", "checkpoint_timeout": "30s"}
_MUCH = "SELECT pg_logical_emit_message(false, 'test', repeat('x', 40000000))"
KILLS = 2


async def begun(house: House, name: str) -> tuple[list[Person], History]:
    """People in a chat, in which nothing has been said."""
    cast = await chat_people.people(house, name, 5)
    return cast, History(house.url, await chat_people.group(house, *cast))


async def holds(house: House, history: History, cast: list[Person]) -> None:
    """All that a history promises."""
    async with house.database() as database:
        await history.is_whole(database)
        await history.is_counted(database, *cast)
    await history.is_remembered(*cast[:3])


async def test_a_chat_on_a_full_disk_is_read_and_goes_on_with_the_room(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        house = House(disk / "house", QUICK)
        await house.start()
        try:
            cast, history = await begun(house, "full")
            readers = [Reader(house.url, one, history.chat_id) for one in cast[3:]]
            async with history.running(sockets=cast[:1], http=cast[1:3], readers=readers):
                for _ in range(2):
                    await history.goes_on(20)
                    filler, goal = fill(disk), history.statuses[503] + 20
                    await until(lambda goal=goal: history.statuses[503] > goal, "refusals")  # type: ignore[misc]
                    await _is_read(house, history, cast[4])
                    filler.unlink()
                await history.goes_on(20)
            await holds(house, history, cast)
            # Nobody was left without an answer.
            assert (history.cut, house.process.poll()) == (0, None)
        finally:
            (disk / "filler").unlink(missing_ok=True)
            await house.close()


async def _is_read(house: House, history: History, reader: Person) -> None:
    """Messages and the stream are there for who only reads."""
    async with house.client() as client:
        for path in (f"/v1/chats/{history.chat_id}/messages", f"/v1/streams/{history.stream}/events"):
            answer = await client.get(path, headers=reader.headers)
            assert answer.is_success, answer.text


async def test_a_database_that_is_killed_with_its_server_in_the_middle_of_a_checkpoint(build: Build) -> None:
    house = build(**QUICK)
    await _restless(house)
    cast, history = await begun(house, "checkpoint")
    readers = [Reader(house.url, one, history.chat_id) for one in cast[3:]]
    async with history.running(sockets=cast[:1], http=cast[1:3], readers=readers):
        for _ in range(KILLS):
            await history.goes_on(40)
            await _amid_checkpoint(house, history)
            victim = house.postmaster()
            assert victim is not None
            # Else it may find that its database has died, and start it again.
            house.process.send_signal(signal.SIGSTOP)
            for process in (victim, *victim.children()):
                # Those that are left end by themselves, as soon as they notice.
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            await house.kill()
            await _restless(house, port=int(house.url.rpartition(":")[2]))
        await _nobody_else(house)
        await history.goes_on(30)
    await holds(house, history, cast)
    assert history.cut


async def _amid_checkpoint(house: House, history: History) -> None:
    """Waits for a checkpoint during which messages are sent and which goes on after them; some end too soon."""
    is_amid = False
    while not is_amid:
        async with house.database() as database, database.write() as session:
            await session.execute(text(_MUCH))
        await until(lambda: _is_under_way(house), "a checkpoint")
        await history.goes_on(5)
        is_amid = _is_under_way(house)


async def _restless(house: House, *, port: int | None = None) -> None:
    """Starts the house over a database that has not much time between two checkpoints."""
    share = await asyncio.to_thread(embedded.start, house.data, _RESTLESS)
    await house.start(port=port)
    await asyncio.to_thread(share.stop)


def _is_under_way(house: House) -> bool:
    """Whether a checkpoint is; one that was cut off has ended, too."""
    log = (house.data / "postgres" / "postgres.log").read_text(errors="replace")
    ends = map(log.rfind, ("checkpoint complete: ", "database system was interrupted"))
    return log.rfind("checkpoint starting: ") > max(ends)


async def _nobody_else(house: House) -> None:
    """Another server in the same folder is refused, and says by whom."""
    environment = {**os.environ, "HEARTH_DATA": str(house.data), "HEARTH_ENV_FILE": "", "ENVIRONMENT": "development"}
    run = [sys.executable, "-m", "src", "serve", "--port", "0"]
    done = await asyncio.to_thread(
        subprocess.run, run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode != 0
    assert str(house.process.pid) in done.stderr, done.stderr
