"""Feeds of a person's public posts, as RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1. Pure: what is known goes in.

A text is plain text, so its HTML is made here: nothing that somebody wrote is a tag. Of a post with a content warning
a feed carries the warning alone, for readers show what they get. Pictures, films and sounds are named beside the text:
in RSS by Media RSS (https://www.rssboard.org/media-rss), the first one as the enclosure, too, of which there is one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.etree import ElementTree as ET

import orjson

from src import markup
from src.markup import EntityKind

_ATOM = "http://www.w3.org/2005/Atom"
_CREATOR = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 cannot hold in any form.
_NOT_IN_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TITLE_LENGTH = 80
_GENERATOR = "Hearth"

for _prefix, _name in (("atom", _ATOM), ("dc", _CREATOR), ("media", _MEDIA)):
    ET.register_namespace(_prefix, _name)


@dataclass(frozen=True)
class Medium:
    """A picture, film or sound of a post, by its whole address."""

    url: str
    content_type: str
    alt_text: str | None


@dataclass(frozen=True)
class Entry:
    """A post. `updated` is its last edit, or when it was published."""

    url: str
    text: str
    content_warning: str | None
    language: str | None
    hashtags: Sequence[str]
    published: datetime
    updated: datetime
    media: Sequence[Medium] = ()

    @property
    def shown(self) -> Sequence[Medium]:
        """What hangs on it, unless a warning stands before that."""
        return self.media if self.content_warning is None else ()

    @property
    def title(self) -> str:
        """The warning, or the beginning of the text."""
        line = (self.content_warning or self.text).partition("\n")[0]
        return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1].rstrip() + "…"

    @property
    def summary(self) -> str:
        """What readers may show at once."""
        return self.text if self.content_warning is None else f"Content warning: {self.content_warning}"


@dataclass(frozen=True)
class Feed:
    """A person's feed.

    Attributes:
        base: the server's address, without a slash at its end.
        url: the feed's own address.
        updated: when something of it last changed.
    """

    base: str
    url: str
    username: str
    display_name: str
    bio: str
    updated: datetime
    entries: Sequence[Entry]

    @property
    def page(self) -> str:
        """The address of the person's page."""
        return f"{self.base}/@{self.username}"

    @property
    def title(self) -> str:
        """Whose feed it is."""
        return f"{self.display_name} (@{self.username})"


def as_rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.page)
    _add(channel, "description", feed.bio or feed.title)
    _add(channel, "generator", _GENERATOR)
    _add(channel, "lastBuildDate", format_datetime(feed.updated))
    _add(channel, f"{{{_ATOM}}}link", href=feed.url, rel="self", type="application/rss+xml")
    for entry in feed.entries:
        item = ET.SubElement(channel, "item")
        if entry.content_warning is not None:
            _add(item, "title", entry.title)
        _add(item, "link", entry.url)
        _add(item, "guid", entry.url, isPermaLink="true")
        _add(item, "pubDate", format_datetime(entry.published))
        _add(item, f"{{{_CREATOR}}}creator", feed.display_name)
        _add(item, "description", html_of(entry, feed.base))
        for hashtag in entry.hashtags:
            _add(item, "category", hashtag)
        for medium in entry.shown[:1]:
            # The length is told as 0 where it is not known (https://www.rssboard.org/rss-profile).
            _add(item, "enclosure", url=medium.url, type=medium.content_type, length="0")
        for medium in entry.shown:
            _add_medium(item, medium)
    return _written(root)


def _add_medium(item: ET.Element, medium: Medium) -> None:
    kind = medium.content_type.partition("/")[0]
    node = _add(item, f"{{{_MEDIA}}}content", url=medium.url, type=medium.content_type, medium=kind)
    if medium.alt_text is not None:
        _add(node, f"{{{_MEDIA}}}description", medium.alt_text, type="plain")


