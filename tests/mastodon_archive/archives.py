"""Archives as Mastodon writes them, in both of its formats, and the HTML that it makes of a text.

The shapes are those of Mastodon's backup: `outbox.json` with Create and Announce, oldest first, the pictures before the
JSON files in a tar.gz and after them in a zip.
"""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

HOST = "social.example"
ACTOR = f"https://{HOST}/users/alice"
FOLLOWERS = f"{ACTOR}/followers"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PUBLISHED = "2022-11-05T14:03:22Z"
PICTURE = "media_attachments/files/109/300/001/original/4f2a.png"

Json = dict[str, object]


def uri(number: int) -> str:
    return f"{ACTOR}/statuses/{number}"


def actor() -> Json:
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", {"toot": "http://joinmastodon.org/ns#"}],
        "id": ACTOR,
        "type": "Person",
        "followers": FOLLOWERS,
        "outbox": "outbox.json",
        "preferredUsername": "alice",
        "name": "Alice :blobcat:",
        "summary": "<p>Tea &amp; trains<br />she/her</p>",
        "url": f"https://{HOST}/@alice",
        "published": "2018-04-01T00:00:00Z",
        "icon": {"type": "Image", "mediaType": "image/png", "url": "avatar.png"},
        "likes": "likes.json",
        "bookmarks": "bookmarks.json",
    }


def note(number: int, html: str = "<p>Hello</p>", **fields: object) -> Json:
    """A public post; `fields` replace what is different."""
    return {
        "id": uri(number),
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": PUBLISHED,
        "url": f"https://{HOST}/@alice/{number}",
        "attributedTo": ACTOR,
        "to": [PUBLIC],
        "cc": [FOLLOWERS],
        "sensitive": False,
        "atomUri": uri(number),
        "inReplyToAtomUri": None,
        "conversation": f"tag:{HOST},2022-11-05:objectId={number}:objectType=Conversation",
        "content": html,
        "contentMap": {"en": html},
        "attachment": [],
        "tag": [],
        "replies": {"id": f"{uri(number)}/replies", "type": "Collection"},
    } | fields


def create(posted: Json) -> Json:
    return {
        "id": f"{posted['id']}/activity",
        "type": "Create",
        "actor": ACTOR,
        "published": posted.get("published"),
        "to": posted.get("to"),
        "cc": posted.get("cc"),
        "object": posted,
        "signature": {"type": "RsaSignature2017", "signatureValue": "c2lnbmF0dXJl"},
    }


def announce(number: int) -> Json:
    return {
        "id": f"{uri(number)}/activity",
        "type": "Announce",
        "actor": ACTOR,
        "published": PUBLISHED,
        "to": [PUBLIC],
        "cc": ["https://other.example/users/bob", FOLLOWERS],
        "object": "https://other.example/users/bob/statuses/7",
    }


def picture(**fields: object) -> Json:
    return {
        "type": "Document",
        "mediaType": "image/png",
        "url": f"/{PICTURE}",
        "name": "A cat",
        "blurhash": "UuGSjUtS0YIURRnNa*S#",
        "focalPoint": [0.5, -0.25],
        "width": 600,
        "height": 338,
    } | fields


def mention(name: str, href: str) -> Json:
    return {"type": "Mention", "href": href, "name": name}


def link_html(url: str) -> str:
    """A link as Mastodon writes it: its scheme hidden, the rest cut after 30 characters."""
    prefix = next(each for each in ("https://www.", "http://www.", "https://", "http://") if url.startswith(each))
    shown, hidden = url[len(prefix) :][:30], url[len(prefix) :][30:]
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener noreferrer" translate="no">'
        f'<span class="invisible">{escape(prefix)}</span><span class="{"ellipsis" if hidden else ""}">{escape(shown)}'
        f'</span><span class="invisible">{escape(hidden)}</span></a>'
    )


def hashtag_html(name: str) -> str:
    shown = escape(name)
    return f'<a href="https://{HOST}/tags/{shown}" class="mention hashtag" rel="tag">#<span>{shown}</span></a>'


def mention_html(name: str, host: str) -> str:
    return (
        f'<span class="h-card" translate="no"><a href="https://{host}/@{name}" class="u-url mention">'
        f"@<span>{name}</span></a></span>"
    )


def paragraphs_html(lines: Sequence[Sequence[str]]) -> str:
    """Paragraphs of lines that are HTML already."""
    return "".join(f"<p>{'<br />'.join(each)}</p>" for each in lines)


def collection(name: str, items: Sequence[object]) -> bytes:
    return json.dumps(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": name,
            "type": "OrderedCollection",
            "totalItems": len(items),
            "orderedItems": items,
        }
    ).encode()


def files(outbox: Sequence[object] = (), **others: bytes) -> dict[str, bytes]:
    """The files of an archive by path; `others` by their names with `_csv` for `.csv` and `_json` for `.json`."""
    return {
        PICTURE: b"\x89PNG" + bytes(range(256)) * 8,
        "outbox.json": collection("outbox.json", outbox),
        "likes.json": collection("likes.json", ["https://other.example/users/bob/statuses/1"]),
        "bookmarks.json": collection("bookmarks.json", ["https://other.example/users/bob/statuses/2", uri(1)]),
        "actor.json": json.dumps(actor()).encode(),
        "avatar.png": b"\x89PNG",
    } | {name.replace("_csv", ".csv").replace("_json", ".json"): content for name, content in others.items()}


def write_zip(path: Path, contents: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def tar_member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """A member of a tar archive; `fields` are attributes of its header."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o444
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def tar_bytes(members: Sequence[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.USTAR_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def tar_of(contents: Mapping[str, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    return tar_bytes([tar_member(name, content) for name, content in contents.items()], form)
