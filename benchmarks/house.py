"""What the rows are measured on: an embedded PostgreSQL with generated posts, and servers in processes of their own."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import psutil
from sqlalchemy.engine import make_url

from src import clock, embedded, migrations
from src.auth.constants import Role
from src.auth.keyring import KeyFile
from src.auth.tokens import issue
from src.config import ROOT

_CORE = 0
_START_SECONDS = 60


@dataclass
class House:
    """A migrated database with its server, in a folder that goes away afterwards."""

    folder: Path
    server: embedded.EmbeddedServer

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """The owner's bare connection."""
        return await asyncpg.connect(self.driver_url(owner=True), server_settings={"jit": "off"})

    def driver_url(self, *, owner: bool = False) -> str:
        """The database's address as the driver takes it."""
        url = make_url(self.server.owner_url if owner else self.server.url).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def token(self, account_id: int, session_id: int) -> str:
        """An access token that the servers of this house accept."""
        keys = KeyFile(self.folder / "keys.json")
        return issue(keys, account_id=account_id, session_id=session_id, role=Role.MEMBER, scopes=(), now=clock.now())

    def environment(self) -> dict[str, str]:
        """What a server process of this house needs to know."""
        # A house that has been started once has its bytecode; some shells forbid to write it.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return kept | {
            "HEARTH_ENV_FILE": "",
            "ENVIRONMENT": "development",
            "HEARTH_DATA": str(self.folder),
            "DATABASE_URL": self.server.url,
            "BARE_DATABASE_URL": self.driver_url(),
            "RATE_LIMIT": "0",
            "LOG_LEVEL": "WARNING",
            "POOL_SIZE": "16",
        }


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    """A new, migrated house."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = await asyncio.to_thread(embedded.start, folder)
        try:
            await migrations.upgrade(server.owner_url)
            yield House(folder, server)
        finally:
            await asyncio.to_thread(server.stop)


@dataclass
class Server:
    """A server process that answers."""

    port: int
    process: subprocess.Popen[bytes]
    started_in: float

    def memory(self) -> float:
        """Resident MB of the process and its children, PostgreSQL's apart."""
        parent = psutil.Process(self.process.pid)
        family = [parent, *parent.children(recursive=True)]
        return sum(one.memory_info().rss for one in family if "postgres" not in one.name()) / 1e6


@asynccontextmanager
async def serving(
    arguments: list[str], port: int, probe: str, environment: dict[str, str], *, pinned: bool = True
) -> AsyncIterator[Server]:
    """A server, on one core if `pinned`, from its start to its stop."""
    begin = time.perf_counter()
    process = subprocess.Popen(  # noqa: ASYNC220, S603  our own servers; nothing else runs meanwhile
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    if pinned and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {_CORE})
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            while True:
                try:
                    if (await client.get(probe)).status_code < 500:
                        break
                except httpx.TransportError:
                    if time.perf_counter() - begin > _START_SECONDS or process.poll() is not None:
                        raise
                    await asyncio.sleep(0.02)
        yield Server(port, process, time.perf_counter() - begin)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait)


def hearth(
    of: House, port: int, *, pinned: bool = True, more: Mapping[str, str] | None = None
) -> AbstractAsyncContextManager[Server]:
    """Hearth itself, as `hearth serve` runs it, with more settings if there are any."""
    environment = of.environment() | dict(more or {})
    return serving(["src", "serve", "--port", str(port)], port, "/health/live", environment, pinned=pinned)


def other(of: House, app: str, port: int) -> AbstractAsyncContextManager[Server]:
    """One of the apps that Hearth is measured against, in the same server software."""
    arguments = ["uvicorn", app, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    return serving(arguments, port, "/", of.environment())
