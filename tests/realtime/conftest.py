"""A house with rooms, behind a real port."""

from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI

from src import config
from src.auth import ended
from src.config import Settings
from src.database import Database
from src.events import relay
from src.main import build_app
from src.realtime import upkeep
from src.realtime.config import RealtimeSettings
from tests.hearth import Hearth, opened
from tests.realtime import rooms
from tests.realtime.served import Served, serving

# Some of these sockets say hello late or never, none answers pings by itself, and a machine may stand still: whoever
# does not look at that is not to be closed for it.
_PATIENT = {
    "realtime_hello_seconds": 60,
    "realtime_greeting_seconds": 60,
    "realtime_pong_seconds": 60,
    "realtime_slow_seconds": 600,
}


@pytest.fixture(scope="session")
def app_with_rooms(settings: Settings) -> FastAPI:
    """The app, built once."""
    return build_app(settings, rooms.WITH_ROOMS)


@pytest.fixture
def told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has ended is not read again for long: whoever hears of it was told at once."""
    monkeypatch.setattr(ended, "EVERY_SECONDS", 600)


@pytest.fixture
def woken_alone(monkeypatch: pytest.MonkeyPatch, limits: dict[str, object]) -> None:
    """Relays and hubs look for what is new when they are woken, and at no other time."""
    monkeypatch.setattr(relay, "POLL_SECONDS", 600)
    monkeypatch.setattr(upkeep, "_SLOTS", 1)
    limits["realtime_ping_seconds"] = 300


@pytest.fixture
def limits() -> dict[str, object]:
    """Settings of realtime for one test; overridden in modules by parametrization."""
    return {}


@pytest.fixture
def realtime_settings(limits: dict[str, object]) -> Iterator[None]:
    """Those settings in force."""
    rooms.ROOMS.clear()
    with config.override(RealtimeSettings, **{**_PATIENT, **limits}):
        yield


@pytest.fixture
async def house(
    app_with_rooms: FastAPI, settings: Settings, database: Database, realtime_settings: None
) -> AsyncIterator[Hearth]:
    """The house."""
    del realtime_settings
    async with opened(app_with_rooms, settings, database, rooms.WITH_ROOMS) as found:
        yield found


@pytest.fixture
async def served(house: Hearth, settings: Settings) -> AsyncIterator[Served]:
    """The house behind a port."""
    with config.override(Settings, rate_limit=0):
        async with serving(house, settings) as found:
            yield found
