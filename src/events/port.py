"""The port between relay and bus: what a way to carry events has to do."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Bus(Protocol):
    """Carries committed events from the outbox on, in commit order, at least once.

    It keeps its own places in the outbox (rows of `subscriptions`, read and moved by `queries.py`); the relay tells it
    when it may run and when there is something new. In process (`in_process.py`) it runs the AFTER handlers; Kafka's
    (`kafka.py`) has one place for all types, publishes from there, and leaves the handlers to the consumers.
    """

    async def prepare(self) -> None:
        """Makes its places in the outbox before anything is published; may be called again."""
        ...

    def leading(self) -> AbstractAsyncContextManager[None]:
        """Carries events for the length of the block, in which this process is the only leader."""
        ...

    def wake(self, types: Collection[str]) -> None:
        """Events of these types have been committed and can be read in commit order."""
        ...

    async def drain(self) -> bool:
        """Carries what there is to carry now and gives back whether there was anything; for tests and commands."""
        ...
