"""What was exported and imported elsewhere is as it was: each row that comes back, and nothing twice."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from src.archives.work import CommandWork
from src.config import Settings
from src.database import Database, WriteSession
from src.polls import checks as polls_checks
from src.posts import checks as posts_checks
from src.timelines import checks as timelines_checks
from src.users import checks as users_checks
from tests.archives.moves import Rows, another, bring, export, rows, silent
from tests.cluster import Cluster
from tests.hearth import Hearth, Person

pytestmark = pytest.mark.integration

COMING_BACK = {
    "profiles",
    "following",
    "blocks",
    "mutes",
    "posts",
    "post_edits",
    "polls",
    "likes",
    "reposts",
    "bookmarks",
    "pins",
    "notification_silences",
    "notification_quiet_times",
    "notification_subscriptions",
}
# What is of the place and the moment: since when the account is here, and what counts changes of it.
OF_THE_PLACE = {"profiles": {"created_at", "version"}, "notification_subscriptions": {"next_at", "told_id"}}


async def send(person: Person, method: str, path: str, **body: object) -> dict[str, Any]:
    """What a request that succeeds is answered with."""
    answer = await person.client.request(method, f"/v1/{path}", json=body or None)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


async def write(person: Person, text: str, **fields: object) -> str:
    """The id of a new post."""
    return str((await send(person, "POST", "posts", text=text, **fields))["id"])


async def live(hearth: Hearth) -> tuple[Person, Person]:
    """Two people who have done to each other all that there is; ada is the one whose life is told."""
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    carl = await hearth.account("carl")
    theirs = await write(bob, "Bob's own")
    await send(ada, "PATCH", "users/me", display_name="Ada L.", bio="Numbers #tea", time_zone="Europe/Berlin")
    first = await write(ada, "The first, for @bob #Tea", content_warning="tea")
    second = await write(ada, "On it goes", reply_to_id=first, language="en")
    await write(ada, "And on", reply_to_id=second)
    await write(ada, "As I said", quote_of_id=first)
    await write(ada, "To bob", reply_to_id=theirs)
    await write(ada, "For those who follow", visibility="followers")
    poll = {"question": "When?", "options": ["Today", "Tomorrow"], "kind": "ranked", "open_for": 86_400}
    await write(ada, "Tell me", poll=poll)
    await write(ada, "For @bob alone", visibility="mentioned")
    for text in ("Edited", "Edited twice #more"):
        await send(ada, "PATCH", f"posts/{second}", text=text)
    for post in (first, theirs):
        for what in ("like", "repost", "bookmark"):
            await send(ada, "POST", f"posts/{post}/{what}")
    await send(ada, "POST", f"posts/{first}/pin")
    for path in ("bob/follow", "bob/mute", "carl/block"):
        await send(ada, "POST", f"users/{path}")
    await send(bob, "POST", "users/ada/follow")
    kinds = [{"kind": "like", "inbox": False}]
    wishes = {"mail": {"frequency": "daily", "hour": 7}, "quiet_hours": {"start": "22:00", "end": "07:00"}}
    await send(ada, "PATCH", "notifications/preferences", kinds=kinds, **wishes)
    await hearth.settle()
    assert carl.id
    return ada, bob


async def settle_in(hearth: Hearth) -> tuple[Person, Person]:
    """The same names on another server, where nobody has done anything."""
    people = await hearth.account("ada"), await hearth.account("bob")
    await hearth.account("carl")
    return people


def plain(archive: Rows, table: str) -> list[dict[str, Any]]:
    """The rows of a table as they are the same everywhere: ids by what they are about, or by the moment they tell."""
    names = _names(archive)
    found = []
    for row in archive[table]:
        kept = {name: value for name, value in row.items() if name not in OF_THE_PLACE.get(table, set())}
        found.append({name: _plain(name, value, names) for name, value in kept.items()})
    return found


def _names(archive: Rows) -> Mapping[str, str]:
    """What each id is called that means the same on both servers."""
    [own] = archive["accounts"]
    names = {str(own["id"]): "self", own["username"]: "self"}
    for row in archive["posts"]:
        names[str(row["id"])] = row["text"]
        names |= {str(id_): name for id_, name in row["mentions"]}
        names.setdefault(str(row["reply_to_author_id"]), row["reply_to_author"])
    for table, column in (("following", "followee_id"), ("blocks", "blocked_id"), ("mutes", "muted_id")):
        names |= {str(row[column]): row["username"] for row in archive[table]}
    for row in archive["likes"]:
        names.setdefault(str(row["author_id"]), row["author"])
        names.setdefault(str(row["post_id"]), "of another")
    return names


def _plain(name: str, value: object, names: Mapping[str, str]) -> object:
    if name == "id":
        return int(str(value)) >> 16
    if name == "mentions":
        assert isinstance(value, list)
        return sorted(username for _, username in value)
    if name == "hashtags":
        assert isinstance(value, list)
        return sorted(value)
    if name.endswith("_author") or name == "author":
        return names.get(str(value), value)
    if name.endswith("_id"):
        return None if value is None else names.get(str(value), "of another")
    return value


async def sound(hearth: Hearth) -> None:
    """Whatever is derived equals its source."""
    async with hearth.database.read() as session:
        for check in (
            timelines_checks.entries,
            posts_checks.counters,
            polls_checks.counters,
            polls_checks.places,
            users_checks.counters,
        ):
            assert await check(session) == []


async def test_an_account_that_moves_is_as_it_was(
    hearth: Hearth, cluster: Cluster, settings: Settings, tmp_path: Path
) -> None:
    ada, bob = await live(hearth)
    packed = [await export(hearth, person, tmp_path) for person in (ada, bob)]
    before = rows(packed[0])
    async with another(cluster, settings) as there:
        new_ada, new_bob = await settle_in(there)
        await bring(there, new_bob, packed[1])
        await there.settle()
        report = await bring(there, new_ada, packed[0])
        await there.settle()
        after = rows(await export(there, new_ada, tmp_path))
        for table in sorted(COMING_BACK):
            assert before[table], table
            assert plain(after, table) == plain(before, table), table
            assert report[table] == {"new": len(before[table]), "known": 0, "skipped": {}}, table
        assert {table for table, told in report.items() if told["new"]} == COMING_BACK
        home = (await new_bob.client.get("/v1/timelines/home")).json()["items"]
        assert {item["post"]["text"] for item in home} >= {"And on", "For those who follow", "For @bob alone"}
        await sound(there)
        # Once more: all is known, and nothing happens.
        again = await bring(there, new_ada, packed[0])
        assert {table: (told["new"], told["known"]) for table, told in again.items() if told["known"]} == {
            table: (0, len(before[table])) for table in COMING_BACK
        }
        assert plain(rows(await export(there, new_ada, tmp_path)), "posts") == plain(before, "posts")
        await sound(there)


async def test_a_name_of_another_server_is_nobody_here(hearth: Hearth, tmp_path: Path) -> None:
    ada, _ = await live(hearth)
    archive = await export(hearth, ada, tmp_path, url="https://there.example")
    eve = await hearth.account("eve")
    report = await bring(hearth, eve, archive, same_people=False, url="https://here.example")
    assert report["following"] == {"new": 0, "known": 0, "skipped": {"elsewhere": 1}}
    assert report["likes"] == {"new": 1, "known": 0, "skipped": {"elsewhere": 1}}
    assert report["accounts"] == {"new": 0, "known": 0, "skipped": {"left_out": 1}}
    async with hearth.database.read() as session:
        connection = await session.connection()
        named = await connection.exec_driver_sql(
            "SELECT count(*) FROM post_mentions m JOIN posts p ON p.id = m.post_id"
            " JOIN accounts a ON a.id = p.author_id WHERE a.username = 'eve'"
        )
        assert named.scalar_one() == 0
    # The server that has made it knows its people.
    joe = await hearth.account("joe")
    report = await bring(hearth, joe, archive, same_people=False, url="https://there.example")
    assert report["following"]["new"] == 1
    await hearth.settle()
    await sound(hearth)


async def test_who_deletes_what_has_come_back_does_not_get_it_again(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account("ada")
    await write(ada, "mine")
    archive = await export(hearth, ada, tmp_path)
    eve = await hearth.account("eve")
    await bring(hearth, eve, archive)
    [item] = (await eve.client.get("/v1/timelines/users/eve")).json()["items"]
    await send(eve, "DELETE", f"posts/{item['post']['id']}")
    assert (await bring(hearth, eve, archive))["posts"] == {"new": 0, "known": 1, "skipped": {}}
    assert (await eve.client.get("/v1/timelines/users/eve")).json()["items"] == []


async def test_two_imports_at_once_are_one(hearth: Hearth, tmp_path: Path) -> None:
    ada, _ = await live(hearth)
    archive = await export(hearth, ada, tmp_path)
    eve = await hearth.account("eve")
    reports = await asyncio.gather(*(bring(hearth, eve, archive) for _ in range(2)))
    assert sum(report["posts"]["new"] for report in reports) == 8
    assert sum(report["posts"]["known"] for report in reports) == 8
    await hearth.settle()
    await sound(hearth)


class Stopped(Exception):
    """As if the process had been killed."""


class Doomed(CommandWork):
    """Work that ends right before a commit, the first being 0."""

    def __init__(self, database: Database, commit: int) -> None:
        super().__init__(database, silent)
        self._commit, self._commits = commit, count()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A unit of work, which may be the last one."""
        async with self.db.write() as session:
            yield session
            if next(self._commits) == self._commit:
                raise Stopped


