"""Runs tasks without the rest of the server."""

from collections.abc import AsyncIterator

import pytest

from src.cpu.pool import CpuPool
from src.database import Database
from tests.tasks.house import House


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """No runner runs yet."""
    cpu = CpuPool(1)
    yield House(database, cpu)
    await cpu.close()
