"""What an archive's ActivityPub objects say, as our own values: pure functions from JSON of any shape.

A post is taken as Mastodon writes it (its NoteSerializer and TagManager). Nothing in a single item can stop an import:
what is no post of one's own becomes a `Skip` with its reason.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from src import clock, markup
from src.containers import exceptions as containers_exceptions
from src.mastodon_archive import attachments, plain_text
from src.mastodon_archive.attachments import Attachment

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
_PUBLIC = frozenset({PUBLIC, "as:Public", "Public"})
_FIRST_INSTANT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_SKEW = timedelta(days=1)
_MAX_ADDRESS = 2048
_MAX_HTML = 200_000
_MAX_DATE = 64
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f\ud800-\udfff]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")
_NO_FIELDS: Mapping[str, object] = {}


class Visibility(StrEnum):
    """Who may see a post; what Mastodon calls unlisted is public here."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"


class SkipReason(StrEnum):
    """Why an item is not imported."""

    BOOST = "boost"
    POLL = "poll"
    REPLY_TO_OTHER = "reply_to_other"
    NOT_OWN = "not_own"
    OTHER_KIND = "other_kind"
    ONLY_MEDIA = "only_media"
    WITHOUT_TEXT = "without_text"
    TOO_LONG = "too_long"
    BAD_DATE = "bad_date"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose archive it is: `uri` is the account's ActivityPub id, `followers` the address of its followers."""

    uri: str
    followers: str
    username: str
    name: str
    bio: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody whom a post names: `name@host`, and their ActivityPub id."""

    address: str
    uri: str


@dataclass(frozen=True, slots=True)
class Note:
    """A post of one's own. Instants are UTC; `in_reply_to` is always another post of the same account.

    The text is empty only where there are attachments. It names people as `@name@host`, never by the name alone, but it
    may hold an `@name` that never was a link: whoever stores it must not look for mentions of local people in it.
    """

    uri: str
    published: datetime
    edited: datetime | None
    text: str
    content_warning: str | None
    sensitive: bool
    visibility: Visibility
    in_reply_to: str | None
    language: str | None
    hashtags: tuple[str, ...]
    mentions: tuple[Mention, ...]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """An item that is not imported, with the id that it had if it had one."""

    reason: SkipReason
    uri: str | None


class _Skipped(Exception):
    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason)
        self.reason = reason


def is_address(value: str) -> bool:
    """Whether this can be the address of a post: http or https, of at most 2,048 characters."""
    return len(value) <= _MAX_ADDRESS and _ADDRESS.fullmatch(value) is not None


def parse_actor(raw: object) -> Actor:
    """The account of `actor.json`; raises `ArchiveMalformedFile` if it has no id or no name."""
    fields = _fields(raw)
    uri, username = _address(fields.get("id")), _text(fields.get("preferredUsername"))
    if uri is None or not username:
        raise containers_exceptions.ArchiveMalformedFile
    return Actor(
        uri=uri,
        followers=_address(fields.get("followers")) or f"{uri}/followers",
        username=username,
        name=_text(fields.get("name")),
        bio=_text(plain_text.to_text(_text(fields.get("summary"))[:_MAX_HTML])),
    )


def parse_outbox(items: Iterable[object], actor: Actor) -> Iterator[Note | Skip]:
    """Each item of the outbox, in its order (oldest first, as Mastodon writes it).

    Differs from `parse_item` in one thing: whoever goes on in their own reply to somebody else is still in that
    conversation, so replies to skipped replies are skipped, too.
    """
    elsewhere: set[str] = set()
    for raw in items:
        item = parse_item(raw, actor)
        if isinstance(item, Note) and item.in_reply_to in elsewhere:
            item = Skip(SkipReason.REPLY_TO_OTHER, item.uri)
        if isinstance(item, Skip) and item.reason is SkipReason.REPLY_TO_OTHER and item.uri is not None:
            elsewhere.add(item.uri)
        yield item


def parse_item(raw: object, actor: Actor) -> Note | Skip:
    """One activity of the outbox of `actor`: the post that it created, or why it is not taken."""
    activity = _fields(raw)
    note = _fields(activity.get("object"))
    try:
        return _parse_note(activity, note, actor)
    except _Skipped as skipped:
        return Skip(skipped.reason, _address(note.get("id")) or _address(activity.get("id")))


def _parse_note(activity: Mapping[str, object], note: Mapping[str, object], actor: Actor) -> Note:
    _check_kind(activity, note)
    uri = _address(note.get("id"))
    if uri is None:
        raise _Skipped(SkipReason.MALFORMED)
    if (_id(note.get("attributedTo")) or _id(activity.get("actor"))) != actor.uri:
        raise _Skipped(SkipReason.NOT_OWN)
    mentions = _mentions(note)
    pictures = attachments.parse(note.get("attachment"))
    html, language = _content(note)
    published = _instant(note.get("published"))
    if published is None:
        raise _Skipped(SkipReason.BAD_DATE)
    edited = _instant(note.get("updated"))
    text = _text(plain_text.to_text(html, {_profile_key(mention): mention.address for mention in mentions}))
    if not text and not pictures:
        raise _Skipped(SkipReason.WITHOUT_TEXT)
    return Note(
        uri=uri,
        published=published,
        edited=edited if edited is not None and edited > published else None,
        text=text,
        content_warning=_text(note.get("summary")) or None,
        sensitive=note.get("sensitive") is True,
        visibility=_visibility(activity, note, actor),
        in_reply_to=_own_parent(note, actor),
        language=language,
        hashtags=_hashtags(note),
        mentions=mentions,
        attachments=pictures,
    )


def _check_kind(activity: Mapping[str, object], note: Mapping[str, object]) -> None:
    kind = activity.get("type")
    if not isinstance(kind, str):
        raise _Skipped(SkipReason.MALFORMED)
    if kind == "Announce":
        raise _Skipped(SkipReason.BOOST)
    if kind != "Create":
        raise _Skipped(SkipReason.OTHER_KIND)
    if note.get("type") == "Question":
        raise _Skipped(SkipReason.POLL)
    if note.get("type") != "Note":
        raise _Skipped(SkipReason.OTHER_KIND if isinstance(note.get("type"), str) else SkipReason.MALFORMED)


def _own_parent(note: Mapping[str, object], actor: Actor) -> str | None:
    parent = note.get("inReplyTo")
    if parent is None:
        return None
    address = _address(_id(parent))
    # The ids of an account's posts stand below the account's own.
    if address is None or not address.startswith(f"{actor.uri}/"):
        raise _Skipped(SkipReason.REPLY_TO_OTHER)
    return address


def _visibility(activity: Mapping[str, object], note: Mapping[str, object], actor: Actor) -> Visibility:
    to = _ids(note["to"] if "to" in note else activity.get("to"))
    cc = _ids(note["cc"] if "cc" in note else activity.get("cc"))
    if _PUBLIC & (to | cc):
        return Visibility.PUBLIC
    return Visibility.FOLLOWERS if actor.followers in to else Visibility.MENTIONED


def _content(note: Mapping[str, object]) -> tuple[str, str | None]:
    """The post's HTML and its language, which is the key of the same text in `contentMap`."""
    by_language = _fields(note.get("contentMap"))
    html = note.get("content")
    if not isinstance(html, str):
        html = next(iter(by_language.values()), "")
    if not isinstance(html, str):
        raise _Skipped(SkipReason.MALFORMED)
    if len(html) > _MAX_HTML:
        raise _Skipped(SkipReason.TOO_LONG)
    languages = (key for key, value in by_language.items() if value == html and _LANGUAGE.fullmatch(key))
    return html, next(languages, None)


