"""Kafka for tests: librdkafka's own mock cluster in this process, and a real broker that scripts/kafka.sh runs."""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from src.config import ROOT
from src.events.backbone import Backbone, Topic, backbone
from tests import ports

PATIENCE = 60.0
MOCK, REAL = "mock", "real"
# As the summary of a run says it.
WORDS = {MOCK: "librdkafka's mock cluster", REAL: "a real broker"}
# Few, so that tests are quick; mock topics have four whatever one wishes.
PARTITIONS = {"events": 3, "streams": 2}
_MOCK_PARTITIONS = {"events": 4, "streams": 4}
# The mock answers no sooner than it has to, and clients that come before it has looked around wait out half a second.
_MOCK_PACE = {"fetch.wait.max.ms": "5", "reconnect.backoff.ms": "1", "retry.backoff.ms": "10"}
_SCRIPT = ROOT / "scripts" / "kafka.sh"
_JARS = ROOT / ".kafka"
_NEW = {"bootstrap.servers": "nowhere.invalid:1", "test.mock.num.brokers": 1, "log_level": 3}


def missing() -> str | None:
    """Why there can be no real broker here; None if there can."""
    if shutil.which("java") is None:
        return "there is no Java"
    return None if [*_JARS.glob("*/kafka_*.jar")] else "scripts/kafka.sh get has fetched none"


def note(request: pytest.FixtureRequest, kind: str) -> None:
    """Has the summary of the run count this test."""
    request.node.user_properties.append(("kafka", kind))


def renamed(bootstrap: str, *, mock: bool = False) -> Backbone:
    """Topics and groups that no other test has."""
    counts = _MOCK_PARTITIONS if mock else PARTITIONS
    options = {"bootstrap.servers": bootstrap, **(_MOCK_PACE if mock else {})}
    return backbone(f"test-{secrets.token_hex(4)}", options, **counts)


@contextmanager
def mocked() -> Iterator[str]:
    """The address of a mock cluster, which lives as long as the client that it belongs to."""
    owner = Producer(_NEW)
    brokers = owner.list_topics(timeout=PATIENCE).brokers.values()
    yield ",".join(f"{one.host}:{one.port}" for one in brokers)
    del owner


def make_topics(made: Backbone) -> None:
    """Makes the topics in a mock cluster, which makes each that it is asked for."""
    client = Producer({**made.options, "log_level": 3})
    for topic in made.topics.values():
        client.list_topics(topic.name, timeout=PATIENCE)


def records(made: Backbone, topic: Topic) -> list[Message]:
    """All that a topic has by now, in the order of each partition; what is written meanwhile is not waited for."""
    client = Consumer(made.client(**{"group.id": "reader"}))
    parts = [TopicPartition(topic.name, number, 0) for number in range(topic.partitions)]
    marks = {part.partition: client.get_watermark_offsets(part, timeout=PATIENCE) for part in parts}
    last = {number: high - 1 for number, (low, high) in marks.items() if low < high}
    client.assign([part for part in parts if part.partition in last])
    found: list[Message] = []
    while last:
        message = client.poll(PATIENCE)
        assert message is not None, last
        if message.error() is None:
            found.append(message)
            number, offset = message.partition() or 0, message.offset() or 0
            if offset >= last.get(number, offset + 1):
                del last[number]
    client.close()
    return found


@dataclass
class Broker:
    """A real broker on one folder, of which there may have been earlier processes."""

    folder: Path
    _ports: Sequence[int] = field(default_factory=lambda: ports.free(2))
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def bootstrap(self) -> str:
        """Its address, the same after each start."""
        return f"127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        """Starts it; returns once it knows itself."""
        self.folder.mkdir(exist_ok=True)
        with self.folder.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen(
                [_SCRIPT, "start", self.folder, *map(str, self._ports)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        client = Producer({"bootstrap.servers": self.bootstrap, "reconnect.backoff.max.ms": 200, "log_level": 0})
        deadline = time.monotonic() + PATIENCE
        while True:
            assert self._process.poll() is None, self.folder.with_suffix(".log").read_text()
            assert time.monotonic() < deadline, "the broker does not start"
            try:
                if client.list_topics(timeout=0.5).brokers:
                    return
            except KafkaException:
                time.sleep(0.05)

    def kill(self) -> None:
        """It ends without a word."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """It ends in order."""
        self._end(signal.SIGTERM)

    def wipe(self) -> None:
        """Forgets all that it had."""
        shutil.rmtree(self.folder)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None


@contextmanager
def running(folder: Path) -> Iterator[Broker]:
    """A real broker; skips where there can be none, but not in CI."""
    reason = missing()
    if reason and os.environ.get("CI"):
        pytest.fail(f"no real Kafka: {reason}")
    if reason:
        pytest.skip(f"no real Kafka: {reason}")
    found = Broker(folder)
    found.start()
    try:
        yield found
    finally:
        found.kill()


async def started(broker: Broker) -> None:
    """Starts it beside the loop."""
    await asyncio.to_thread(broker.start)
