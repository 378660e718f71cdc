"""A Kafka consumer in a thread of its own, which hands lists of records to the loop.

librdkafka's calls wait, so all of one consumer's run in one thread, one after the other; nothing is fetched while the
loop still works on what came before, so nothing piles up in Python. (librdkafka itself fetches ahead, within bounds.)
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Message, TopicPartition

from src.events.backbone import Backbone, tell_error
from src.events.constants import FETCH_BATCH, FETCH_SECONDS

T = TypeVar("T")

# So long Kafka may take to tell where partitions stand.
_ANSWER_SECONDS: Final = 3.0

_OPTIONS: Final = {
    "enable.auto.commit": False,
    # Of all partitions together: what is fetched ahead.
    "queued.max.messages.kbytes": 4096,
    "fetch.message.max.bytes": 1_048_576,
    "allow.auto.create.topics": False,
}


class Partition(NamedTuple):
    """A partition by the name of its topic."""

    topic: str
    number: int


@dataclass(frozen=True)
class Fetched:
    """What one look has brought.

    Attributes:
        messages: records in the order of each partition.
        given: partitions that this consumer has from now on.
        taken: partitions that it no longer has.
    """

    messages: Sequence[Message]
    given: Sequence[Partition]
    taken: Sequence[Partition]


class Fetcher:
    """An open consumer; its calls are made one after the other."""

    def __init__(self, options: dict[str, object], *, lasts: bool = True) -> None:
        """Connects in the background; without `lasts` it cannot go on once it has lost Kafka."""
        self._thread = ThreadPoolExecutor(1, "hearth kafka fetch")
        self._lost: KafkaError | None = None
        self._client = Consumer(options if lasts else {**options, "error_cb": self._on_error})
        self._given: list[Partition] = []
        self._taken: list[Partition] = []

    async def fetch(self) -> Fetched:
        """Waits a moment for records, and takes what is there then.

        Raises:
            KafkaException: the consumer cannot go on; a new one may.
        """
        return await self._call(self._fetch)

    async def note(self, offsets: Collection[tuple[Partition, int]]) -> None:
        """Tells Kafka where to begin after a restart; it may be lost, as the marks in the database decide."""
        named = [TopicPartition(*partition, offset) for partition, offset in offsets]
        await self._call(lambda: self._client.commit(offsets=named, asynchronous=True))

    async def pause(self, partitions: Collection[Partition]) -> None:
        """Fetches no more of these for now."""
        await self._call(lambda: self._client.pause([TopicPartition(*one) for one in partitions]))

    async def resume(self, partitions: Collection[Partition]) -> None:
        """Goes on with these."""
        await self._call(lambda: self._client.resume([TopicPartition(*one) for one in partitions]))

    async def join(self, topics: Sequence[str]) -> None:
        """Becomes a member of its group."""
        await self._call(
            lambda: self._client.subscribe(list(topics), on_assign=self._on_given, on_revoke=self._on_taken)
        )

    async def follow(self, since: Mapping[Partition, int]) -> None:
        """Takes these partitions without a group, each from a moment on, in milliseconds since 1970.

        Raises:
            KafkaException: Kafka does not tell where that is.
        """
        await self._call(lambda: self._client.assign(self._begins(since)))

    async def close(self) -> None:
        """Leaves the group."""
        await self._call(self._client.close)
        self._thread.shutdown(wait=False)

    async def _call(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _begins(self, since: Mapping[Partition, int]) -> list[TopicPartition]:
        # In this order: what comes between both questions stands behind the ends. As a moment the end has its own sign.
        ends = self._offsets(dict.fromkeys(since, OFFSET_END))
        return [
            end if found.offset == OFFSET_END else found for end, found in zip(ends, self._offsets(since), strict=True)
        ]

    def _offsets(self, moments: Mapping[Partition, int]) -> list[TopicPartition]:
        """Where the first record of each moment or later stands; `OFFSET_END` where there is none yet."""
        asked = [TopicPartition(*one, moment) for one, moment in moments.items()]
        found = {(one.topic, one.partition): one for one in self._client.offsets_for_times(asked, _ANSWER_SECONDS)}
        for one in found.values():
            if one.error is not None:
                raise KafkaException(one.error)
        return [found[partition] for partition in moments]

    def _fetch(self) -> Fetched:
        # `consume` alone would wait out its time for one record; `poll` alone costs a call for each of many.
        first = self._client.poll(FETCH_SECONDS)
        if self._lost is not None:
            raise KafkaException(self._lost)
        found = [] if first is None else [first, *self._client.consume(FETCH_BATCH - 1, 0)]
        given, self._given = self._given, []
        taken, self._taken = self._taken, []
        return Fetched([one for one in found if _is_record(one)], given, taken)

    def _on_error(self, error: KafkaError) -> None:
        tell_error(error)
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001  its codes of its own are named so
            self._lost = error

    def _on_given(self, _client: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._given += [Partition(one.topic, one.partition) for one in partitions]

    def _on_taken(self, _client: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._taken += [Partition(one.topic, one.partition) for one in partitions]


def place_behind(message: Message) -> int:
    """Where to go on in the partition after this record."""
    return (message.offset() or 0) + 1


def _is_record(message: Message) -> bool:
    """Whether it is one; what else may go by itself is left out.

    Raises:
        KafkaException: it does not.
    """
    error = message.error()
    if error is not None and error.fatal():
        raise KafkaException(error)
    return error is None


@asynccontextmanager
async def member(backbone: Backbone, package: str) -> AsyncIterator[Fetcher]:
    """A member of a package's group, by the protocol of KIP-848: who comes or goes stops nobody else."""
    options = {
        **_OPTIONS,
        "group.id": backbone.group(package),
        "group.protocol": "consumer",
        "auto.offset.reset": "earliest",
        # As long as a batch of slow handlers may take; a member that is given up loses nothing but its turn.
        "max.poll.interval.ms": 600_000,
    }
    async with _opened(backbone.client(**options)) as fetcher:
        await fetcher.join([topic.name for topic in backbone.topics.values()])
        yield fetcher


@asynccontextmanager
async def follower(backbone: Backbone, since: Mapping[Partition, int]) -> AsyncIterator[Fetcher]:
    """A consumer of these partitions that never has to agree with another.

    It ends with the connection to Kafka: what has no group would not notice that topics were made anew meanwhile. In
    those, offsets begin anew, too; so it begins where it is told by moments: see `Fetcher.follow`.
    """
    # Kafka's clients want a group's name, of which nothing is made here.
    options = {**_OPTIONS, "group.id": f"{backbone.prefix}-everywhere", "auto.offset.reset": "earliest"}
    async with _opened(backbone.client(**options), lasts=False) as fetcher:
        await fetcher.follow(since)
        yield fetcher


@asynccontextmanager
async def _opened(options: dict[str, object], *, lasts: bool = True) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(options, lasts=lasts)
    try:
        yield fetcher
    finally:
        await fetcher.close()
