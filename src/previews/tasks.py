"""What a page says of itself: OpenGraph, Twitter's cards, and plain HTML. Pure; runs in a child process with limits.

A parser of HTML takes a minute for half a megabyte of open elements within each other. So it gets only the few elements
that cards are made of, which are looked for in time linear in the page, whatever that holds.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import regex
from selectolax.lexbor import LexborHTMLParser

from src.previews.constants import (
    MAX_DESCRIPTION,
    MAX_ELEMENT,
    MAX_ELEMENTS,
    MAX_METAS,
    MAX_SITE_NAME,
    MAX_TITLE,
    MAX_URL,
)

# Where HTML may say its encoding (the standard's "prescan").
_PRESCAN = 1024
_META_CHARSET = re.compile(r"<meta[^>]{1,500}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# The encodings of the standard by Python's names; others, which Python would also take for text, are none here.
_KNOWN = re.compile(
    r"utf-8|utf-16-[lb]e|iso8859-(?:[2-8]|1[03456])|cp(?:866|874|125[0-8])|koi8-[ru]|mac-roman|gbk|gb18030|big5"
    r"|euc_(?:jp|kr)|iso2022_jp|shift_jis"
)
_TAKEN_FOR = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gbk", "utf-16": "utf-16-le"}
_USUAL = "cp1252"

# What a card is made of, and what holds text that only looks like elements.
_ELEMENT = re.compile(
    r"<(?:(?P<name>meta|title|script|style|template|textarea|xmp|iframe|noembed|noframes)(?=[\s/>])|!--)", re.IGNORECASE
)
_QUOTED_META = re.compile(r"""[^<>"']*+(?:"[^"]*+"|'[^']*+'|[^>"'])*+>""")
_PLAIN_META = re.compile(r"[^>]*+>")

# Control characters, what turns the direction of writing, and halves of pairs.
_UNPRINTABLE = regex.compile(r"[\p{Cc}\p{Cs}\p{Cn}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_GRAPHEMES = regex.compile(r"\X")
_TITLES = ("og:title", "twitter:title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_SITE_NAMES = ("og:site_name", "application-name")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


@dataclass(frozen=True)
class Found:
    """What a page says of itself, as plain text of one line each."""

    title: str
    description: str | None
    site_name: str | None
    image_url: str | None


def read_page(body: bytes, content_type: str, url: str) -> Found | None:
    """What the page says; None if it has no title.

    Args:
        body: the page or its beginning.
        content_type: as the server gave it.
        url: where the page is, for what it names relative to that.
    """
    page = LexborHTMLParser("".join(_elements(_decoded(body, content_type))))
    said = dict[str, str]()
    for name, content in _metas(page):
        said.setdefault(name, content)
    heading = page.css_first("title")
    title = _first(said, _TITLES, MAX_TITLE) or _line(heading.text() if heading else "", MAX_TITLE)
    if not title:
        return None
    return Found(
        title=title,
        description=_first(said, _DESCRIPTIONS, MAX_DESCRIPTION),
        site_name=_first(said, _SITE_NAMES, MAX_SITE_NAME),
        image_url=_image(said, url),
    )


def _elements(text: str) -> Iterator[str]:
    """The page's `meta` and `title` elements as they stand."""
    position = 0
    for _ in range(MAX_ELEMENTS):
        found = _ELEMENT.search(text, position)
        if found is None:
            return
        name, begin = (found["name"] or "").lower(), found.end()
        if name == "meta":
            window = text[begin : begin + MAX_ELEMENT]
            rest = _QUOTED_META.match(window) or _PLAIN_META.match(window)
            position = begin + rest.end() if rest else begin
            yield f"<meta{rest[0]}" if rest else ""
            continue
        # A comment may be closed by what opens it: `<!-->`.
        end = re.compile(f"</{name}" if name else "-->", re.IGNORECASE).search(text, begin if name else begin - 2)
        # What is not closed goes on to the end.
        position = end.end() if end else len(text)
        if name == "title":
            yield text[found.start() : begin + MAX_ELEMENT if end is None else min(end.start(), begin + MAX_ELEMENT)]
            yield "</title>"


def _metas(page: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in page.css("meta[content]")[:MAX_METAS]:
        attributes = node.attributes
        name, content = attributes.get("property") or attributes.get("name"), attributes.get("content")
        if name and content:
            yield name.strip().lower(), content


def _first(said: dict[str, str], names: tuple[str, ...], length: int) -> str | None:
    return next((line for name in names if (line := _line(said.get(name, ""), length))), None)


def _line(text: str, length: int) -> str:
    """The text on one line, without what cannot be seen, cut to so many characters as people count them."""
    # A character may be made of many: what is far too long is cut before it is counted.
    text = " ".join(_UNPRINTABLE.sub(" ", text[: 20 * length]).split())
    characters = [match[0] for match in _GRAPHEMES.finditer(text)]
    return text if len(characters) <= length else "".join(characters[: length - 1]).rstrip() + "…"


def _image(said: dict[str, str], url: str) -> str | None:
    for name in _IMAGES:
        try:
            found = urljoin(url, said.get(name, "").strip())
            parts = urlsplit(found)
        except ValueError:
            continue
        good = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        if name in said and good and len(found) <= MAX_URL and not _UNPRINTABLE.search(found) and " " not in found:
            return found
    return None


def _decoded(body: bytes, content_type: str) -> str:
    """The page's text: by its mark, by what the server says, by what it says itself, or by trying."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if (named := _encoding(_HEADER_CHARSET.search(content_type))) is not None:
        return body.decode(named, "replace")
    if (named := _encoding(_META_CHARSET.search(body[:_PRESCAN].decode("latin-1")))) is not None:
        # What can say in ASCII that it is UTF-16 is not.
        return body.decode("utf-8" if named.startswith("utf-16") else named, "replace")
    try:
        # The end may be cut in the middle of a character.
        return codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return body.decode(_USUAL, "replace")


def _encoding(label: re.Match[str] | None) -> str | None:
    try:
        name = codecs.lookup(label[1] if label else "").name
    except (LookupError, ValueError):
        return None
    name = _TAKEN_FOR.get(name, name)
    return name if _KNOWN.fullmatch(name) else None