def as_atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    root = ET.Element(f"{{{_ATOM}}}feed")
    _add(root, f"{{{_ATOM}}}id", feed.page)
    _add(root, f"{{{_ATOM}}}title", feed.title)
    _add(root, f"{{{_ATOM}}}subtitle", feed.bio)
    _add(root, f"{{{_ATOM}}}updated", feed.updated.isoformat(timespec="milliseconds"))
    _add(root, f"{{{_ATOM}}}generator", _GENERATOR)
    _add(root, f"{{{_ATOM}}}link", href=feed.page, rel="alternate", type="text/html")
    _add(root, f"{{{_ATOM}}}link", href=feed.url, rel="self", type="application/atom+xml")
    author = ET.SubElement(root, f"{{{_ATOM}}}author")
    _add(author, f"{{{_ATOM}}}name", feed.display_name)
    _add(author, f"{{{_ATOM}}}uri", feed.page)
    for entry in feed.entries:
        item = ET.SubElement(root, f"{{{_ATOM}}}entry")
        language = {} if entry.language is None else {_XML_LANGUAGE: entry.language}
        _add(item, f"{{{_ATOM}}}id", entry.url)
        _add(item, f"{{{_ATOM}}}title", entry.title)
        _add(item, f"{{{_ATOM}}}published", entry.published.isoformat(timespec="milliseconds"))
        _add(item, f"{{{_ATOM}}}updated", entry.updated.isoformat(timespec="milliseconds"))
        _add(item, f"{{{_ATOM}}}link", href=entry.url, rel="alternate", type="text/html")
        for medium in entry.shown:
            title = {} if medium.alt_text is None else {"title": medium.alt_text}
            _add(item, f"{{{_ATOM}}}link", href=medium.url, rel="enclosure", type=medium.content_type, **title)
        _add(item, f"{{{_ATOM}}}content", html_of(entry, feed.base), type="html", **language)
        for hashtag in entry.hashtags:
            _add(item, f"{{{_ATOM}}}category", term=hashtag)
    return _written(root)


def as_json(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1."""
    items = []
    for entry in feed.entries:
        item: dict[str, object] = {
            "id": entry.url,
            "url": entry.url,
            "content_html": html_of(entry, feed.base),
            "content_text": entry.summary,
            "date_published": entry.published.isoformat(timespec="milliseconds"),
            "date_modified": entry.updated.isoformat(timespec="milliseconds"),
            "tags": list(entry.hashtags),
        }
        if entry.content_warning is not None:
            item["title"] = entry.title
        if entry.language is not None:
            item["language"] = entry.language
        if entry.shown:
            item["attachments"] = [_attachment(medium) for medium in entry.shown]
        items.append(item)
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.page,
            "feed_url": feed.url,
            "description": feed.bio,
            "authors": [{"name": feed.display_name, "url": feed.page}],
            "items": items,
        }
    )


def _attachment(medium: Medium) -> dict[str, str]:
    title = {} if medium.alt_text is None else {"title": medium.alt_text}
    return {"url": medium.url, "mime_type": medium.content_type, **title}


def html_of(entry: Entry, base: str) -> str:
    """What a post says, as HTML of a few tags: paragraphs, line breaks, and links to people and pages."""
    if entry.content_warning is not None:
        return f'<p>{escape(entry.summary)}</p><p><a href="{escape(entry.url)}">{escape(entry.url)}</a></p>'
    text, parts, position = entry.text, [], 0
    for entity in markup.parse(text).entities:
        shown = escape(text[entity.start : entity.end])
        parts.append(escape(text[position : entity.start]))
        if entity.kind is EntityKind.LINK:
            shown = f'<a href="{escape(entity.value)}" rel="nofollow noopener">{shown}</a>'
        elif entity.kind is EntityKind.MENTION:
            shown = f'<a href="{escape(base)}/@{escape(entity.value)}">{shown}</a>'
        parts.append(shown)
        position = entity.end
    parts.append(escape(text[position:]))
    paragraphs = re.split(r"\n{2,}", "".join(parts))
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs).replace("\n", "<br>")


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    kept = {name: _NOT_IN_XML.sub("", value) for name, value in attributes.items()}
    node = ET.SubElement(parent, tag, kept)
    node.text = text and _NOT_IN_XML.sub("", text)
    return node


def _written(root: ET.Element) -> bytes:
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