def _instant(value: object) -> datetime | None:
    """An ISO 8601 instant from 1970 to tomorrow in UTC; one without a zone is in UTC already."""
    if not isinstance(value, str) or len(value) > _MAX_DATE:
        return None
    try:
        read = datetime.fromisoformat(value)
        instant = read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if _FIRST_INSTANT <= instant <= clock.now() + _CLOCK_SKEW else None


def _tags(note: Mapping[str, object], kind: str) -> Iterator[Mapping[str, object]]:
    tags = note.get("tag")
    for raw in tags if isinstance(tags, list) else [tags]:
        tag = _fields(raw)
        if tag.get("type") == kind:
            yield tag


def _hashtags(note: Mapping[str, object]) -> tuple[str, ...]:
    names = (_text(tag.get("name")).removeprefix("#") for tag in _tags(note, "Hashtag"))
    return tuple(dict.fromkeys(name for name in names if name))


def _mentions(note: Mapping[str, object]) -> tuple[Mention, ...]:
    """Mastodon leaves the host out for people of the account's own server; it is that of their id."""
    found = []
    for tag in _tags(note, "Mention"):
        uri, address = _address(tag.get("href")), _text(tag.get("name")).removeprefix("@")
        if uri is not None and address:
            found.append(Mention(address if "@" in address else f"{address}@{plain_text.host_of(uri)}", uri))
    return tuple(dict.fromkeys(found))


def _profile_key(mention: Mention) -> tuple[str, str]:
    return mention.address.partition("@")[0].lower(), plain_text.host_of(mention.uri)


def _fields(raw: object) -> Mapping[str, object]:
    return raw if isinstance(raw, dict) else _NO_FIELDS


def _text(value: object) -> str:
    """A text as it can be stored; empty for what is none."""
    return _NOT_STORABLE.sub("\ufffd", markup.clean(value)) if isinstance(value, str) else ""


def _address(value: object) -> str | None:
    return value if isinstance(value, str) and is_address(value) else None


def _id(value: object) -> object:
    """The id of an object that is written as its id or as a whole, alone or as the only one of a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.get("id") if isinstance(value, dict) else value


def _ids(value: object) -> frozenset[str]:
    ids = map(_id, value if isinstance(value, list) else [value])
    return frozenset(each for each in ids if isinstance(each, str))
