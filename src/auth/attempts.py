"""Who may try a password now: a rule against guessing that nobody can use to lock the owner out.

Wrong passwords are counted for each (account, network), account and network; a network is an IPv4 address or an IPv6
/64. Past a few free ones the next try has to wait, twice as long each time. Only the first two counters look at the
account, and a network that has not failed with it yet is let through whatever the others did: whoever guesses holds
up nobody but the networks that guess. Unknown accounts are counted like known ones. Kept in memory, for each process,
and bounded; what nobody fails at for an hour is forgotten.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from src import rate_limit
from src.auth.exceptions import TooManyAttempts

FORGOTTEN_SECONDS = 3600.0
# Tries of one network at one account that may be under way at once.
MOST_AT_ONCE = 20


@dataclass(frozen=True)
class Rule:
    """How many failures are free, and the longest wait after more, in seconds."""

    free: int
    longest: float

    def wait(self, failures: int) -> float:
        """Seconds from the last failure to the next try."""
        return 0.0 if failures < self.free else min(self.longest, 2.0 ** min(failures - self.free, 32))


BY_PAIR = Rule(free=5, longest=900)
BY_ACCOUNT = Rule(free=20, longest=60)
BY_NETWORK = Rule(free=20, longest=900)


@dataclass
class _Counter:
    failures: int = 0
    failed_at: float = 0.0
    running: int = 0

    def wait(self, rule: Rule, now: float) -> float:
        """Seconds until the rule lets the next try through."""
        if now - self.failed_at >= FORGOTTEN_SECONDS:
            self.failures = 0
        return max(0.0, self.failed_at + rule.wait(self.failures) - now)

    def fail(self, now: float) -> None:
        self.failures += 1
        self.failed_at = now


K = TypeVar("K", bound=Hashable)


class _Counters(Generic[K]):
    """The counters of one kind; the one that was longest not asked for goes first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counters: OrderedDict[K, _Counter] = OrderedDict()

    def __getitem__(self, key: K) -> _Counter:
        counter = self._counters.setdefault(key, _Counter())
        self._counters.move_to_end(key)
        if len(self._counters) > self._limit:
            self._counters.popitem(last=False)
        return counter


class Attempt:
    """One try that was let through; whoever opened it says how it ended, or nothing if it did not come to that."""

    def __init__(self, pair: _Counter, others: tuple[_Counter, ...], now: float) -> None:
        self._pair = pair
        self._others = others
        self._now = now

    def succeeded(self) -> None:
        """The password was right: this network has found its way to this account."""
        self._pair.failures = 0

    def failed(self) -> None:
        """The password was wrong."""
        for counter in (self._pair, *self._others):
            counter.fail(self._now)


class Attempts:
    """The counters of this process; `limit` bounds each kind of them."""

    def __init__(self, *, limit: int = 20_000) -> None:
        self._pairs: _Counters[tuple[str, str]] = _Counters(limit)
        self._accounts: _Counters[str] = _Counters(limit)
        self._networks: _Counters[str] = _Counters(limit)

    @contextmanager
    def trying(self, account: str, address: str, *, now: datetime) -> Iterator[Attempt]:
        """Counts a try at an account, named by anything that is the same each time, however its name was typed.

        Raises:
            TooManyAttempts: it has to wait.
        """
        seconds, network = now.timestamp(), rate_limit.address_key(address)
        pair, by_account, by_network = self._pairs[account, network], self._accounts[account], self._networks[network]
        waits = [pair.wait(BY_PAIR, seconds), by_network.wait(BY_NETWORK, seconds)]
        if pair.failures:
            waits.append(by_account.wait(BY_ACCOUNT, seconds))
        room = 1 if pair.failures >= BY_PAIR.free else MOST_AT_ONCE - pair.failures
        if max(waits) > 0 or pair.running >= room:
            raise TooManyAttempts(retry_after=max(waits))
        pair.running += 1
        try:
            yield Attempt(pair, (by_account, by_network), seconds)
        finally:
            pair.running -= 1
