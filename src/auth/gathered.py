"""What requests leave behind without waiting for the database: last uses and failed logins, written now and then.

A failed login that wrote a row at once would take longer than one at an unknown account, and so tell which accounts
there are. Each process gathers for itself; what a killed one had gathered is lost, a matter of seconds.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

from src import background, clock
from src.auth import queries
from src.auth.callers import Origin
from src.auth.outage import Outage
from src.database import Database

EVERY_SECONDS = 10.0
_MOST_FAILURES = 1000


class _FailedLogin(NamedTuple):
    account_id: int
    at: datetime
    address: str
    device: str


class Gathered:
    """What this process has gathered since it last wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._uses: dict[int, datetime] = {}
        self._failures: list[_FailedLogin] = []
        self._outage = Outage(
            began="Last uses of sessions and keys could not be written",
            ended="Last uses of sessions and keys are written again",
        )

    def use(self, credential_id: int, at: datetime) -> None:
        """Notes that a session or key was used."""
        self._uses[credential_id] = at

    def failed_login(self, account_id: int, origin: Origin) -> None:
        """Notes a wrong password; past a thousand between two writings they say nothing new."""
        if len(self._failures) < _MOST_FAILURES:
            self._failures.append(_FailedLogin(account_id, clock.now(), origin.address, origin.device))

    async def write(self) -> bool:
        """Writes all that has been gathered, in one transaction of at most three statements; whether that was any."""
        uses, self._uses = self._uses, {}
        failures, self._failures = self._failures, []
        if not (uses or failures):
            return False
        async with self._database.write() as session:
            if uses:
                given = {"credential_id": list(uses), "at": list(uses.values())}
                await session.execute(queries.WRITE_SESSION_USES, given)
                await session.execute(queries.WRITE_KEY_USES, given)
            if failures:
                ids, instants, addresses, devices = zip(*failures, strict=True)
                given = {
                    "account_id": list(ids),
                    "at": list(instants),
                    "address": list(addresses),
                    "device": list(devices),
                }
                await session.execute(queries.WRITE_FAILED_LOGINS, given)
        return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes in the background for the length of the block, and once more at its end."""
        writing = asyncio.create_task(self._write_for_ever())
        try:
            yield
        finally:
            await background.end(writing)
            await self._try_to_write()

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self._try_to_write()

    async def _try_to_write(self) -> None:
        try:
            if await self.write():
                self._outage.worked()
        except Exception as error:  # noqa: BLE001  what comes later is tried again
            self._outage.failed(error)
