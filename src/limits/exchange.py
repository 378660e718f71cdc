"""Tells other processes through Redis what this one has counted, and learns what they have: in the background.

Whoever counts decides from memory at once and keeps a `Book`; here its news are taken every tenth of a second, added
up in Redis by the book's script, and the sums are given back. Nobody ever waits for Redis. When it is away or slow,
each process stands by what it knows, and the news of that time are dropped: a slow Redis may have heard them already.
Names and addresses do not leave the process, only digests of them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Protocol

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from src import background

logger = logging.getLogger("hearth.limits")

EVERY_SECONDS: Final = 0.1
AGAIN_SECONDS: Final = 1.0
# Redis is asked for no longer than this; later answers are of no use.
PATIENCE_SECONDS: Final = 1.0
MOST_AT_ONCE: Final = 2000


class News(NamedTuple):
    """What was counted under a key since it was last told."""

    key: str
    amount: int


class Book(Protocol):
    """What is counted in this process and shared.

    Attributes:
        script: Lua that adds up: `KEYS` and `ARGV` are the keys and amounts, the answer is a list of integers with as
            many for each key.
        has_news: set while there are any.
    """

    @property
    def script(self) -> str:
        """See the class."""
        ...

    @property
    def has_news(self) -> asyncio.Event:
        """See the class."""
        ...

    def take(self, most: int) -> Sequence[News]:
        """Takes so many news at most; they count as told."""
        ...

    def learn(self, answers: Sequence[int]) -> None:
        """What came back for the news that were taken last."""
        ...


@asynccontextmanager
async def exchanging(url: SecretStr, book: Book) -> AsyncIterator[None]:
    """Shares this book for the length of the block."""
    redis = Redis.from_url(
        url.get_secret_value(),
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        async with _Exchange(redis, book).running():
            yield
    finally:
        await redis.aclose()


class _Exchange:
    """The exchange of one book."""

    def __init__(self, redis: Redis, book: Book) -> None:
        self._book = book
        self._add_up = redis.register_script(book.script)
        self._fails = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Exchanges in the background for the length of the block."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            await background.end(task)

    async def _run(self) -> None:
        while True:
            await self._book.has_news.wait()
            await asyncio.sleep(AGAIN_SECONDS if self._fails else EVERY_SECONDS)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._tell()
            except (RedisError, OSError, ValueError) as error:  # a time-out is an OSError
                self._failed(error)
            else:
                self._worked()

    async def _tell(self) -> None:
        news = self._book.take(MOST_AT_ONCE)
        if news:
            answers = await self._add_up(keys=[one.key for one in news], args=[one.amount for one in news])
            self._book.learn([int(answer) for answer in answers])

    def _failed(self, error: Exception) -> None:
        if not self._fails:
            logger.warning("Redis is away, each process counts for itself: %s", type(error).__name__)
        self._fails = True
        while self._book.take(MOST_AT_ONCE):
            pass

    def _worked(self) -> None:
        if self._fails:
            logger.info("Redis is back, what is counted is shared again")
        self._fails = False
