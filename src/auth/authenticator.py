"""What a process needs to know of credentials to let requests in without a look at the database.

An access token says all by itself and is verified once; an API key is looked up once and remembered for some minutes.
Both are held against the credentials that have ended.
"""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from src import clock
from src.auth import attempts_book, opaque, queries, rights, tokens
from src.auth.attempts import Attempts
from src.auth.callers import Caller
from src.auth.config import AuthSettings
from src.auth.constants import Role
from src.auth.ended import EndedCredentials
from src.auth.exceptions import InvalidToken, UnusableKeys
from src.auth.gathered import Gathered
from src.auth.keyring import KeyFile, Keyring, keyring_from_text
from src.auth.limits import LetterLimits
from src.auth.passwords import Hasher
from src.auth.sealing import Sealer, sealer_from_text, sealer_in
from src.config import Settings, of
from src.database import Database
from src.feature import Role as Rank
from src.limits import config as limits_config
from src.limits import shared as limits_shared

# Shorter than a revocation lives: an ended key is forgotten before what ended it is.
_REMEMBERED_SECONDS = 300.0
_REMEMBERED_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom a credential speaks for, and until when by itself; None: for good."""

    caller: Caller
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class _KeyHolder:
    caller: Caller
    expires_at: datetime | None
    looked_up_at: float


class Authenticator:
    """The credentials' side of a process; found as `request.state.authenticator`.

    Attributes:
        keyring: what signs tokens.
        sealer: what is sealed in the database.
        hasher: where passwords are checked.
        attempts: who may try a password.
        letters: who may ask for a letter.
        ended: the sessions and keys that are refused.
        gathered: last uses and failed logins on their way to the database.
    """

    def __init__(
        self, database: Database, keyring: Keyring, sealer: Sealer, *, attempts: Attempts, letters: LetterLimits
    ) -> None:
        self.keyring = keyring
        self.sealer = sealer
        self.hasher = Hasher()
        self.attempts = attempts
        self.letters = letters
        self.ended = EndedCredentials(database)
        self.gathered = Gathered(database)
        self._database = database
        self._tokens = tokens.TokenReader(keyring)
        self._key_holders: dict[bytes, _KeyHolder] = {}

    async def caller(self, credential: str) -> Caller:
        """Whom an access token or API key speaks for.

        Raises:
            InvalidToken: it is not good, or no longer.
            Unavailable: it cannot be told at the moment whether it has ended.
        """
        await self.ended.be_fresh()
        now = clock.now()
        is_key = opaque.is_api_key(credential)
        caller = await self._key_holder(credential, now) if is_key else self._token_holder(credential, now)
        if caller.session_id in self.ended:
            raise InvalidToken
        self.gathered.use(caller.session_id, now)
        return caller

    async def admit(self, credential: str) -> Admitted:
        """The same with the end of the credential, for what outlives a request.

        Raises:
            InvalidToken, Unavailable: as `caller`.
        """
        caller = await self.caller(credential)
        if opaque.is_api_key(credential):
            holder = self._key_holders.get(opaque.digest(credential))
            return Admitted(caller, None if holder is None else holder.expires_at)
        claims = self._tokens.read(credential, now=clock.now())
        return Admitted(caller, datetime.fromtimestamp(claims.expires_at, UTC))

    def access_token(
        self, *, account_id: int, session_id: int, role: Rank, scopes: frozenset[str] = frozenset()
    ) -> str:
        """An access token for a session, good for ten minutes from now; with `scopes` for nothing else."""
        return tokens.issue(
            self.keyring,
            account_id=account_id,
            session_id=session_id,
            role=Role.of(role),
            scopes=scopes,
            now=clock.now(),
        )

    def _token_holder(self, token: str, now: datetime) -> Caller:
        claims = self._tokens.read(token, now=now)
        return Caller(claims.account_id, claims.session_id, claims.role.rank, claims.scopes or None)

    async def _key_holder(self, key: str, now: datetime) -> Caller:
        digest = opaque.digest(key)
        holder = self._key_holders.get(digest)
        if holder is None or time.monotonic() - holder.looked_up_at > _REMEMBERED_SECONDS:
            holder = await self._look_up(digest)
        if holder.expires_at is not None and holder.expires_at <= now:
            raise InvalidToken
        return holder.caller

    async def _look_up(self, digest: bytes) -> _KeyHolder:
        self._key_holders.pop(digest, None)
        looked_up_at = time.monotonic()
        rows = await queries.API_KEY.fetch(self._database, digest=digest)
        if not rows:
            raise InvalidToken
        id_, account_id, scopes, expires_at, role, second_factor_at = rows[0]
        present = rights.present_role(Rank(role), second_factor_at)
        caller = Caller(account_id, id_, present, frozenset(scopes), is_key=True)
        if len(self._key_holders) >= _REMEMBERED_KEYS:
            del self._key_holders[next(iter(self._key_holders))]
        holder = self._key_holders[digest] = _KeyHolder(caller, expires_at, looked_up_at)
        return holder


@asynccontextmanager
async def opened(settings: Settings, database: Database) -> AsyncIterator[Authenticator]:
    """The process's authenticator, with its background work running.

    Raises:
        UnusableKeys: the keys of the environment or of the data directory cannot be used.
    """
    auth_settings, limits = of(AuthSettings), of(limits_config.LimitsSettings)
    keyring, sealer = _keyring(settings, auth_settings), _sealer(settings, auth_settings)
    async with AsyncExitStack() as stack:
        attempts = await stack.enter_async_context(attempts_book.counting(limits))
        letters = LetterLimits(await stack.enter_async_context(limits_shared.limiting(limits)))
        authenticator = Authenticator(database, keyring, sealer, attempts=attempts, letters=letters)
        await stack.enter_async_context(authenticator.gathered.running())
        await stack.enter_async_context(authenticator.ended.running())
        yield authenticator


def _keyring(settings: Settings, auth_settings: AuthSettings) -> Keyring:
    signing_keys, refresh_secret = auth_settings.signing_keys, auth_settings.refresh_secret
    if signing_keys is None and refresh_secret is None:
        settings.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return KeyFile(settings.data_directory / "keys.json")
    if signing_keys is None or refresh_secret is None:
        raise UnusableKeys("SIGNING_KEYS and REFRESH_SECRET go together")
    return keyring_from_text(signing_keys.get_secret_value(), refresh_secret=refresh_secret.get_secret_value())


def _sealer(settings: Settings, auth_settings: AuthSettings) -> Sealer:
    if auth_settings.sealing_keys is not None:
        return sealer_from_text(auth_settings.sealing_keys.get_secret_value())
    settings.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return sealer_in(settings.data_directory)
