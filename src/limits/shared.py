"""A limiter whose quotas hold for all processes together, as far as they have heard of each other.

Each decides by what it knows and hears from the others every tenth of a second. So one that has not heard yet lets
through what comes to it in that time, and never more than a quota of its own: with n processes at most n quotas pass
in one burst. What was too much is owed: it has to come back before anything passes again, so that over time all of
them together let through one quota a window.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from src.config import Settings, of
from src.database import Database
from src.limits import exchange
from src.limits.config import LimitsSettings
from src.rate_limit import Decision, Limiter, MemoryLimiter, Policy, Slot, credential_key

_MICROSECONDS: Final = 1_000_000
# In microseconds of Redis's own clock, so that those of the processes need not agree. As `MemoryLimiter.check`, but
# that nothing is refused: it has passed already.
_SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for place, key in ipairs(KEYS) do
    local arrival = math.max(tonumber(redis.call('GET', key) or now), now) + tonumber(ARGV[place])
    redis.call('SET', key, string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1)
    answers[place] = arrival - now
end
return answers
"""


class SharedLimiter(MemoryLimiter):
    """A `Limiter` and its book."""

    script = _SCRIPT

    def __init__(self) -> None:
        super().__init__()
        self.has_news = asyncio.Event()
        self._untold: dict[Slot, float] = {}
        self._taken: list[Slot] = []
        self._taken_at = 0.0

    def check(self, key: str, policy: Policy, cost: float = 1) -> Decision:
        """See `Limiter`."""
        decision = super().check(key, policy, cost)
        slot = (policy.name, key)
        # A refused one adds nothing, and asks what the others have let through meanwhile.
        more = policy.window_seconds / policy.quota * cost if decision.allowed else 0.0
        self._untold[slot] = self._untold.get(slot, 0.0) + more
        self.has_news.set()
        return decision

    def take(self, most: int) -> Sequence[exchange.News]:
        """See `Book`. What has come back meanwhile is not owed to anybody any more, and not told."""
        self._taken = list(self._untold)[:most]
        self._taken_at = self._monotonic()
        news = []
        for slot in self._taken:
            seconds = min(self._untold.pop(slot), self.used(slot))
            news.append(exchange.News(_name(slot), round(seconds * _MICROSECONDS)))
        if not self._untold:
            self.has_news.clear()
        return news

    def learn(self, answers: Sequence[int]) -> None:
        """See `Book`."""
        for slot, answer in zip(self._taken, answers, strict=True):
            used = answer / _MICROSECONDS + self._untold.get(slot, 0.0)
            self.raise_to(slot, used=used, at=self._taken_at)


def _name(slot: Slot) -> str:
    policy, key = slot
    return f"hearth:limit:{policy}:{credential_key(key.encode())}"


@asynccontextmanager
async def limiting(settings: LimitsSettings) -> AsyncIterator[Limiter]:
    """A limiter: shared where there is a Redis, in memory alone where there is none."""
    if settings.redis_url is None:
        yield MemoryLimiter()
        return
    limiter = SharedLimiter()
    async with exchange.exchanging(settings.redis_url, limiter):
        yield limiter


@asynccontextmanager
async def opened(_settings: Settings, _database: Database) -> AsyncIterator[Limiter]:
    """The process's limiter of requests."""
    async with limiting(of(LimitsSettings)) as limiter:
        yield limiter
