"""The one way into Kafka: records in order, acknowledged by all in-sync replicas.

librdkafka works in threads of its own; `produce` only puts into its queue, so it is called from the loop. One thread
asks for what was acknowledged and tells the loop of it in one call for many records.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka import Producer as Client

from src.events.backbone import Backbone
from src.events.exceptions import NotAcknowledged
from src.events.wire import Outgoing

_POLL_SECONDS: Final = 0.2
_OPTIONS: Final = {
    "acks": "all",
    "enable.idempotence": True,
    "linger.ms": 2,
    "compression.type": "lz4",
    "delivery.timeout.ms": 30_000,
    # Topics are there before anything is produced; one that is gone was wiped, and is made anew.
    "topic.metadata.propagation.max.ms": 2_000,
    "allow.auto.create.topics": False,
}


class _Batch:
    """Records that are waited for together."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.error: KafkaError | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def tell(self) -> None:
        """In the loop: all records have been acknowledged or refused."""
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(NotAcknowledged(self.error.str()))


class Producer:
    """An open producer; after `NotAcknowledged` it is of no further use, as its queue may hold what has failed."""

    def __init__(self, backbone: Backbone) -> None:
        """Connects in the background."""
        self._client = Client(backbone.client(**_OPTIONS))
        self._loop = asyncio.get_running_loop()
        self._finished: list[_Batch] = []
        self._is_closing = False
        threading.Thread(target=self._poll, name="hearth kafka acknowledgements", daemon=True).start()

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Gives the records to Kafka and waits until it has all of them.

        Raises:
            NotAcknowledged: it does not have all; it may have some.
        """
        batch = _Batch(len(records))

        def delivered(error: KafkaError | None, _message: Message) -> None:
            batch.error = batch.error or error
            batch.left -= 1
            if batch.left == 0:
                self._finished.append(batch)

        for one in records:
            try:
                self._client.produce(
                    one.topic,
                    value=one.value,
                    key=one.key,
                    partition=one.partition,
                    headers=one.headers,
                    on_delivery=delivered,
                )
            except (BufferError, KafkaException) as error:
                raise NotAcknowledged(str(error)) from error
        if records:
            await batch.done

    def close(self) -> None:
        """Drops what is still waiting; the thread ends by itself within a moment."""
        self._is_closing = True
        self._client.purge()

    def _poll(self) -> None:
        while not self._is_closing:
            self._client.poll(_POLL_SECONDS)
            if self._finished and not self._is_closing:
                finished, self._finished = self._finished, []
                self._loop.call_soon_threadsafe(_tell_all, finished)


def _tell_all(batches: Sequence[_Batch]) -> None:
    for batch in batches:
        batch.tell()


@asynccontextmanager
async def opened(backbone: Backbone) -> AsyncIterator[Producer]:
    """A producer for the length of the block."""
    producer = Producer(backbone)
    try:
        yield producer
    finally:
        producer.close()
