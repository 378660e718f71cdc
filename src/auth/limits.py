"""How many letters an account and a network may ask for."""

from src.auth.callers import Caller, Origin
from src.auth.exceptions import TooManyLetters
from src.rate_limit import Limiter, Policy, address_key, headers_of

BY_ACCOUNT = Policy("letters", 5, 3600)
# A household, or a school's class on its first day.
BY_NETWORK = Policy("letters-network", 20, 3600)


class LetterLimits:
    """Counts by a limiter that nothing else uses: a flood of requests does not push out who has asked for letters."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def check(self, origin: Origin, caller: Caller | None = None) -> None:
        """Counts a wish for a letter.

        Raises:
            TooManyLetters: there have been enough from there, or for this account.
        """
        if caller is not None:
            self._take(str(caller.account_id), BY_ACCOUNT)
        self._take(address_key(origin.address), BY_NETWORK)

    def _take(self, key: str, policy: Policy) -> None:
        decision = self._limiter.check(key, policy)
        if not decision.allowed:
            raise TooManyLetters(retry_after=decision.retry_after, headers=headers_of(policy, decision))
