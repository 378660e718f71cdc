"""Whether this process should get requests: what balancers and containers ask every few seconds."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

from alembic.script import ScriptDirectory

from src import migrations
from src.config import Settings, of
from src.database import Database
from src.exceptions import Unavailable
from src.operations import queries
from src.operations.config import OperationsSettings
from src.operations.constants import PING_SECONDS, READY_SECONDS
from src.operations.exceptions import DatabaseUnreachable, Draining, SchemaBehind

logger = logging.getLogger("hearth.operations")


@dataclass(frozen=True)
class History:
    """The revisions that this version knows, and the last of them."""

    known: frozenset[str]
    head: str | None

    def is_behind(self, revision: str | None) -> bool:
        """Whether a database at this revision lacks what this version needs.

        One that we do not know was made by a newer version, which keeps it usable for ours while servers are replaced
        one by one.
        """
        return revision is None or (revision != self.head and revision in self.known)


@cache
def history() -> History:
    """The history in this version's `alembic/versions`."""
    script = ScriptDirectory.from_config(migrations.configuration())
    return History(frozenset(one.revision for one in script.walk_revisions()), script.get_current_head())


class Readiness:
    """One process's answer; found as `request.state.readiness`."""

    def __init__(self, database: Database) -> None:
        """Has not looked yet."""
        self._database = database
        self._looking = asyncio.Lock()
        self._looked_at = -READY_SECONDS
        self._problem: type[Unavailable] | None = None
        self._draining = False

    def drain(self) -> float:
        """From now on the answer is no; gives the seconds that balancers in front get to notice."""
        self._draining = True
        return of(OperationsSettings).drain_seconds

    async def check(self) -> None:
        """Returns if the process is ready; one look at the database answers all who ask within a second.

        Raises:
            Draining: it has been told to stop.
            DatabaseUnreachable: the database does not answer within a second.
            SchemaBehind: the database lacks migrations that this version needs.
        """
        if self._draining:
            raise Draining
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if now - self._looked_at >= READY_SECONDS:
                self._problem = await self._look()
                self._looked_at = asyncio.get_running_loop().time()
        if self._problem is not None:
            raise self._problem

    async def _look(self) -> type[Unavailable] | None:
        try:
            async with asyncio.timeout(PING_SECONDS), self._database.read() as session:
                revision = await queries.revision(session)
        except Exception as error:  # noqa: BLE001  whatever it is, this process cannot serve
            logger.warning("not ready: %s", type(error).__name__)
            return DatabaseUnreachable
        return SchemaBehind if history().is_behind(revision) else None


@asynccontextmanager
async def opened(_settings: Settings, database: Database) -> AsyncIterator[Readiness]:
    """The process's readiness."""
    yield Readiness(database)
