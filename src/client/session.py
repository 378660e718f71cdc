"""Signing in, and tokens that are good for as long as the session is."""

import asyncio

from src.client.calls import Calls
from src.client.exceptions import Refused, SignedOut, Unreachable
from src.client.schemas import Grant

# A refresh whose answer was lost may be repeated for ten seconds; later it looks like a stolen token.
_ATTEMPTS = 4
_WAIT_SECONDS = 1.0


class SecondFactorNeeded(Exception):
    """The password was right, and a code of the authenticator, or a recovery code, comes next."""

    def __init__(self, challenge: str) -> None:
        super().__init__("A code of your authenticator is needed.")
        self.challenge = challenge


async def sign_in(calls: Calls, *, login: str, password: str) -> "Session":
    """Opens a session.

    Args:
        calls: the way to the server, as a stranger.
        login: username or e-mail address.
        password: of the account.

    Raises:
        SecondFactorNeeded: go on with `confirm`.
        Refused, Unreachable: as `Calls.ask`.
    """
    try:
        found = await calls.ask("POST", "auth", "login", body={"login": login, "password": password})
    except Refused as refused:
        challenge = refused.members.get("challenge")
        if isinstance(challenge, str):
            raise SecondFactorNeeded(challenge) from None
        raise
    return Session(calls, Grant.model_validate_json(found))


async def confirm(calls: Calls, *, challenge: str, code: str) -> "Session":
    """Opens the session that the challenge is for; raises as `sign_in`."""
    body = {"challenge": challenge, "code": code}
    found = await calls.ask("POST", "auth", "login", "second-factor", body=body)
    return Session(calls, Grant.model_validate_json(found))


class Session:
    """A session of an account: gives its access tokens, as `Client` and `Calls` ask for them."""

    def __init__(self, calls: Calls, grant: Grant) -> None:
        """Takes the way to the server, as a stranger, and what signing in gave."""
        self._calls = calls
        self._grant = grant
        self._turn = asyncio.Lock()

    @property
    def account_id(self) -> int:
        """Whose it is."""
        return self._grant.account_id

    async def tokens(self, instead_of: str | None) -> str:
        """The access token; given the present one, a new one.

        Raises:
            SignedOut: the session has ended.
            Unreachable: the server does not answer.
        """
        async with self._turn:
            if instead_of == self._grant.access_token:
                self._grant = await self._refreshed()
            return self._grant.access_token

    async def end(self) -> None:
        """Signs out; raises as `Calls.ask`."""
        await self._calls.signed_in(self.tokens).ask("POST", "auth", "logout")

    async def _refreshed(self) -> Grant:
        body = {"refresh_token": self._grant.refresh_token}
        for left in reversed(range(_ATTEMPTS)):
            try:
                return Grant.model_validate_json(await self._calls.ask("POST", "auth", "refresh", body=body))
            except Unreachable:
                if not left:
                    raise
                await asyncio.sleep(_WAIT_SECONDS)
            except Refused as refused:
                if not refused.retry:
                    raise SignedOut from None
                raise Unreachable(str(refused)) from None
        raise SignedOut


class Key:
    """A token that was given for good: an API key, or an access token for as long as it lasts."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def tokens(self, instead_of: str | None) -> str:
        """The token.

        Raises:
            SignedOut: it is good no more.
        """
        if instead_of == self._token:
            raise SignedOut("The token is not good, or not any more.")
        return self._token
