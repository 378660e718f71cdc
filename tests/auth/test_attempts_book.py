"""A guesser gains nothing by asking another process, and a Redis that is away or empty lets nobody in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from src import clock
from src.auth.attempts_book import AttemptsBook
from src.auth.callers import Origin
from src.auth.exceptions import TooManyLetters
from src.auth.limits import BY_NETWORK, LetterLimits
from src.auth.proofs import attempts_name
from src.config import Settings, override
from src.database import Database
from src.features import FEATURES
from src.limits.config import LimitsSettings
from tests.hearth import PASSWORD, Hearth, opened, problem
from tests.redis_server import RedisServer, until

pytestmark = pytest.mark.integration


@pytest.fixture
async def houses(
    redis: RedisServer, app: FastAPI, settings: Settings, database: Database
) -> AsyncIterator[tuple[Hearth, Hearth]]:
    """Two processes on one database and one Redis."""
    async with AsyncExitStack() as stack:
        stack.enter_context(override(LimitsSettings, redis_url=SecretStr(redis.url)))
        made = [await stack.enter_async_context(opened(app, settings, database, FEATURES)) for _ in range(2)]
        yield made[0], made[1]


async def log_in(house: Hearth, username: str, password: str = "wrong") -> str:  # noqa: S107
    """The code of the refusal, or nothing."""
    answer = await house.client.post("/v1/auth/login", json={"login": username, "password": password})
    return "" if answer.is_success else problem(answer)


def failures(house: Hearth, account_id: int) -> int:
    """Those of the test's network at this account, as this process knows them."""
    return house.authenticator.attempts.counter(f"pair 127.0.0.1 {attempts_name(account_id)}").failures


def guess(house: Hearth, account_id: int, times: int) -> None:
    """So many wrong passwords, all sent before the first was looked at; with none it is a try that came to nothing."""
    attempts = house.authenticator.attempts
    with ExitStack() as stack:
        tries = [
            stack.enter_context(attempts.trying(attempts_name(account_id), "127.0.0.1", now=clock.now()))
            for _ in range(max(times, 1))
        ]
        for one in tries[:times]:
            one.failed()


async def test_guesses_at_one_process_hold_up_the_guesser_at_the_other(
    houses: tuple[Hearth, Hearth], redis: RedisServer
) -> None:
    one, other = houses
    ada = await one.account("ada")
    # The next one has to wait for a minute.
    guess(one, ada.id, 11)
    await until(lambda: redis.names() != [])
    # The first try at the other process tells it to ask.
    assert await log_in(other, "ada") == "wrong_credentials"
    await until(lambda: failures(other, ada.id) >= 12)
    assert await log_in(other, "ada") == "too_many_attempts"
    # Neither a Redis that has lost its memory nor one that is away lets anybody in.
    redis.forget()
    assert await log_in(other, "ada", PASSWORD) == "too_many_attempts"
    redis.stop()
    try:
        for house in houses:
            assert await log_in(house, "ada", PASSWORD) == "too_many_attempts"
    finally:
        redis.start()


async def test_who_has_found_the_password_starts_anew_everywhere(
    houses: tuple[Hearth, Hearth], redis: RedisServer
) -> None:
    one, other = houses
    # A name that no digest can hold.
    grace = await one.account("grace")
    for house in houses:
        guess(house, grace.id, 2)
        await until(lambda: redis.names() != [])
    await until(lambda: failures(other, grace.id) == 4)
    assert await log_in(one, "grace", PASSWORD) == ""
    assert failures(one, grace.id) == 0

    def has_heard() -> bool:
        guess(other, grace.id, 0)
        return failures(other, grace.id) == 0

    await until(has_heard)
    assert not any("grace" in key or "127.0.0.1" in key for key in redis.names())


async def test_an_answer_that_is_older_than_a_success_brings_no_failures_back() -> None:
    book = AttemptsBook()

    def fail(*, succeeds: bool = False) -> None:
        with book.attempts.trying("ada", "127.0.0.1", now=clock.now()) as attempt:
            attempt.succeeded() if succeeds else attempt.failed()

    fail()
    news = book.take(9)
    fail(succeeds=True)
    pair = book.attempts.counter(next(name for name in book._taken if name.startswith("pair ")))
    book.learn([number for _ in news for number in (4, 0, 0)])
    assert pair.failures == 0
    # Those that came after it was asked are added to what others had counted.
    book.take(9)
    fail()
    book.learn([number for _ in news for number in (3, 0, 0)])
    assert pair.failures == 4


async def test_letters_are_counted_by_all_processes_together(houses: tuple[Hearth, Hearth], redis: RedisServer) -> None:
    one, other = houses
    body = {"email": "nobody@example.org"}
    for _ in range(BY_NETWORK.quota):
        assert (await one.client.post("/v1/auth/password-reset", json=body)).is_success
    await until(lambda: any(":letters-network:" in key for key in redis.names()))

    # It asks when it counts its own first one, and hears within an exchange.
    assert (await other.client.post("/v1/auth/password-reset", json=body)).is_success
    letters = other.authenticator.letters
    await until(lambda: is_refused(letters))
    assert problem(await other.client.post("/v1/auth/password-reset", json=body)) == "too_many_letters"


def is_refused(letters: LetterLimits) -> bool:
    try:
        letters.check(Origin("127.0.0.1", ""))
    except TooManyLetters:
        return True
    return False
