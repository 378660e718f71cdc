"""A Mastodon archive in an account here: what it brings, what it leaves, and that it can be stopped anywhere."""

import asyncio
from collections import Counter
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from src import clock
from src.auth.exceptions import AccountNotFound
from src.database import Database, WriteSession
from src.mastodon_archive.activities import SkipReason
from src.mastodon_archive.exceptions import ArchiveRefused
from src.mastodon_archive.importing import Progress, Report, Step
from src.models import instant_of
from src.posts import checks as posts_checks
from src.timelines import checks as timelines_checks
from tests.hearth import Hearth, Person
from tests.mastodon_archive import archives, forms
from tests.mastodon_archive.archives import FOLLOWERS, PUBLIC, Json, announce, create, mention, note, picture, uri
from tests.mastodon_archive.imports import bring, date_of, history, post, rows, state, zipped

pytestmark = pytest.mark.integration


async def ids_of(hearth: Hearth, person: Person) -> list[int]:
    """The ids of a person's posts, oldest first."""
    found = await rows(hearth.database, "SELECT id FROM posts WHERE author_id = $1 ORDER BY id", person.id)
    return [int(str(id_)) for (id_,) in found]


async def seen(person: Person, post_id: int) -> dict[str, Any]:
    """A post as this person reads it."""
    response = await person.client.get(f"/v1/posts/{post_id}")
    assert response.status_code == HTTPStatus.OK, response.text
    body: dict[str, Any] = response.json()
    return body


async def home(person: Person) -> list[int]:
    """The ids of a whole home timeline, page by page, newest first."""
    found: list[int] = []
    url = "/v1/timelines/home?limit=80"
    while url:
        response = await person.client.get(url)
        found += [int(item["post"]["id"]) for item in response.json()["items"]]
        url = response.links.get("next", {}).get("url", "")
    return found


async def check(hearth: Hearth) -> None:
    """Whatever is derived from posts and follows equals its source."""
    async with hearth.database.read() as session:
        assert await timelines_checks.entries(session) == []
        assert await posts_checks.counters(session) == []


@pytest.mark.parametrize("write", forms.WRITERS)
async def test_all_forms_of_an_archive_bring_the_same(hearth: Hearth, tmp_path: Path, write: forms.Writer) -> None:
    alice = await hearth.account("alice")
    report = await bring(hearth.database, write(tmp_path, forms.FILES), "@Alice")
    expected = Report(
        posts=2,
        skipped=Counter({SkipReason.BOOST: 1, SkipReason.MALFORMED: 1}),
        pictures=1,
        bookmarks=1,
        bookmarks_elsewhere=2,
        follows_elsewhere=1,
    )
    assert report == expected
    first, third = await ids_of(hearth, alice)
    assert (await seen(alice, first))["text"] == "First"
    assert (await seen(alice, third))["reply_to_id"] == str(first)


async def test_a_post_keeps_what_it_had(hearth: Hearth, tmp_path: Path) -> None:
    alice, stranger = await hearth.account("alice"), await hearth.account()
    await hearth.account("bob")
    words = "so long that nobody here may write it " * 20
    html = (
        f"<p>{words}{archives.hashtag_html('Tea')} {archives.mention_html('bob', 'other.example')} "
        "and @bob, who is somebody else</p>"
    )
    fields: Json = {
        "tag": [mention("@bob@other.example", "https://other.example/@bob"), {"type": "Hashtag", "name": "#Unseen"}],
        "summary": "Long",
        "sensitive": True,
        "contentMap": {"de": html},
        "updated": "2023-01-02T03:04:05Z",
    }
    await bring(hearth.database, zipped(tmp_path, [post(7, html, **fields)]), "alice")
    (post_id,) = await ids_of(hearth, alice)
    read = await seen(stranger, post_id)
    assert read["text"] == f"{words}#Tea @bob@other.example and @bob, who is somebody else"
    assert read["hashtags"] == ["tea", "unseen"]
    assert read["mentions"] == []
    assert (read["content_warning"], read["language"], read["visibility"]) == ("Long", "de", "public")
    assert read["created_at"] == "2019-03-01T19:00:00.000Z"
    assert read["edited_at"] == "2023-01-02T03:04:05.000Z"
    assert instant_of(post_id) == date_of(7)


@pytest.mark.parametrize(
    ("to", "cc", "visibility", "readers"),
    [
        ([PUBLIC], [FOLLOWERS], "public", {"alice", "fan", "stranger"}),
        ([FOLLOWERS], [PUBLIC], "public", {"alice", "fan", "stranger"}),
        ([FOLLOWERS], [], "followers", {"alice", "fan"}),
        (["https://other.example/users/bob"], [], "mentioned", {"alice"}),
    ],
)
async def test_nobody_sees_more_than_there(
    hearth: Hearth, tmp_path: Path, to: list[str], cc: list[str], visibility: str, readers: set[str]
) -> None:
    people = [await hearth.account(name) for name in ("alice", "fan", "stranger")]
    await people[1].client.post("/v1/users/alice/follow")
    await bring(hearth.database, zipped(tmp_path, [post(1, to=to, cc=cc)]), "alice")
    (post_id,) = await ids_of(hearth, people[0])
    found = {person.username for person in people if (await person.client.get(f"/v1/posts/{post_id}")).is_success}
    assert found == readers
    assert (await seen(people[0], post_id))["visibility"] == visibility


