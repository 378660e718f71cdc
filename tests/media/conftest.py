"""A house whose files lie in a folder of the test's own, and where media can hang on things."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI

from src.config import Settings
from src.database import Database, ReadSession
from src.feature import Feature
from src.features import FEATURES
from src.media.attachments import Attachment
from src.posts.constants import Permission as PostsPermission
from tests.hearth import Hearth, opened
from tests.media import s3

THING = "thing"


@dataclass
class Things:
    """Things that media can hang on, and who may see them: 0 is everybody."""

    seen_by: dict[int, set[int]] = field(default_factory=dict)

    async def readable(self, _session: ReadSession, viewer_id: int, thing_id: int) -> bool:
        """The part's question."""
        return bool(self.seen_by.get(thing_id, set()) & {0, viewer_id})


@pytest.fixture
def things() -> Things:
    """No thing can be seen by anybody yet."""
    return Things()


@pytest.fixture(autouse=True)
def _in_a_folder(folder: Path) -> None:
    """Each test has its own files."""


@pytest.fixture
async def hearth(app: FastAPI, settings: Settings, database: Database, things: Things) -> AsyncIterator[Hearth]:
    """The whole house, with things in it."""
    features = (*FEATURES, Feature("things", (Attachment(THING, things.readable, PostsPermission.READ),)))
    async with opened(app, settings, database, features) as house:
        yield house


@pytest.fixture
def ffmpeg() -> None:
    """Skips where films cannot be handled; in CI they have to be."""
    if shutil.which("ffmpeg") is None:
        if os.environ.get("CI"):
            pytest.fail("ffmpeg is not installed")
        pytest.skip("ffmpeg is not installed")


def stored(folder: Path) -> list[Path]:
    """Every file that lies in the folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def moto_address() -> Iterator[str]:
    """Moto's server, for the whole run."""
    with s3.moto() as address:
        yield address


@pytest.fixture(scope="session")
def gateway_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real S3 server, for the whole run."""
    with s3.gateway(tmp_path_factory.mktemp("s3")) as address:
        yield address


@pytest.fixture(params=["moto", "gateway"])
def s3_address(request: pytest.FixtureRequest) -> str:
    """One S3 server after the other."""
    address = request.getfixturevalue(f"{request.param}_address")
    assert isinstance(address, str)
    return address
