"""The way out of a server's process. Clients, which have no database, open their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from src.config import Settings
from src.database import Database
from src.outbound.client import Outbound


@asynccontextmanager
async def opened(_settings: Settings, _database: Database) -> AsyncIterator[Outbound]:
    """The process's way out."""
    outbound = Outbound()
    try:
        yield outbound
    finally:
        await outbound.close()
