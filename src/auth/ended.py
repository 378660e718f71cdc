"""Which sessions and keys have ended, known in every process within a second, without a query for each request.

Ending one writes a row in `revocations`; each process rereads the live rows twice a second. What it has not been able
to reread for a second it does not trust: then it looks again, and refuses if it still cannot. Rows live as long as a
token that was signed before can be good; that a key or a session has ended stands in its own row, too.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import ColumnElement, insert, update

from src import background, clock
from src.auth import queries
from src.auth.keyring import ACCESS_TOKEN_LIFETIME, LEEWAY
from src.auth.models import ApiKey, Revocation, Session
from src.auth.outage import Outage
from src.database import Database, WriteSession
from src.exceptions import Unavailable

EVERY_SECONDS = 0.5
GOOD_SECONDS = 1.0
LIFETIME = ACCESS_TOKEN_LIFETIME + 2 * LEEWAY
# A reading is waited for in so many parts: a process that stands still uses up one of them, not all its patience.
_PARTS = 4

_NOTED = "ended_credentials"


async def end(session: WriteSession, kind: type[Session | ApiKey], *which: ColumnElement[bool]) -> list[int]:
    """Ends those sessions or keys that have not ended before: here right after the commit, elsewhere within a second.

    Returns:
        Their ids.
    """
    now = clock.now()
    rows = update(kind).where(kind.ended_at.is_(None), *which).values(ended_at=now).returning(kind.id)
    ids = list(await session.scalars(rows))
    if ids:
        await session.execute(insert(Revocation), [{"credential_id": id_, "until": now + LIFETIME} for id_ in ids])
        session.info.setdefault(_NOTED, set()).update(ids)
    return ids


class EndedCredentials:
    """This process's copy of the live revocations."""

    def __init__(self, database: Database) -> None:
        """Knows nothing until `running` is entered. One for each `Database`: it listens to its commits."""
        # A full pool must not make this process deaf, and with it everybody who is signed in.
        self._database = database.apart()
        self._ended: frozenset[int] = frozenset()
        # Ended by this process, until a reading that began later has them.
        self._just_ended: dict[int, float] = {}
        self._known_at = -GOOD_SECONDS
        self._reading: asyncio.Task[None] | None = None
        self._outage = Outage(
            began="Ended sessions cannot be read; requests with credentials are refused until they can",
            ended="Ended sessions can be read again",
        )
        self._listeners: list[Callable[[frozenset[int]], None]] = []
        database.before_commit(self._notice)

    def __contains__(self, credential_id: int) -> bool:
        return credential_id in self._ended or credential_id in self._just_ended

    def listen(self, call: Callable[[frozenset[int]], None]) -> None:
        """Calls `call` with what has newly ended: for what outlives a request, as sockets and streams do."""
        self._listeners.append(call)

    async def be_fresh(self) -> None:
        """Returns when what this process knows is no older than a second.

        Raises:
            Unavailable: it cannot be read at the moment.
        """
        # A reading that is under way may be of before this process stood still; then the next one tells.
        for _ in range(2):
            if not self._is_stale():
                return
            if not await self._reread():
                break
        if self._is_stale():
            raise Unavailable

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Rereads in the background for the length of the block."""
        await self._reread()
        rereading = asyncio.create_task(self._reread_for_ever())
        try:
            yield
        finally:
            await background.end(*filter(None, (rereading, self._reading)))
            await self._database.close()

    def _is_stale(self) -> bool:
        return time.monotonic() - self._known_at > GOOD_SECONDS

    async def _reread_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self._reread()

    async def _reread(self) -> bool:
        """One reading at a time, whoever asks for it; returns also when it takes too long: whether it is over."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        reading = self._reading
        for _ in range(_PARTS):
            await asyncio.wait({reading}, timeout=GOOD_SECONDS / _PARTS)
            if reading.done():
                return True
        return False

    async def _read(self) -> None:
        began = time.monotonic()
        try:
            rows = await queries.REVOKED.fetch(self._database)
        except Exception as error:  # noqa: BLE001  whatever it was, it is tried again
            self._outage.failed(error)
            return
        self._outage.worked()
        ended = frozenset(row[0] for row in rows)
        fresh = ended.difference(self._ended, self._just_ended)
        self._ended, self._known_at = ended, began
        self._just_ended = {id_: at for id_, at in self._just_ended.items() if at >= began}
        self._tell(fresh)

    async def _notice(self, session: WriteSession) -> None:
        ids = frozenset[int](session.info.get(_NOTED, ()))
        if ids:
            session.after_commit(lambda: self._apply(ids))

    def _apply(self, ids: frozenset[int]) -> None:
        # What a reading has found between the commit and this has been told of.
        fresh = ids.difference(self._ended)
        self._just_ended.update(dict.fromkeys(ids, time.monotonic()))
        self._tell(fresh)

    def _tell(self, ids: frozenset[int]) -> None:
        if ids:
            for listener in self._listeners:
                listener(ids)
