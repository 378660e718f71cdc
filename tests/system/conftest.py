"""Houses, each on a data directory of its own, that are gone when the test is over."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.system.house import House

Build = Callable[..., House]


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Makes houses with these settings; none is started."""
    built: list[House] = []

    def make(**environment: str) -> House:
        built.append(House(tmp_path / f"house{len(built)}", environment))
        return built[-1]

    yield make
    for house in built:
        await house.close()


@pytest.fixture
async def house(build: Build) -> House:
    """A house that has been started."""
    made = build()
    await made.start()
    return made


@pytest.fixture
def ffmpeg() -> None:
    """Skips where films cannot be handled."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
