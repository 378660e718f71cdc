"""Who may try a password now: a rule against guessing that nobody can use to lock the owner out.

Wrong passwords are counted for each (account, network), account and network; a network is an IPv4 address or an IPv6
/64. Past a few free ones the next try has to wait, twice as long each time. Only the first two counters look at the
account, and a network that has not failed with it yet is let through whatever the others did: whoever guesses holds
up nobody but the networks that guess. Unknown accounts are counted like known ones. Kept in memory and bounded; what
nobody fails at for an hour is forgotten. Other processes hear of it where `AttemptsBook` tells them: each lets through
a few free ones at most before it has heard.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

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
class Counter:
    """What is known of one account, network, or pair of both; instants in seconds of the epoch."""

    failures: int = 0
    failed_at: float = 0.0
    running: int = 0
    # How often a success has wiped it out, as far as has been heard.
    forgiven: int = 0

    def wait(self, rule: Rule, now: float) -> float:
        """Seconds until the rule lets the next try through."""
        if now - self.failed_at >= FORGOTTEN_SECONDS:
            self.failures = 0
        return max(0.0, self.failed_at + rule.wait(self.failures) - now)

    def fail(self, now: float) -> None:
        """One more."""
        self.failures += 1
        self.failed_at = now


# Hears of what happens to a counter: its name, and the failures that came to it; none for a mere look at it, and
# `FORGIVEN` when they are forgotten.
Told = Callable[[str, int], None]
FORGIVEN = -1


class Counters:
    """The counters of one kind by name; the one that was longest not asked for goes first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counters: OrderedDict[str, Counter] = OrderedDict()

    def __getitem__(self, key: str) -> Counter:
        counter = self._counters.setdefault(key, Counter())
        self._counters.move_to_end(key)
        if len(self._counters) > self._limit:
            self._counters.popitem(last=False)
        return counter


class Attempt:
    """One try that was let through; whoever opened it says how it ended, or nothing if it did not come to that."""

    def __init__(self, counters: dict[str, Counter], pair: str, now: float, tell: Told) -> None:
        self._counters = counters
        self._pair = pair
        self._now = now
        self._tell = tell

    def succeeded(self) -> None:
        """The password was right: this network has found its way to this account."""
        if self._counters[self._pair].failures:
            self._counters[self._pair].failures = 0
            self._tell(self._pair, FORGIVEN)

    def failed(self) -> None:
        """The password was wrong."""
        for name, counter in self._counters.items():
            counter.fail(self._now)
            self._tell(name, 1)


def _to_nobody(_name: str, _failures: int) -> None:
    """One process has nobody to tell."""


class Attempts:
    """The counters of this process; `limit` bounds each kind of them, `tell` hears of each change."""

    def __init__(self, *, limit: int = 20_000, tell: Told = _to_nobody) -> None:
        self._kinds = {kind: Counters(limit) for kind in ("pair", "account", "network")}
        self._tell = tell

    def counter(self, name: str) -> Counter:
        """The counter of this name, as `tell` hears it."""
        return self._kinds[name.partition(" ")[0]][name]

    @contextmanager
    def trying(self, account: str, address: str, *, now: datetime) -> Iterator[Attempt]:
        """Counts a try at an account, named by anything that is the same each time, however its name was typed.

        Raises:
            TooManyAttempts: it has to wait.
        """
        seconds, network = now.timestamp(), rate_limit.address_key(address)
        names = (f"pair {network} {account}", f"account {account}", f"network {network}")
        counters = {name: self.counter(name) for name in names}
        pair, by_account, by_network = counters.values()
        for name in names:
            self._tell(name, 0)
        waits = [pair.wait(BY_PAIR, seconds), by_network.wait(BY_NETWORK, seconds)]
        if pair.failures:
            waits.append(by_account.wait(BY_ACCOUNT, seconds))
        room = 1 if pair.failures >= BY_PAIR.free else MOST_AT_ONCE - pair.failures
        if max(waits) > 0 or pair.running >= room:
            raise TooManyAttempts(retry_after=max(waits))
        pair.running += 1
        try:
            yield Attempt(counters, names[0], seconds, self._tell)
        finally:
            pair.running -= 1
