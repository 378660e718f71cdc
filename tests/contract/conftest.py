"""A house for walking every route many times."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from src.config import Settings
from src.database import Database
from src.features import FEATURES
from tests.hearth import Hearth, opened


@pytest.fixture
async def unlimited(app: FastAPI, settings: Settings, database: Database) -> AsyncIterator[Hearth]:
    """A house without a limit of requests, which would hide what lies behind it."""
    async with opened(app, settings.model_copy(update={"rate_limit": 0}), database, FEATURES) as house:
        yield house
