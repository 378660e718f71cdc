"""Rows of archives: 20,000 posts out of an archive of Mastodon's, out into an export of ours, and in again."""

import asyncio
import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from benchmarks import house, rows
from src.config import ROOT

_POSTS = 20_000
_MOST_SECONDS = 30.0
_PASSWORD = "plum granite lantern 77"  # noqa: S105  of an account that lives for a minute
_ACTOR = "https://social.example/users/alice"
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def measured() -> list[rows.Row]:
    """Seconds of the commands, from their start to their end."""
    async with house.house() as place:
        mastodon, ours = place.folder / "mastodon.zip", place.folder / "ours.zip"
        _write(mastodon)
        for name in ("ada", "eve"):
            await _timed(place, "create-admin", name, "--password-stdin", typed=_PASSWORD)
        brought = await _timed(place, "import", "mastodon", str(mastodon), "--account", "ada")
        exported = await _timed(place, "export", "ada", str(ours))
        back = await _timed(place, "import", "hearth", str(ours), "--account", "eve")
        return [
            _row("import of an archive of Mastodon's", brought),
            _row("export", exported),
            _row("import of an export of ours", back),
        ]


def _row(name: str, seconds: float) -> rows.Row:
    return rows.at_most(f"{name}, {_POSTS:,} posts", seconds, "s", None, _MOST_SECONDS)


async def _timed(place: house.House, *arguments: str, typed: str = "") -> float:
    """Seconds that a command takes."""
    begin = time.perf_counter()
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "src", *arguments],
        cwd=ROOT,
        env=place.environment(),
        input=typed.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - begin


def _write(path: Path) -> None:
    """The posts of some years: every third answers the one before, every fourth has hashtags and names somebody."""
    actor = {"id": _ACTOR, "type": "Person", "preferredUsername": "alice", "followers": f"{_ACTOR}/followers"}
    outbox = {"type": "OrderedCollection", "orderedItems": [_activity(number) for number in range(1, _POSTS + 1)]}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("actor.json", json.dumps(actor))
        archive.writestr("outbox.json", json.dumps(outbox))


def _activity(number: int) -> dict[str, object]:
    tags = []
    html = f"<p>Post {number}: " + "words of a usual length, " * 8 + "</p>"
    if number % 4 == 0:
        tags = [{"type": "Hashtag", "name": f"#tag{number % 97}"}, {"type": "Hashtag", "name": "#tea"}]
        tags.append({"type": "Mention", "href": "https://other.example/users/bob", "name": "@bob@other.example"})
    hour, day, month, year = number % 24, number // 24 % 28 + 1, number // 672 % 12 + 1, 2016 + number // 8_064
    note = {
        "id": f"{_ACTOR}/statuses/{number}",
        "type": "Note",
        "attributedTo": _ACTOR,
        "published": f"{year}-{month:02}-{day:02}T{hour:02}:00:00Z",
        "to": [_PUBLIC],
        "cc": [f"{_ACTOR}/followers"],
        "inReplyTo": f"{_ACTOR}/statuses/{number - 1}" if number % 3 == 0 else None,
        "content": html,
        "contentMap": {"en": html},
        "tag": tags,
        "attachment": [],
    }
    return {"id": f"{note['id']}/activity", "type": "Create", "actor": _ACTOR, "object": note}
