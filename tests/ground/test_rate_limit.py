"""The limiter keeps its promise for any sequence of requests, and tells it in the form of the draft."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.rate_limit import Decision, MemoryLimiter, Policy, address_key, credential_key, headers_of, policy_field

pytestmark = pytest.mark.unit


class Ticks:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def read(self) -> float:
        """Seconds, like `time.monotonic`."""
        return self.now


def limited(**options: int) -> tuple[MemoryLimiter, Ticks]:
    clock = Ticks()
    return MemoryLimiter(monotonic=clock.read, **options), clock


def test_a_whole_quota_passes_at_once_and_the_next_request_waits_its_turn() -> None:
    limiter, clock = limited()
    policy = Policy("default", 3, 60)
    assert [limiter.check("a", policy).remaining for _ in range(3)] == [2, 1, 0]
    refused = limiter.check("a", policy)
    assert not refused.allowed
    assert refused.retry_after == pytest.approx(20)
    assert refused.reset == pytest.approx(60)
    clock.now += 19.9
    assert not limiter.check("a", policy).allowed
    clock.now += 0.2
    assert limiter.check("a", policy).allowed
    assert not limiter.check("a", policy).allowed
    clock.now += 3600
    assert [limiter.check("a", policy).allowed for _ in range(4)] == [True, True, True, False]


def test_keys_and_policies_do_not_share_a_quota() -> None:
    limiter, _ = limited()
    login = Policy("login", 1, 60)
    assert limiter.check("a", login).allowed
    assert not limiter.check("a", login).allowed
    assert limiter.check("b", login).allowed
    assert limiter.check("a", Policy("search", 1, 60)).allowed


def test_a_costly_request_takes_more_and_one_above_the_quota_never_passes() -> None:
    limiter, _ = limited()
    policy = Policy("export", 10, 60)
    assert limiter.check("a", policy, cost=7).remaining == 3
    assert not limiter.check("a", policy, cost=4).allowed
    assert limiter.check("a", policy, cost=3).allowed
    assert not limiter.check("b", policy, cost=11).allowed


@given(
    quota=st.integers(1, 50),
    window=st.floats(0.1, 1000),
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 3)), max_size=200),
)
def test_no_window_of_time_lets_more_than_two_quotas_pass(
    quota: int, window: float, steps: list[tuple[float, int]]
) -> None:
    limiter, clock = limited()
    policy = Policy("p", quota, window)
    passed: list[tuple[float, int]] = []
    for wait, cost in steps:
        clock.now += wait
        if limiter.check("a", policy, cost).allowed:
            passed.append((clock.now, cost))
    for start, _ in passed:
        inside = sum(cost for at, cost in passed if start <= at < start + window)
        # The full burst, and what comes back during the window.
        assert inside <= 2 * quota


@given(quota=st.integers(1, 100), window=st.floats(0.5, 600), used=st.integers(0, 100))
def test_what_is_announced_is_what_happens(quota: int, window: float, used: int) -> None:
    limiter, clock = limited()
    policy = Policy("p", quota, window)
    decision = Decision(allowed=True, remaining=quota, retry_after=0, reset=0)
    for _ in range(min(used, quota)):
        decision = limiter.check("a", policy)
    for _ in range(decision.remaining):
        assert limiter.check("a", policy).allowed
    refused = limiter.check("a", policy)
    assert not refused.allowed
    clock.now += refused.retry_after + 1e-6
    assert limiter.check("a", policy).allowed


def test_memory_is_bounded_and_the_quiet_keys_go_first() -> None:
    limiter, _ = limited(max_keys=3)
    policy = Policy("p", 2, 60)
    for key in ("a", "b", "c"):
        limiter.check(key, policy)
        limiter.check(key, policy, cost=int(key != "a"))
    limiter.check("a", policy)
    limiter.check("d", policy)
    assert len(limiter) == 3
    assert not limiter.check("a", policy).allowed  # asked again meanwhile
    assert not limiter.check("c", policy).allowed
    assert limiter.check("b", policy).allowed  # forgotten


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1%wlan0"),
    ],
)
def test_addresses_of_one_household_share_a_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8:1:2::1", "2001:db8:1:3::1"), ("192.0.2.1", "192.0.2.2"), ("testclient", "not:an:address")],
)
def test_other_addresses_do_not(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


def test_a_credential_is_not_kept_as_it_is() -> None:
    assert credential_key(b"Bearer secret") == credential_key(b"Bearer secret")
    assert credential_key(b"Bearer secret") != credential_key(b"Bearer secret2")
    assert "secret" not in credential_key(b"Bearer secret")


def test_the_header_fields_have_the_form_of_the_draft() -> None:
    policy = Policy("default", 300, 60)
    headers = headers_of(policy, Decision(allowed=True, remaining=12, retry_after=0, reset=29.2))
    assert headers == {"RateLimit-Policy": '"default";q=300;w=60', "RateLimit": '"default";r=12;t=30'}
    both = policy_field([policy, Policy("address", 3000, 60)])
    assert re.fullmatch(rb'"default";q=300;w=60, "address";q=3000;w=60', both)


@pytest.mark.parametrize(
    ("name", "quota", "window"), [("p", 0, 60), ("p", 1, 0), ("p", 1, float("nan")), ('a"b', 1, 1)]
)
def test_a_policy_that_makes_no_sense_is_refused(name: str, quota: int, window: float) -> None:
    with pytest.raises(ValueError, match="policy"):
        Policy(name, quota, window)
