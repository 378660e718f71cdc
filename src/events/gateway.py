"""EVERYWHERE handlers behind Kafka: each process follows all partitions from when it came, beside all others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from confluent_kafka import KafkaException, Message

from src import background, clock
from src.events import fetching, wire
from src.events.backbone import Backbone, tell
from src.events.constants import RECONNECT_SECONDS
from src.events.everywhere import Everywhere
from src.events.fetching import Partition
from src.events.records import Position

# Clocks of processes that publish differ by less; what is read again because of it is dropped at once.
_SKEW_MS: Final = 10_000


class Gateway:
    """Brings what other processes have written."""

    def __init__(self, everywhere: Everywhere, backbone: Backbone) -> None:
        """Takes the process's handlers."""
        self._everywhere = everywhere
        self._backbone = backbone
        # Of each partition; what comes again was published twice.
        self._last: dict[Partition, Position] = {}
        # From when on each of them is to be read should Kafka be lost, in milliseconds since 1970.
        now = int(clock.now().timestamp() * 1000)
        partitions = (Partition(one.name, n) for one in backbone.topics.values() for n in range(one.partitions))
        self._since: dict[Partition, int] = dict.fromkeys(partitions, now)

    async def run(self) -> None:
        """Serves until cancelled, as one consumer after the other."""
        while True:
            try:
                async with fetching.follower(self._backbone, self._since) as fetcher:
                    while True:
                        for message in (await fetcher.fetch()).messages:
                            self._bring(message)
            except KafkaException as error:
                tell(f"Kafka cannot be followed, and is tried again: {error.args[0].str()}", of="everywhere")
            await asyncio.sleep(RECONNECT_SECONDS)

    def _bring(self, message: Message) -> None:
        head = wire.letterhead(message)
        partition = Partition(message.topic() or "", message.partition() or 0)
        _, at = message.timestamp()
        self._since[partition] = at - _SKEW_MS
        if head is None or head.place <= self._last.get(partition, head.after):
            return
        self._last[partition] = head.place
        if head.stream is not None:
            self._everywhere.echo(head.stream)
        # Most events are nobody's here: they are dropped before their JSON is looked at.
        if not self._everywhere.hears(head.type) or self._everywhere.is_own(head.place):
            return
        record = wire.record(message, head)
        if record is not None:
            self._everywhere.hear_record(record)


@asynccontextmanager
async def running(everywhere: Everywhere, backbone: Backbone) -> AsyncIterator[None]:
    """Follows for the length of the block."""
    everywhere.remember_own()
    task = asyncio.create_task(Gateway(everywhere, backbone).run(), name="events everywhere")
    try:
        yield
    finally:
        await background.end(task)
