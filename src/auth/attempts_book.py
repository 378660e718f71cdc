"""What processes tell each other about failed tries, so that a guesser gains nothing by asking another one.

A counter is never lowered by what Redis says, but for a success at another process: a Redis that is away, or has
forgotten all, opens nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from src import clock
from src.auth.attempts import FORGIVEN, FORGOTTEN_SECONDS, Attempts
from src.limits import config as limits_config
from src.limits import exchange
from src.rate_limit import credential_key

_NUMBERS: Final = 3
# For each counter: the failures, the milliseconds since the last of them, and how often they have been forgiven.
_SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answers = {}
for place, key in ipairs(KEYS) do
    local amount = tonumber(ARGV[place])
    if amount > 0 then
        redis.call('HINCRBY', key, 'failures', amount)
        redis.call('HSET', key, 'failed', now)
    elseif amount < 0 then
        redis.call('HSET', key, 'failures', 0)
        redis.call('HINCRBY', key, 'forgiven', 1)
    end
    if amount ~= 0 then
        redis.call('PEXPIRE', key, LIFETIME)
    end
    local known = redis.call('HMGET', key, 'failures', 'failed', 'forgiven')
    table.insert(answers, tonumber(known[1] or 0))
    table.insert(answers, now - tonumber(known[2] or 0))
    table.insert(answers, tonumber(known[3] or 0))
end
return answers
""".replace("LIFETIME", str(round(FORGOTTEN_SECONDS * 1000)))


class AttemptsBook:
    """The attempts of this process and their book (`exchange.Book`)."""

    script = _SCRIPT

    def __init__(self) -> None:
        self.has_news = asyncio.Event()
        self.attempts = Attempts(tell=self._note)
        self._untold: dict[str, int] = {}
        self._taken: list[str] = []

    def _note(self, name: str, failures: int) -> None:
        known = self._untold.get(name, 0)
        # What was failed before a success is forgiven with it.
        self._untold[name] = FORGIVEN if failures == FORGIVEN else max(known, 0) + failures if failures else known
        self.has_news.set()

    def take(self, most: int) -> Sequence[exchange.News]:
        """See `Book`."""
        self._taken = list(self._untold)[:most]
        news = [exchange.News(_key(name), self._untold.pop(name)) for name in self._taken]
        if not self._untold:
            self.has_news.clear()
        return news

    def learn(self, answers: Sequence[int]) -> None:
        """See `Book`."""
        now = clock.now().timestamp()
        for place, name in enumerate(self._taken):
            failures, milliseconds, forgiven = answers[place * _NUMBERS : (place + 1) * _NUMBERS]
            counter = self.attempts.counter(name)
            untold = self._untold.get(name, 0)
            # What was asked for before a success of this process does not bring its failures back.
            if untold != FORGIVEN:
                failures += untold
                counter.failures = failures if forgiven > counter.forgiven else max(counter.failures, failures)
            counter.forgiven = forgiven
            counter.failed_at = max(counter.failed_at, now - milliseconds / 1000)


def _key(name: str) -> str:
    return f"hearth:attempts:{credential_key(name.encode())}"


@asynccontextmanager
async def counting(settings: limits_config.LimitsSettings) -> AsyncIterator[Attempts]:
    """Attempts: told to others where there is a Redis, of this process alone where there is none."""
    if settings.redis_url is None:
        yield Attempts()
        return
    book = AttemptsBook()
    async with exchange.exchanging(settings.redis_url, book):
        yield book.attempts
