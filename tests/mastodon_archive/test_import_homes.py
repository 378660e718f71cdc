"""Imported posts in the homes of followers, and follows that an archive brings along."""

import asyncio
from pathlib import Path

import pytest

from src import clock
from src.database import Database, WriteSession
from src.users import service_imports as users_imports
from tests.hearth import Hearth
from tests.mastodon_archive import archives
from tests.mastodon_archive.imports import bring, check, date_of, history, home, ids_of, post, rows, zipped
from tests.patience import PATIENT

pytestmark = pytest.mark.integration


async def test_old_posts_stand_in_homes_at_their_time(hearth: Hearth, tmp_path: Path) -> None:
    alice, carl, fan = [await hearth.account(name) for name in ("alice", "carl", "fan")]
    for name in ("alice", "carl"):
        await fan.client.post(f"/v1/users/{name}/follow")
    with clock.shifted(date_of(500) - clock.now()):
        # Between the posts of the archive.
        await carl.client.post("/v1/posts", json={"text": "by the way"})
    await fan.client.post("/v1/posts", json={"text": "now"})
    hidden = post(1001, to=["https://other.example/users/bob"], cc=[])
    # More than a home keeps: the rest lies below its horizon.
    await bring(hearth.database, zipped(tmp_path, [*history(1000), hidden]), "alice")
    theirs, own, by_carl = [await ids_of(hearth, person) for person in (alice, fan, carl)]
    assert await home(alice) == theirs[::-1]
    assert len(theirs) == 1001
    assert await home(fan) == sorted([*theirs[:1000], *own, *by_carl], reverse=True)
    assert await home(carl) == by_carl
    await check(hearth)


async def test_each_follower_gets_the_posts(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    fans = [await hearth.account() for _ in range(45)]
    follows = [users_imports.OldFollow(fan.id, alice.id, clock.now(), accepted=True) for fan in fans]
    async with hearth.database.write() as session:
        await users_imports.add_old_follows(session, follows)
    await bring(hearth.database, zipped(tmp_path, history(2)), "alice")
    for fan in (fans[0], fans[19], fans[20], fans[44]):
        assert len(await home(fan)) == 2
    await check(hearth)


async def test_who_follows_while_posts_arrive_misses_none(hearth: Hearth, database_url: str, tmp_path: Path) -> None:
    await hearth.account("alice")
    fan = await hearth.account("fan")
    followed, arriving = asyncio.Event(), asyncio.Event()

    async def wait(_session: WriteSession) -> None:
        followed.set()
        await arriving.wait()

    other = Database(database_url, pool_timeout=30, settings=PATIENT)
    # After the handler that fills the home of a new follower, before the commit.
    hearth.database.before_commit(wait)
    follow = asyncio.create_task(fan.client.post("/v1/users/alice/follow"))
    await followed.wait()
    import_ = asyncio.create_task(bring(other, zipped(tmp_path, history(3)), "alice"))
    waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not import_.done() and not await rows(other, waits):
        pass
    arriving.set()
    await asyncio.gather(follow, import_)
    await other.close()
    assert len(await home(fan)) == 3
    await check(hearth)


async def test_nobody_is_told_of_old_posts(hearth: Hearth, tmp_path: Path) -> None:
    alice, fan = await hearth.account("alice"), await hearth.account("fan")
    await fan.client.post("/v1/users/alice/follow")
    await hearth.settle()
    before = await rows(hearth.database, "SELECT gid FROM outbox")
    await bring(hearth.database, zipped(tmp_path, history(5)), "alice")
    assert len(await ids_of(hearth, alice)) == 5
    assert await rows(hearth.database, "SELECT gid FROM outbox") == before


FOLLOWS = b"""Account address,Show boosts,Notify on new posts,Languages
ben@hearth.example,true,false,
closed@Hearth.Example,true,false,
ben@other.example,true,false,
carl,true,false,
alice@hearth.example,true,false,
enemy@hearth.example,true,false,
nobody@hearth.example,true,false,
"""


async def test_people_of_this_server_are_followed_by_their_address_alone(hearth: Hearth, tmp_path: Path) -> None:
    alice, enemy = await hearth.account("alice"), await hearth.account("enemy")
    ben, closed = await hearth.account("ben"), await hearth.account("closed", private=True)
    await hearth.account("carl")
    await enemy.client.post("/v1/users/alice/block")
    await ben.client.post("/v1/posts", json={"text": "hello"})
    archive = zipped(tmp_path, [], following_accounts_csv=FOLLOWS)
    nowhere = await bring(hearth.database, archive, "alice")
    assert (nowhere.follows, nowhere.follows_elsewhere) == (0, 7)
    for _ in range(2):
        report = await bring(hearth.database, archive, "alice", hearth_url="https://hearth.example")
        assert (report.follows, report.follows_elsewhere) == (2, 5)
    statement = "SELECT followee_id, accepted FROM follows WHERE follower_id = $1 ORDER BY followee_id"
    assert await rows(hearth.database, statement, alice.id) == [(ben.id, True), (closed.id, False)]
    assert len(await home(alice)) == 1
    await check(hearth)


async def test_a_bare_name_is_of_the_server_that_the_archive_is_from(hearth: Hearth, tmp_path: Path) -> None:
    await hearth.account("alice")
    await hearth.account("carl")
    archive = zipped(tmp_path, [], following_accounts_csv=FOLLOWS)
    report = await bring(hearth.database, archive, "alice", hearth_url=f"https://{archives.HOST}")
    assert report.follows == 1
