"""A Mastodon archive in an account here: what it brings, what it leaves, and how it tells of both."""

from collections import Counter
from pathlib import Path

import pytest

from src.containers.exceptions import ArchiveRefused
from src.mastodon_archive.activities import SkipReason
from src.mastodon_archive.importing import Report
from src.models import instant_of
from tests.hearth import Hearth
from tests.mastodon_archive import archives, forms
from tests.mastodon_archive.archives import FOLLOWERS, PUBLIC, Json, announce, create, mention, note, picture, uri
from tests.mastodon_archive.imports import bring, check, date_of, history, ids_of, post, rows, seen, zipped

pytestmark = pytest.mark.integration


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
    assert [item["post"]["id"] for item in thread["ancestors"]] == [str(id_) for id_ in ids[:200]]
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


async def test_bookmarks_keep_their_order(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    kept = [uri(number) for number in (5, 2, 8)]
    elsewhere = [f"https://other.example/users/bob/statuses/{number}" for number in range(600)]
    bookmarks = archives.collection("bookmarks.json", [kept[0], *elsewhere, *kept[1:]])
    report = await bring(hearth.database, zipped(tmp_path, history(9), bookmarks_json=bookmarks), "alice")
    assert (report.bookmarks, report.bookmarks_elsewhere) == (3, 600)
    items = (await alice.client.get("/v1/timelines/bookmarks")).json()["items"]
    assert [item["post"]["text"] for item in items] == ["Post 8", "Post 2", "Post 5"]


async def test_nothing_of_a_broken_archive_is_written(hearth: Hearth, tmp_path: Path) -> None:
    alice = await hearth.account("alice")
    whole = archives.collection("outbox.json", history(500))
    broken = archives.write_zip(tmp_path / "broken.zip", archives.files() | {"outbox.json": whole[:-9]})
    with pytest.raises(ArchiveRefused):
        await bring(hearth.database, broken, "alice")
    assert await ids_of(hearth, alice) == []
