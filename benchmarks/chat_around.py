"""Rows of what stands around sends: memory of sockets that wait, and what Kafka costs who sends."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from confluent_kafka import KafkaException, Producer
from rich.console import Console

from benchmarks import chat_load, chat_set, chats, house, rows
from src.config import ROOT

_PORT = 8724
_FIRST_SOCKETS, _SOCKETS = 200, 2_000
_PAIRS = 50
_ROUNDS = 3
_SECONDS = 5.0
_SCRIPT = ROOT / "scripts" / "kafka.sh"
_START_SECONDS = 60


async def memory() -> list[rows.Row]:
    """Resident bytes of a socket that is authenticated, reads a chat and its own stream, and is still."""
    async with house.house() as place:
        people = await chat_set.people(place, _FIRST_SOCKETS + _SOCKETS)
        await chat_set.chats(place, [people], series=1)
        tokens = [one.token for one in people]
        async with (
            house.hearth(place, _PORT, pinned=False, more=chats.ROOMY) as server,
            # What the first ones cost is the server's own.
            chat_load.opened(chat_load.Job(_PORT, tokens[:_FIRST_SOCKETS])),
        ):
            before = server.memory()
            async with chat_load.opened(chat_load.Job(_PORT, tokens[_FIRST_SOCKETS:])):
                each = (server.memory() - before) * 1e6 / _SOCKETS
        return [rows.at_most(f"memory of a quiet socket, of {_SOCKETS:,}", each / 1000, "KB", None, 25.0)]


async def kafka() -> list[rows.Row]:
    """The time to the answer at a moderate load with Kafka and without, in turn; the broker runs all the time."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        Console().print("kafka: left out, there is no Java or no Maven for scripts/kafka.sh")
        return []
    async with house.house() as place, _broker(place) as bootstrap:
        people = await chat_set.people(place, 2 * _PAIRS)
        pairs = await chat_set.chats(place, [people[2 * n : 2 * n + 2] for n in range(_PAIRS)], series=1)
        with_kafka = chats.ROOMY | {"KAFKA_BOOTSTRAP_SERVERS": bootstrap}
        await _migrate(place, with_kafka)
        times: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(_ROUNDS):
            for more in (chats.ROOMY, with_kafka):
                async with house.hearth(place, _PORT, pinned=False, more=more):
                    result = await chat_load.run(chats.pairs_job(_PORT, people, pairs, seconds=_SECONDS))
                times[more is with_kafka].append(result.p50)
        return [
            rows.at_most(
                "answer to a send with Kafka, p50 against without", median(times[True]), "ms", median(times[False]), 1.1
            )
        ]


async def _migrate(place: house.House, more: dict[str, str]) -> None:
    """Makes the topics."""
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "src", "migrate"],
        cwd=ROOT,
        env=place.environment() | more,
        stdout=subprocess.DEVNULL,
        check=True,
    )


@asynccontextmanager
async def _broker(place: house.House) -> AsyncIterator[str]:
    """The address of a real broker."""
    await asyncio.to_thread(_fetch)
    ports = _free_ports()
    process = subprocess.Popen(  # noqa: ASYNC220, S603  our own script; nothing else runs meanwhile
        [_SCRIPT, "start", place.folder / "kafka", *map(str, ports)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    bootstrap = f"127.0.0.1:{ports[0]}"
    try:
        await asyncio.to_thread(_wait, bootstrap, process)
        yield bootstrap
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


def _fetch() -> None:
    subprocess.run([_SCRIPT, "get"], stdout=subprocess.DEVNULL, check=True)  # noqa: S603  our own script


def _wait(bootstrap: str, process: "subprocess.Popen[bytes]") -> None:
    client = Producer({"bootstrap.servers": bootstrap, "reconnect.backoff.max.ms": 200, "log_level": 0})
    deadline = time.monotonic() + _START_SECONDS
    while True:
        assert process.poll() is None, "the broker has ended"
        assert time.monotonic() < deadline, "the broker does not start"
        try:
            if client.list_topics(timeout=0.5).brokers:
                return
        except KafkaException:
            time.sleep(0.05)


def _free_ports() -> list[int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return [one.getsockname()[1], other.getsockname()[1]]
