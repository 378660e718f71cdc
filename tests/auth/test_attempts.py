"""The rule against guessing: what it lets through, whom it holds up, and that it never holds up the owner."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.auth import attempts
from src.auth.exceptions import TooManyAttempts

pytestmark = pytest.mark.unit

START = datetime(2030, 1, 1, tzinfo=UTC)
ATTACKER = "203.0.113.9"
OWNER = "198.51.100.7"


def guess(limits: attempts.Attempts, account: str = "ada", address: str = ATTACKER, *, at: float = 0) -> bool:
    """A wrong password; whether it was let through to the check at all."""
    try:
        with limits.trying(account, address, now=START + timedelta(seconds=at)) as attempt:
            attempt.failed()
    except TooManyAttempts:
        return False
    return True


def log_in(limits: attempts.Attempts, account: str = "ada", address: str = OWNER, *, at: float = 0) -> None:
    with limits.trying(account, address, now=START + timedelta(seconds=at)) as attempt:
        attempt.succeeded()


def through(limits: attempts.Attempts, instants: Iterable[float], address: str = ATTACKER) -> list[float]:
    return [instant for instant in instants if guess(limits, address=address, at=instant)]


def test_after_some_free_guesses_each_next_one_waits_twice_as_long() -> None:
    limits = attempts.Attempts()
    assert through(limits, range(40)) == [0, 1, 2, 3, 4, 5, 7, 11, 19, 35]


def test_the_wait_has_an_end() -> None:
    rule = attempts.BY_PAIR
    assert [rule.wait(count) for count in (0, rule.free - 1, rule.free, rule.free + 1)] == [0, 0, 1, 2]
    assert rule.wait(10**6) == rule.longest


def test_of_a_thousand_guesses_in_a_minute_few_get_through() -> None:
    assert len(through(attempts.Attempts(), (number * 0.06 for number in range(1000)))) <= 20


def test_the_refusal_says_when_to_come_again() -> None:
    limits = attempts.Attempts()
    through(limits, [0.0] * 7)
    with pytest.raises(TooManyAttempts) as refused, limits.trying("ada", ATTACKER, now=START):
        pytest.fail("it was let through")
    assert refused.value.headers["Retry-After"] in {"1", "2"}


@given(
    addresses=st.lists(st.sampled_from([f"203.0.113.{number}" for number in range(50)]), max_size=300),
    step=st.sampled_from([0.0, 0.5, 30.0]),
)
def test_the_owner_gets_in_from_another_address_whatever_others_have_tried(addresses: list[str], step: float) -> None:
    limits = attempts.Attempts()
    for number, address in enumerate(addresses):
        guess(limits, address=address, at=number * step)
    log_in(limits, at=len(addresses) * step)


def test_many_networks_that_guess_at_one_account_wait_for_each_other() -> None:
    limits = attempts.Attempts()
    addresses = [f"203.0.113.{number}" for number in range(1, 101)]
    assert all(guess(limits, address=address) for address in addresses)
    assert not any(guess(limits, address=address, at=10) for address in addresses)
    assert sum(guess(limits, address=address, at=61) for address in addresses) == 1


def test_one_network_that_tries_many_accounts_is_held_up() -> None:
    limits = attempts.Attempts()
    assert sum(guess(limits, f"account{number}") for number in range(100)) == attempts.BY_NETWORK.free
    assert guess(limits, "account0", OWNER)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
    ],
)
def test_one_household_is_one_network(first: str, second: str, *, same: bool) -> None:
    limits = attempts.Attempts()
    through(limits, [0.0] * 10, address=first)
    assert guess(limits, address=second) is not same


def test_a_success_clears_what_this_network_did_to_the_account() -> None:
    limits = attempts.Attempts()
    through(limits, [0.0] * 4, address=OWNER)
    log_in(limits)
    assert len(through(limits, [1.0] * 10, address=OWNER)) == attempts.BY_PAIR.free


def test_a_guesser_does_not_get_free_by_signing_in_to_an_account_of_their_own() -> None:
    limits = attempts.Attempts()
    tried = 0
    for number in range(100):
        tried += guess(limits, f"account{number}")
        try:
            log_in(limits, "mallory", ATTACKER)
        except TooManyAttempts:
            break
    assert tried == attempts.BY_NETWORK.free


def test_what_nobody_fails_at_for_an_hour_is_forgotten() -> None:
    limits = attempts.Attempts()
    through(limits, range(40))
    later = 40 + attempts.FORGOTTEN_SECONDS
    assert len(through(limits, [later] * 10)) == attempts.BY_PAIR.free


def test_guesses_at_once_count_while_they_run() -> None:
    limits = attempts.Attempts()
    running = [limits.trying("ada", ATTACKER, now=START) for _ in range(attempts.MOST_AT_ONCE)]
    for attempt in running:
        attempt.__enter__()
    assert not guess(limits)
    for attempt in running:
        attempt.__exit__(None, None, None)
    assert guess(limits)


def test_past_the_free_guesses_one_at_a_time_is_let_through() -> None:
    limits = attempts.Attempts()
    through(limits, [0.0] * 5)
    with limits.trying("ada", ATTACKER, now=START + timedelta(seconds=60)):
        assert not guess(limits, at=60)


def test_an_attempt_that_came_to_nothing_counts_for_nothing() -> None:
    limits = attempts.Attempts()
    for _ in range(100):
        with limits.trying("ada", ATTACKER, now=START):
            pass
    assert guess(limits)


def test_memory_is_bounded_and_a_flood_of_networks_forgets_no_account() -> None:
    limits = attempts.Attempts(limit=100)
    for number in range(300):
        guess(limits, address=f"203.0.{number % 256}.{number // 256}")
    assert max(len(kind._counters) for kind in limits._kinds.values()) == 100
    guess(limits, address="203.0.113.200")
    assert not guess(limits, address="203.0.113.200")
