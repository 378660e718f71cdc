"""How fast a client may go."""

import pytest

from src.client.constants import MOST_WAIT_SECONDS
from src.client.pacing import Backoff, Bucket

pytestmark = pytest.mark.unit


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    bucket = Bucket(rate=10, burst=3, now=5.0)
    assert [round(bucket.take(5.0), 3) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    assert bucket.take(60.0) == 0


def test_waits_grow_up_to_a_bound_and_begin_anew() -> None:
    backoff = Backoff(0.5)
    assert [backoff.wait(1) for _ in range(4)] == [0.5, 1, 2, 4]
    assert backoff.wait(0.25) == 2
    assert [backoff.wait(1) for _ in range(9)][-1] == MOST_WAIT_SECONDS
    backoff.restart()
    assert backoff.wait(0.5) == 0.25