async def test_threads_hang_together_also_across_batches(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    # One long thread: 250 posts, so that it goes on in the second batch.
    outbox = [post(number, inReplyTo=uri(number - 1) if number > 1 else None) for number in range(1, 251)]
    await bring(hearth.database, zipped(tmp_path, outbox), "alice")
    ids = await ids_of(hearth, alice)
    statement = "SELECT reply_to_id, reply_to_author_id, thread_id, replies_count FROM posts ORDER BY id"
    middle = [(before, alice.id, ids[0], 1) for before in ids[:-2]]
    assert await rows(hearth.database, statement) == [
        (None, None, None, 1),
        *middle,
        (ids[-2], alice.id, ids[0], 0),
    ]
    thread = (await alice.client.get(f"/v1/posts/{ids[200]}/thread")).json()
    assert [item["post"]["id"] for item in thread["ancestors"]] == [str(id_) for id_ in ids[100:200]]
    await check(hearth)


async def test_a_reply_to_what_is_not_here_stays_a_reply(hearth: Hearth, tmp_path: Path) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    outbox = [
        post(2, inReplyTo=uri(1)),
        post(3, inReplyTo=uri(2)),
        post(4, inReplyTo=uri(4)),
        post(5, inReplyTo=uri(6)),
        post(6),
    ]
    assert (await bring(hearth.database, zipped(tmp_path, outbox), "alice")).posts == 5
    second, _, _, _, sixth = await ids_of(hearth, alice)
    statement = "SELECT reply_to_id, reply_to_author_id, thread_id, replies_count FROM posts ORDER BY id"
    assert await rows(hearth.database, statement) == [
        (None, alice.id, None, 1),
        (second, alice.id, second, 0),
        (None, alice.id, None, 0),
        (None, alice.id, None, 0),
        (None, None, None, 0),
    ]
    public = (await bob.client.get("/v1/timelines/public")).json()["items"]
    assert [item["post"]["id"] for item in public] == [str(sixth)]
    await check(hearth)


async def test_each_item_is_told_of(hearth: Hearth, tmp_path: Path) -> None:
    await hearth.account("alice")
    long_address = archives.ACTOR + "/" + "\u732b" * 1000
    outbox = [
        post(1),
        announce(2),
        announce(3),
        create(note(4, type="Question")),
        post(5, inReplyTo="https://other.example/users/bob/statuses/1"),
        post(6, inReplyTo=uri(5)),
        post(7, attributedTo="https://other.example/users/bob"),
        post(8, type="Article"),
        post(9, "", attachment=[picture()]),
        post(10, ""),
        post(11, "x" * 200_001),
        post(12, published="2999-01-01T00:00:00Z"),
        post(13, attachment=[picture(), picture()]),
        post(14, id=long_address),
        "nothing",
    ]
    report = await bring(hearth.database, zipped(tmp_path, outbox), "alice")
    assert (report.posts, report.pictures) == (2, 2)
    assert report.skipped == Counter(
        {
            SkipReason.BOOST: 2,
            SkipReason.POLL: 1,
            SkipReason.REPLY_TO_OTHER: 2,
            SkipReason.NOT_OWN: 1,
            SkipReason.OTHER_KIND: 1,
            SkipReason.ONLY_MEDIA: 1,
            SkipReason.WITHOUT_TEXT: 1,
            SkipReason.TOO_LONG: 1,
            SkipReason.BAD_DATE: 1,
            SkipReason.MALFORMED: 2,
        }
    )
    assert report.posts + report.skipped.total() == len(outbox)


async def test_a_second_import_adds_nothing_and_brings_back_nothing(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    archive = zipped(tmp_path, [*history(30), post(30)], bookmarks_json=archives.collection("b", [uri(4), uri(9)]))
    first = await bring(hearth.database, archive, "alice")
    assert (first.posts, first.known, first.bookmarks, first.bookmarks_known) == (30, 1, 2, 0)
    before = await state(hearth.database, alice.id)
    second = await bring(hearth.database, archive, "alice")
    assert (second.posts, second.known, second.bookmarks, second.bookmarks_known) == (0, 31, 0, 2)
    assert await state(hearth.database, alice.id) == before
    ids = await ids_of(hearth, alice)
    await alice.client.delete(f"/v1/posts/{ids[3]}")
    third = await bring(hearth.database, archive, "alice")
    assert (third.posts, third.bookmarks_known, third.bookmarks_elsewhere) == (0, 1, 1)
    assert await ids_of(hearth, alice) == [*ids[:3], *ids[4:]]


async def test_an_import_goes_on_after_later_posts_were_written_there(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    await bring(hearth.database, zipped(tmp_path, history(10)), "alice")
    report = await bring(hearth.database, zipped(tmp_path, history(12)), "alice")
    assert (report.posts, report.known) == (2, 10)
    ids = await ids_of(hearth, alice)
    assert (await seen(alice, ids[11]))["reply_to_id"] == str(ids[10])
    assert (await seen(alice, ids[10]))["replies_count"] == 1


class Stopped(Exception):
    """The power is out."""


async def stop_at(url: str, archive: Path, username: str, commit: int) -> bool:
    """Imports until the commit of this number, which fails; whether it came so far."""
    database = Database(url)
    commits = count()

    async def stop(_session: WriteSession) -> None:
        if next(commits) == commit:
            raise Stopped

    database.before_commit(stop)
    try:
        await bring(database, archive, username)
    except Stopped:
        return True
    finally:
        await database.close()
    return False


async def test_stopped_at_any_commit_and_continued_it_is_as_if_done_at_once(
    hearth: Hearth, database_url: str, tmp_path: Path
) -> None:
    people = {name: await hearth.account(name) for name in ("once", "again", "one", "two")}
    await people["one"].client.post("/v1/users/once/follow")
    await people["two"].client.post("/v1/users/again/follow")
    bookmarks = archives.collection("bookmarks.json", [uri(number) for number in (3, 410, 7)])
    archive = zipped(tmp_path, [*history(450), announce(9)], bookmarks_json=bookmarks)
    await bring(hearth.database, archive, "once")
    stops = 0
    while await stop_at(database_url, archive, "again", stops):
        stops += 1
    assert stops >= 6
    again = await state(hearth.database, people["again"].id)
    assert again == await state(hearth.database, people["once"].id)
    assert [len(again[name]) for name in ("posts", "ledger", "bookmarks", "entries")] == [450, 450, 3, 900]
    await check(hearth)


async def test_stopped_while_reading_it_keeps_what_is_written(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")

    def stop(step: Step, done: int, _total: int) -> None:
        if step is Step.POSTS and done == 400:
            raise Stopped

    archive = zipped(tmp_path, history(450))
    progress: Progress = stop
    with pytest.raises(Stopped):
        await bring(hearth.database, archive, "alice", progress=progress)
    assert len(await ids_of(hearth, alice)) == 400
    report = await bring(hearth.database, archive, "alice")
    assert (report.posts, report.known) == (50, 400)


async def test_two_imports_at_once_are_one(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    archive = zipped(tmp_path, history(450))
    reports = await asyncio.gather(*(bring(hearth.database, archive, "alice") for _ in range(2)))
    assert sum(report.posts for report in reports) == 450
    assert sum(report.known for report in reports) == 450
    assert len(await ids_of(hearth, alice)) == 450
    await check(hearth)


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


async def test_who_follows_while_posts_arrive_misses_none(hearth: Hearth, database_url: str, tmp_path: Path) -> None:
    await hearth.account("alice")
    fan = await hearth.account("fan")
    followed, arriving = asyncio.Event(), asyncio.Event()

    async def wait(_session: WriteSession) -> None:
        followed.set()
        await arriving.wait()

    other = Database(database_url)
    # After the handler that fills the home of a new follower, before the commit.
    hearth.database.before_commit(wait)
    follow = asyncio.create_task(fan.client.post("/v1/users/alice/follow"))
    await followed.wait()
    import_ = asyncio.create_task(bring(other, zipped(tmp_path, history(3)), "alice"))
    waiting = False
    while not (waiting or import_.done()):
        waiting = bool(await rows(other, "SELECT 1 FROM pg_locks WHERE NOT granted"))
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


async def test_bookmarks_keep_their_order(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    kept = [uri(number) for number in (5, 2, 8)]
    elsewhere = [f"https://other.example/users/bob/statuses/{number}" for number in range(600)]
    bookmarks = archives.collection("bookmarks.json", [kept[0], *elsewhere, *kept[1:]])
    report = await bring(hearth.database, zipped(tmp_path, history(9), bookmarks_json=bookmarks), "alice")
    assert (report.bookmarks, report.bookmarks_elsewhere) == (3, 600)
    items = (await alice.client.get("/v1/timelines/bookmarks")).json()["items"]
    assert [item["post"]["text"] for item in items] == ["Post 8", "Post 2", "Post 5"]


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


async def test_nothing_of_a_broken_archive_is_written(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    whole = archives.collection("outbox.json", history(500))
    broken = archives.write_zip(tmp_path / "broken.zip", archives.files() | {"outbox.json": whole[:-9]})
    with pytest.raises(ArchiveRefused):
        await bring(hearth.database, broken, "alice")
    assert await ids_of(hearth, alice) == []


async def test_the_account_has_to_be_there(hearth: Hearth, tmp_path: Path) -> None:
    with pytest.raises(AccountNotFound):
        await bring(hearth.database, zipped(tmp_path, history(1)), "alice")
