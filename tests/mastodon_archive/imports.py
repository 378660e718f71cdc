"""An import as tests run it: an archive written to a file, read into somebody's account, and what is there then."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from src.archives.work import CommandWork
from src.auth import service as accounts
from src.config import Settings, of
from src.database import Database
from src.mastodon_archive import importing, reader
from src.media import stores as media_stores
from src.posts import checks as posts_checks
from src.timelines import checks as timelines_checks
from tests.hearth import Hearth, Person
from tests.mastodon_archive import archives
from tests.mastodon_archive.archives import Json, create, note, uri

FIRST_DAY = datetime(2019, 3, 1, 12, tzinfo=UTC)


def silent(_step: str, _done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def date_of(number: int) -> datetime:
    """When the post of this number was written: one every hour."""
    return FIRST_DAY + timedelta(hours=number)


def post(number: int, text: str | None = None, **fields: object) -> Json:
    """The activity that created a post at its own date."""
    published = date_of(number).strftime("%Y-%m-%dT%H:%M:%SZ")
    html = f"<p>Post {number}</p>" if text is None else text
    return create(note(number, html, **({"published": published} | fields)))


def history(count: int) -> list[Json]:
    """Posts with everything that an import keeps: every third goes on a thread, every fifth has a warning."""
    found = []
    for number in range(1, count + 1):
        fields: Json = {"tag": [{"type": "Hashtag", "name": f"#Tag{number % 4}"}]}
        if number % 3 == 0:
            fields["inReplyTo"] = uri(number - 1)
        if number % 5 == 0:
            fields["summary"] = f"Warning {number}"
        found.append(post(number, None, **fields))
    return found


async def bring(
    database: Database,
    path: Path,
    username: str,
    *,
    hearth_url: str | None = None,
    progress: Callable[[str, int, int], None] = silent,
) -> importing.Report:
    """Imports the archive of this file."""
    with reader.open_archive(path) as archive:
        contents = importing.look_through(archive)
        async with database.read() as session:
            account = await accounts.find_by_login(session, name=username)
        assert account is not None
        work = CommandWork(database, progress)
        async with media_stores.opened(of(Settings), database) as stores:
            return await importing.run(work, contents, account=account, hearth_url=hearth_url, stores=stores)


def zipped(path: Path, outbox: Sequence[object], **others: bytes) -> Path:
    """A zip with this outbox, and no bookmarks if none are given."""
    return archives.write_zip(path / "archive.zip", archives.files(outbox, **({"bookmarks_json": NONE} | others)))


NONE = archives.collection("bookmarks.json", [])


async def rows(database: Database, statement: str, *arguments: object) -> list[tuple[object, ...]]:
    """What a statement finds."""
    return [tuple(record) for record in await database.fetch(statement, arguments)]


async def state(database: Database, author_id: int) -> dict[str, list[tuple[object, ...]]]:
    """All that an import of this account writes, without what is drawn anew each time: accounts and low bits of ids."""
    statements = {
        "posts": "SELECT p.id >> 16, p.text, p.content_warning, p.language, p.visibility, p.edited_at, p.replies_count,"
        " parent.text, p.reply_to_author_id = p.author_id, root.text,"
        " (SELECT array_agg(hashtag ORDER BY hashtag) FROM post_hashtags h WHERE h.post_id = p.id)"
        " FROM posts p LEFT JOIN posts parent ON parent.id = p.reply_to_id"
        " LEFT JOIN posts root ON root.id = p.thread_id WHERE p.author_id = $1 ORDER BY p.id",
        "ledger": "SELECT l.uri, p.text FROM mastodon_imported_posts l LEFT JOIN posts p ON p.id = l.post_id"
        " WHERE l.account_id = $1 ORDER BY l.uri",
        "bookmarks": "SELECT p.text FROM bookmarks b JOIN posts p ON p.id = b.post_id"
        " WHERE b.account_id = $1 ORDER BY b.id",
        "entries": "SELECT account_id = $1, entry_id >> 16, post_id = entry_id FROM timeline_entries"
        " WHERE source_id = $1 ORDER BY 1, 2",
        "horizons": "SELECT account_id = $1, entry_id >> 16 FROM timeline_horizons WHERE account_id = $1"
        " OR account_id IN (SELECT follower_id FROM follows WHERE followee_id = $1) ORDER BY account_id",
    }
    return {name: await rows(database, statement, author_id) for name, statement in statements.items()}


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
