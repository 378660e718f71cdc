"""Ports for servers that are started more than once: nobody else gets them while they are down."""

import os
import random
import socket
from collections.abc import Sequence
from itertools import cycle
from typing import Final

# Below those that a system gives to whoever asks for any, and above those of services that one may have.
_FIRST, _LAST = 15_000, 32_000
# Workers of one run have none in common.
_WORKERS: Final = 16
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_own = range(_FIRST + _worker, _LAST, _WORKERS)
# Each is given once before any is given again; at random, for there may be another run beside this one.
_next = cycle(random.sample(_own, len(_own)))


def free(count: int = 1) -> Sequence[int]:
    """Ports that nobody uses now."""
    found: list[int] = []
    for port in _next:
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            break
    return found
