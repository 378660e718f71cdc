"""Two servers over one database of the operator's own: what one does, the other knows."""

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text

from src import embedded
from src.auth import models as auth_models
from src.database import Database
from src.users import models as users_models
from tests.patience import PATIENT
from tests.system.conftest import Build
from tests.system.house import PATIENCE, House, wrong_in

pytestmark = pytest.mark.system

# So many that their homes are filled after the answer.
FOLLOWERS = 2_500
_DONE = "SELECT count(*) FROM timeline_entries WHERE entry_id = ANY(:posts)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database that is no server's own."""
    server = await asyncio.to_thread(embedded.start, tmp_path / "elsewhere", {"fsync": "off"})
    found = Database(server.owner_url, pool_timeout=30, settings=PATIENT)
    yield found
    await found.close()
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def pair(build: Build, database: Database) -> tuple[House, House]:
    """Two servers over it, with the same keys."""
    secrets = {name: urlsafe_b64encode(name.ljust(32).encode()).decode() for name in ("SIGNING_KEYS", "REFRESH_SECRET")}
    url = database.engine.url.render_as_string(hide_password=False)
    first, second = build(DATABASE_URL=url, **secrets), build(DATABASE_URL=url, **secrets)
    await first.start()
    await second.start()
    return first, second


async def test_a_session_that_ended_in_one_is_refused_by_the_other(pair: tuple[House, House]) -> None:
    first, second = pair
    token = await first.sign_up("ada")
    headers = {"Authorization": f"Bearer {token}"}
    async with first.client() as here, second.client() as there:
        assert (await there.get("/v1/timelines/home", headers=headers)).status_code == 200
        assert (await here.post("/v1/auth/logout", headers=headers)).status_code == 204
        assert (await here.get("/v1/timelines/home", headers=headers)).status_code == 401
        await _until_refused(there, headers)


async def _until_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """It takes a second at most; the rest is for a machine that is busy with something else."""
    deadline = time.monotonic() + PATIENCE
    while (answer := await client.get("/v1/timelines/home", headers=headers)).status_code != 401:
        assert answer.status_code == 200, answer.text
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert answer.json()["code"] == "invalid_token"


async def test_what_either_writes_is_handled_once(pair: tuple[House, House], database: Database) -> None:
    headers = {"Authorization": f"Bearer {await pair[0].sign_up('ada')}"}
    await _follow_in_crowds(database, "ada")
    posts: list[int] = []
    for house in (*pair, *pair):
        async with house.client() as client:
            made = await client.post("/v1/posts", json={"text": "To all of you"}, headers=headers)
            assert made.status_code == 201, made.text
            posts.append(int(made.json()["id"]))
    everybody = len(posts) * (FOLLOWERS + 1)
    deadline = time.monotonic() + PATIENCE
    while await _entries(database, posts) < everybody:
        assert time.monotonic() < deadline, "entries are missing"
        await asyncio.sleep(0.05)
    assert await _entries(database, posts) == everybody
    assert await wrong_in(database) == []
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM dead_letters")) == 0


async def _follow_in_crowds(database: Database, username: str) -> None:
    """Makes a crowd that follows this person."""
    account, profile = auth_models.Account, users_models.Profile
    async with database.write() as session:
        star = (await session.scalars(select(account).where(account.username == username))).one()
        crowd = [
            account(username=f"follower{number}", role=star.role, state=star.state, created_at=star.created_at)
            for number in range(FOLLOWERS)
        ]
        session.add_all(crowd)
        await session.flush()
        for one in crowd:
            face = profile(
                account_id=one.id,
                display_name=one.username,
                private=False,
                created_at=one.created_at,
                following_count=1,
            )
            tie = users_models.Follow(follower_id=one.id, followee_id=star.id, accepted=True)
            session.add_all((face, tie))
        (await session.get_one(profile, star.id)).followers_count = FOLLOWERS


async def _entries(database: Database, posts: list[int]) -> int:
    async with database.read() as session:
        return int(await session.scalar(text(_DONE), {"posts": posts}) or 0)
