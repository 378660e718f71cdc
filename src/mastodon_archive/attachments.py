"""What a post in an archive says of its pictures, videos and sounds; the files themselves are read elsewhere."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from src.containers import entries as containers_entries
from src.containers import exceptions as containers_exceptions

_KINDS = frozenset({"Document", "Image", "Video", "Audio"})
_FOLDER = "media_attachments/"
_MAX_COUNT = 32
_MAX_SIDE = 100_000
_MAX_SHORT_TEXT = 200
_MAX_DESCRIPTION = 10_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a post: `path` in the archive, sides in pixels, the focal point as x and y from -1 to 1."""

    path: str
    media_type: str | None
    description: str | None
    blurhash: str | None
    focal_point: tuple[float, float] | None
    width: int | None
    height: int | None


def parse(raw: object) -> tuple[Attachment, ...]:
    """The attachments of a Note that are files of the archive; others (such as cards of links) are left out."""
    items = raw if isinstance(raw, list) else [raw]
    found = (_attachment(item) for item in items[:_MAX_COUNT] if isinstance(item, dict))
    return tuple(attachment for attachment in found if attachment is not None)


def archive_path(url: str) -> str | None:
    """Where the file stands in the archive.

    Mastodon writes the path of the file's URL, which in front of the archive's path may have the server's own folder
    or the bucket of its object store.
    """
    try:
        path = unquote(urlsplit(url).path).lstrip("/")
        before, folder, rest = path.partition(_FOLDER)
        return containers_entries.safe_path(folder + rest if folder else before) or None
    except (ValueError, containers_exceptions.ArchiveUnsafePath):
        return None


def _attachment(fields: Mapping[str, object]) -> Attachment | None:
    kind, url = fields.get("type"), fields.get("url")
    path = archive_path(url) if isinstance(url, str) else None
    if path is None or not isinstance(kind, str) or kind not in _KINDS:
        return None
    return Attachment(
        path=path,
        media_type=_short(fields.get("mediaType"), _MAX_SHORT_TEXT),
        description=_short(fields.get("name"), _MAX_DESCRIPTION),
        blurhash=_short(fields.get("blurhash"), _MAX_SHORT_TEXT),
        focal_point=_focal_point(fields.get("focalPoint")),
        width=_side(fields.get("width")),
        height=_side(fields.get("height")),
    )


def _short(value: object, most: int) -> str | None:
    """A text that can be stored and is not too long, else nothing."""
    if not isinstance(value, str) or not value or len(value) > most:
        return None
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _focal_point(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    # Compared before it is turned: JSON has whole numbers that are too large for a float.
    x, y = (part if isinstance(part, int | float) and -1 <= part <= 1 else math.nan for part in value)
    return None if math.isnan(x) or math.isnan(y) else (float(x), float(y))


def _side(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= _MAX_SIDE else None
