"""`hearth serve` as a process on a data directory of its own: started, killed and stopped as often as a test likes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from sqlalchemy import text

from src import embedded
from src.config import ROOT
from src.database import Database
from src.feature import Check, Registry
from src.features import FEATURES
from src.runtime import CONSUMED
from tests import ports
from tests.patience import PATIENT

# Nothing here takes a tenth of it; it only keeps a test from hanging.
PATIENCE = 90.0
_LOOK_AGAIN = 0.01
_BUSY = """
    SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hearth' AND state <> 'idle'
    AND datname = current_database() AND pid <> pg_backend_pid()
"""
_SETTINGS = {"ENVIRONMENT": "development", "REGISTRATION": "open", "RATE_LIMIT": "0", "HEARTH_ENV_FILE": ""}


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        await asyncio.sleep(_LOOK_AGAIN)


@dataclass
class House:
    """A server process, of which there may have been earlier ones on the same data."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    # What is run: Hearth, or a module of tests that makes something else of it first.
    module: str = "src"
    # Where the last one that was started answers.
    url: str = ""
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """All that its processes have said."""
        return self.data.with_suffix(".log")

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The last one that was started."""
        assert self._process is not None
        return self._process

    async def start(self, *, port: int | None = None) -> None:
        """Starts a server on this port, or on one that stays free while it is down; returns once it answers."""
        if port is None:
            [port] = ports.free()
        with self.log.open("ab") as log:
            said_before = log.tell()
            self._process = subprocess.Popen(  # noqa: ASYNC220  its files are not pipes
                [sys.executable, "-m", self.module, "serve", "--port", str(port)],
                cwd=ROOT,
                env={**os.environ, **_SETTINGS, "HEARTH_DATA": str(self.data), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

        def address() -> str | None:
            assert self.process.poll() is None, self.log.read_text()
            said = self.log.read_bytes()[said_before:].decode().splitlines()
            return next((line.split()[1] for line in said if line.startswith("  Address")), None)

        await until(address, "the start")
        self.url = address() or ""

    async def kill(self) -> None:
        """The server ends without a word, in the middle of whatever it does."""
        self.process.kill()
        await asyncio.to_thread(self.process.wait, PATIENCE)

    def ask_to_stop(self) -> None:
        """Tells it to stop and does not wait."""
        self.process.send_signal(signal.SIGTERM)

    async def stop(self) -> int:
        """Tells it to stop; the exit code."""
        self.ask_to_stop()
        return await asyncio.to_thread(self.process.wait, PATIENCE)

    def family(self) -> list[psutil.Process]:
        """The processes below it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def postmaster(self) -> psutil.Process | None:
        """The embedded PostgreSQL, if it runs."""
        [*files] = self.data.glob("postgres/*/postmaster.pid")
        try:
            return psutil.Process(int(files[0].read_text().splitlines()[0]))
        except (IndexError, OSError, ValueError, psutil.NoSuchProcess):
            return None

    def client(self) -> httpx.AsyncClient:
        """A client of the server that runs now."""
        return httpx.AsyncClient(base_url=self.url, timeout=PATIENCE)

    async def sign_up(self, username: str) -> str:
        """A new person's access token."""
        body = {"username": username, "password": "a table of seven stones"}
        async with self.client() as client:
            answer = await client.post("/v1/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["grant"]["access_token"]
        return token

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """Its embedded database, as the owner of the schema; does not keep the server from stopping it."""
        share = await asyncio.to_thread(embedded.start, self.data)
        database = Database(share.owner_url, pool_timeout=30, settings=PATIENT)
        try:
            if self._process is not None and self._process.poll() is None:
                await asyncio.to_thread(share.stop)
            yield database
        finally:
            await database.close()
            await asyncio.to_thread(share.stop)

    async def close(self) -> None:
        """Ends whatever is left, the embedded PostgreSQL of a killed server too."""
        if self._process is not None and self._process.poll() is None:
            await self.kill()
        if "DATABASE_URL" not in self.environment:
            # Whoever gives back the last share stops it.
            share = await asyncio.to_thread(embedded.start, self.data)
            await asyncio.to_thread(share.stop)


async def is_idle(database: Database) -> None:
    """Returns once nobody else has anything under way in the database."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.read() as session:
                if not await session.scalar(text(_BUSY)):
                    return
            await asyncio.sleep(_LOOK_AGAIN)


async def wrong_in(database: Database) -> list[str]:
    """What the looks of `hearth doctor` at derived data find."""
    found: list[str] = []
    async with database.read() as session:
        for check in Registry(FEATURES, consumed=CONSUMED).all(Check):
            found += await check.run(session)
    return found
