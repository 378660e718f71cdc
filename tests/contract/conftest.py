"""A house for walking every route many times."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from src.config import Settings
from src.database import Database
from src.features import FEATURES
from tests.contract import stage
from tests.hearth import Hearth, opened
from tests.permission_table import Row


def pytest_addoption(parser: pytest.Parser) -> None:
    """Takes the package whose rows alone are to be walked."""
    parser.addoption("--rows-of", metavar="PACKAGE", help="walk the routes of this package, and not all")


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> tuple[Row, ...]:
    """The rows of permission tables to walk."""
    package = request.config.getoption("--rows-of", default=None)
    return tuple(stage.ROWS.values()) if package is None else stage.tables()[str(package)]


@pytest.fixture
async def unlimited(app: FastAPI, settings: Settings, database: Database) -> AsyncIterator[Hearth]:
    """A house without a limit of requests, which would hide what lies behind it."""
    async with opened(app, settings.model_copy(update={"rate_limit": 0}), database, FEATURES) as house:
        yield house