async def stop_at(hearth: Hearth, person: Person, archive: Path, commit: int) -> bool:
    """Whether an import was ended by the end of its work at this commit."""
    try:
        await bring(hearth, person, archive, work=Doomed(hearth.database, commit))
    except Stopped:
        return True
    return False


async def test_stopped_at_any_commit_and_continued_it_is_as_if_done_at_once(hearth: Hearth, tmp_path: Path) -> None:
    ada, _ = await live(hearth)
    archive = await export(hearth, ada, tmp_path)
    once, again = await hearth.account("once"), await hearth.account("again")
    await bring(hearth, once, archive)
    stops = 0
    while await stop_at(hearth, again, archive, stops):
        stops += 1
    assert stops >= len(COMING_BACK)
    await hearth.settle()
    found = [rows(await export(hearth, person, tmp_path)) for person in (once, again)]
    for table in ("posts", "post_edits", "likes", "bookmarks", "pins", "following", "mutes"):
        assert plain(found[1], table) == plain(found[0], table), table
    await sound(hearth)


async def test_rows_of_somebody_else_and_rows_of_any_shape_stay_out(hearth: Hearth, tmp_path: Path) -> None:
    ada, bob = await live(hearth)
    archive = await export(hearth, ada, tmp_path)
    forged = tmp_path / "forged.zip"
    row = rows(archive)["posts"][0]
    odd: list[object] = [
        row | {"author_id": bob.id},
        row | {"id": "9" * 18},
        row | {"id": -1},
        row | {"id": None},
        row | {"text": "a\0b"},
        row | {"text": 7},
        row | {"visibility": 99},
        row | {"version": 0},
        row | {"mentions": [["x", "bob"]] * 2},
        row | {"hashtags": ["a"] * 1_000},
        row | {"language": "x'); DROP TABLE posts; --"},
        {},
    ]
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(forged, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            changed.writestr(name, b"\n".join(map(orjson.dumps, odd)) if name == "data/posts.jsonl" else content)
    eve = await hearth.account("eve")
    report = await bring(hearth, eve, forged)
    assert report["posts"] == {"new": 0, "known": 0, "skipped": {"not_permitted": 1, "malformed": len(odd) - 1}}
    assert (await eve.client.get("/v1/timelines/users/eve")).json()["items"] == []
