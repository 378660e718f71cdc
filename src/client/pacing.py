"""How fast a client may go: frames as the server takes them, and waits between attempts to connect. Pure."""

from src.client.constants import FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS


class Bucket:
    """So many at once, and then so many a second; instants are seconds of a steady clock."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        """Begins full."""
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._at = now

    def take(self, now: float) -> float:
        """Takes one and gives after how many seconds it may go: those before it go first."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - 1
        self._at = now
        return max(0.0, -self._left / self._rate)


class Backoff:
    """Waits that grow, each a random part of what it could be: those who were cut off together come back apart."""

    def __init__(self, first: float = FIRST_WAIT_SECONDS) -> None:
        """Takes the most that the first one can be, in seconds."""
        self._first = self._most = first

    def wait(self, part: float) -> float:
        """The next wait in seconds, for a random number of 0 to 1."""
        seconds = self._most * part
        self._most = min(self._most * 2, MOST_WAIT_SECONDS)
        return seconds

    def restart(self) -> None:
        """The next wait is a short one again."""
        self._most = self._first
