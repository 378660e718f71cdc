"""Processes that share a Redis share their quotas, within the bound that is promised, and without it keep their own."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from pydantic import SecretStr

from src.limits import exchange
from src.limits.shared import SharedLimiter, _name
from src.rate_limit import Policy
from tests.redis_server import RedisServer, until

pytestmark = pytest.mark.integration
QUOTA = Policy("default", 10, 600)


class Noting(SharedLimiter):
    """Notes when it has heard of the others."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = [time.monotonic()]

    def learn(self, answers: Sequence[int]) -> None:
        """See `Book`."""
        super().learn(answers)
        self._heard.append(time.monotonic())

    @property
    def silence(self) -> float:
        """For how many seconds it has heard nothing, at the longest."""
        return max(later - earlier for earlier, later in pairwise([*self._heard, time.monotonic()]))


@asynccontextmanager
async def process(redis: RedisServer) -> AsyncIterator[Noting]:
    """What one more process counts with."""
    limiter = Noting()
    async with exchange.exchanging(SecretStr(redis.url), limiter):
        yield limiter


def passed(limiter: SharedLimiter, requests: int, key: str = "ada") -> int:
    return sum(limiter.check(key, QUOTA).allowed for _ in range(requests))


def knows(limiter: SharedLimiter, used: float, key: str = "ada") -> bool:
    """Whether it has heard that so much of the quota is used; a tenth of a request comes back in six seconds."""
    return limiter.used((QUOTA.name, key)) * QUOTA.quota / QUOTA.window_seconds > used - 0.5


async def test_what_one_process_lets_through_another_one_refuses(redis: RedisServer) -> None:
    async with process(redis) as one, process(redis) as other:
        assert passed(one, 9) == 9
        await until(lambda: redis.names() != [])
        # It hears of a key with its own first request for it.
        assert passed(other, 1) == 1
        await until(lambda: knows(other, 10))
        assert passed(other, 5) == 0
        # It has not asked since.
        assert passed(one, 1) == 1
        await until(lambda: knows(one, 11))
        refused = one.check("ada", QUOTA)
        # One more than the quota has passed, and is owed.
        assert (refused.allowed, refused.remaining) == (False, 0)
        assert refused.retry_after == pytest.approx(120, abs=10)
        assert passed(other, 12, "grace") == 10


async def test_no_burst_lets_more_pass_than_a_quota_a_process_and_all_of_it_is_owed(redis: RedisServer) -> None:
    async with process(redis) as one, process(redis) as two, process(redis) as three:
        everybody = (one, two, three)
        # Nobody can have heard of anybody within this line.
        assert [passed(each, 100) for each in everybody] == [10, 10, 10]
        # Who is refused goes on to ask.
        await until(
            lambda: [passed(each, 1) for each in everybody] == [0] * 3 and all(knows(each, 30) for each in everybody)
        )
        assert one.check("ada", QUOTA).retry_after == pytest.approx(600 * 2 + 60, abs=15)


async def test_over_time_all_together_let_through_one_quota_a_window(redis: RedisServer) -> None:
    for _ in range(5):
        count, lasted, silence = await _crowded(redis)
        # A quota at the start, what comes back, a quota of the other process, and what passes in one exchange, which
        # takes as long as one process waits to tell, and the other one to hear.
        assert count <= 20 + 20 * lasted + 20 + 2 * 20 * (exchange.EVERY_SECONDS + 2 * silence)
        # Else it shows little: the machine stood still.
        if silence <= 3 * exchange.EVERY_SECONDS:
            return
    pytest.fail("they hear of each other too seldom")


async def _crowded(redis: RedisServer) -> tuple[int, float, float]:
    """How much two processes let through that are asked all the time, in how long, and their longest silence."""
    fast = Policy("fast", 20, 1)
    async with process(redis) as one, process(redis) as other:
        begun, count = time.monotonic(), 0
        while (lasted := time.monotonic() - begun) < 1.5:
            count += sum(each.check("ada", fast).allowed for each in (one, other))
            await asyncio.sleep(0.005)
        return count, lasted, max(one.silence, other.silence)


async def test_names_and_addresses_stay_in_the_process(redis: RedisServer) -> None:
    async with process(redis) as one:
        passed(one, 1, "192.0.2.7")
        await until(lambda: redis.names() != [])
        [key] = redis.names()
        assert key.startswith("hearth:limit:default:")
        assert "192.0.2.7" not in key


async def test_a_check_does_not_wait_for_a_redis_that_does_not_answer(
    redis: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE_SECONDS", 3)
    async with process(redis) as one:
        with redis.asleep():
            begun = time.perf_counter()
            assert passed(one, 1000) == 10
            assert time.perf_counter() - begun < exchange.PATIENCE_SECONDS
            await until(lambda: "Redis is away" in caplog.text)
            assert passed(one, 1000) == 0
        # It recovers by itself, and what was sent into the silence is not counted twice or three times.
        passed(one, 1, "grace")
        await until(lambda: len(redis.names()) >= 1)
        async with process(redis) as other:
            assert passed(other, 3, "grace") == 3
            await until(lambda: knows(other, 3, "grace"))
            assert passed(other, 20, "grace") <= 7


async def test_without_redis_each_keeps_its_own_limit_and_they_find_together_again(redis: RedisServer) -> None:
    redis.stop()
    try:
        async with process(redis) as one, process(redis) as other:
            assert passed(one, 100) == 10
            assert passed(other, 100) == 10
            redis.start()
            # The time without it is over once something new has been heard.
            await until(lambda: passed(one, 1, f"{time.monotonic()}") == 1 and redis.names() != [])
            assert passed(one, 100) == 0
            assert passed(one, 6, "grace") == 6
            await until(lambda: _name((QUOTA.name, "grace")) in redis.names())
            passed(other, 1, "grace")
            await until(lambda: knows(other, 7, "grace"))
    finally:
        redis.stop()
        redis.start()


async def test_a_redis_that_has_forgotten_all_opens_nothing(redis: RedisServer) -> None:
    async with process(redis) as one:
        assert passed(one, 100) == 10
        await until(lambda: redis.names() != [])
        redis.forget()
        passed(one, 1, "grace")
        await until(lambda: redis.names() != [])
        assert passed(one, 100) == 0
