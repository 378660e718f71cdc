"""A house in which there are circles: groups of a kind of these tests' own."""

from collections.abc import AsyncIterator, Collection

import pytest
from fastapi import FastAPI

from src.config import Settings
from src.database import Database, ReadSession
from src.feature import Feature
from src.features import FEATURES
from src.groups.kinds import GroupKind
from tests.groups.steps import CIRCLE
from tests.hearth import Hearth, opened


async def _describe(_session: ReadSession, group_ids: Collection[int]) -> dict[int, str]:
    return {id_: f"Circle {id_}" for id_ in group_ids}


@pytest.fixture
async def hearth(app: FastAPI, settings: Settings, database: Database) -> AsyncIterator[Hearth]:
    """The whole house without a limit of requests, with circles in it."""
    features = (*FEATURES, Feature("circles", (GroupKind(CIRCLE, _describe),)))
    async with opened(app, settings.model_copy(update={"rate_limit": 0}), database, features) as house:
        yield house
