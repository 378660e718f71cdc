"""Circuit breakers: a host that fails again and again is left alone for a while, then tried by one call. Pure."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from src import clock
from src.outbound import exceptions
from src.outbound.constants import FAILURES, MAX_HOSTS, REST_SECONDS


@dataclass
class _Host:
    failures: int = 0
    rests_until: datetime | None = None
    is_tried: bool = False


class Passage:
    """One call that was let through; it has succeeded unless somebody says otherwise."""

    def __init__(self) -> None:
        self.has_failed = False

    def failed(self) -> None:
        """The host did not answer, or answered that it cannot."""
        self.has_failed = True


class Breakers:
    """What this process knows of the hosts that it calls."""

    def __init__(self, *, failures: int = FAILURES, rest_seconds: float = REST_SECONDS, limit: int = MAX_HOSTS) -> None:
        """Takes after how many failures in a row a host rests, how long, and how many hosts are remembered."""
        self._failures = failures
        self._rest = timedelta(seconds=rest_seconds)
        self._limit = limit
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @contextmanager
    def passing(self, name: str) -> Iterator[Passage]:
        """Lets a call to this host through; an exception in the block is a failure, but for those of our own limits.

        Raises:
            HostResting: it has failed too often, or is being tried by another call.
        """
        self._enter(name)
        passage = Passage()
        try:
            yield passage
        except (exceptions.AddressRefused, exceptions.AnswerTooLarge):
            raise
        except BaseException:
            passage.failed()
            raise
        finally:
            self._leave(name, failed=passage.has_failed)

    def _enter(self, name: str) -> None:
        host = self._hosts.get(name)
        if host is None or host.rests_until is None:
            return
        now = clock.now()
        if now < host.rests_until or host.is_tried:
            left = max(1, round((host.rests_until - now).total_seconds()))
            raise exceptions.HostResting(retry_after=left)
        host.is_tried = True

    def _leave(self, name: str, *, failed: bool) -> None:
        if not failed:
            self._hosts.pop(name, None)
            return
        host = self._hosts.setdefault(name, _Host())
        self._hosts.move_to_end(name)
        host.failures += 1
        host.is_tried = False
        if host.failures >= self._failures:
            host.rests_until = clock.now() + self._rest
        while len(self._hosts) > self._limit:
            self._hosts.popitem(last=False)
