"""Mastodon's HTML back to the text that its author wrote, with links in full and people by their whole address.

The standard library's parser needs quadratic time for broken markup (an unclosed tag repeated makes it read on to the
end at each), so the few constructs are cut by one pattern here. It never goes back, and what it reads in vain ends at
the next `<` or, of two kinds of quotes, at most twice at the same place.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple
from urllib.parse import urlsplit

from src import markup

_TOKEN = re.compile(
    r"""
    <!--.*?(?:-->|\Z)
  | <(?P<hidden>script|style|template|textarea|title)\b[^<>]*+>.*?(?:</(?P=hidden)\s*+>|\Z)
  | <(?P<close>/?)(?P<name>[a-z][a-z0-9]*+)(?P<attributes>(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>
  | <[!?/][^<>]*+>
  | (?P<text>[^<]++|<)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\s([a-z][a-z-]*+)=(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
# No character has so long a number, and int() fails with one of thousands of digits.
_LONG_NUMBER = re.compile(r"&#[0-9]{8,};?")
_PARAGRAPHS = frozenset({"p", "div", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_LINES = frozenset({"li", "tr", "dt", "dd"})
_NEW_LINE, _NEW_PARAGRAPH = 1, 2
_ELLIPSIS = "\u2026"
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)

# (name, host of the profile), both lower-case -> name@host as Mastodon writes the person's address.
Addresses = Mapping[tuple[str, str], str]


class _Anchor(NamedTuple):
    first_piece: int
    target: str
    classes: frozenset[str]


class _Writer:
    """Collects the text; breaks wait until something follows them."""

    def __init__(self, addresses: Addresses) -> None:
        self.pieces: list[str] = []
        self._addresses = addresses
        self._break = 0
        self._anchor: _Anchor | None = None
        self._preformatted = False

    def write(self, text: str) -> None:
        if not self._preformatted and "\n" in text:
            text = " ".join(line.strip(" \t\r") for line in text.split("\n"))
            if self._break or not any(self.pieces[-1:]):
                text = text.lstrip(" ")
        if text:
            self._write_waiting_break()
            self.pieces.append(text)

    def open(self, name: str, attributes: str) -> None:
        if name == "br":
            self._write_waiting_break()
            self.pieces.append("\n")
        elif name == "a":
            self.close_anchor()
            self._write_waiting_break()
            values = _values(attributes)
            self._anchor = _Anchor(
                len(self.pieces), values.get("href", ""), frozenset(values.get("class", "").lower().split())
            )
        elif name == "img":
            self.write(_values(attributes).get("alt", ""))
        else:
            self.edge(name)
            self._preformatted = self._preformatted or name == "pre"
            if name == "li":
                self.write("- ")

    def close(self, name: str) -> None:
        if name == "a":
            self.close_anchor()
        else:
            self._preformatted = self._preformatted and name != "pre"
            self.edge(name)

    def _write_waiting_break(self) -> None:
        self.pieces.append("\n" * self._break)
        self._break = 0

    def edge(self, name: str) -> None:
        """Where a block begins or ends."""
        kind = _NEW_PARAGRAPH if name in _PARAGRAPHS else _NEW_LINE if name in _LINES else 0
        self._break = max(self._break, kind)

    def close_anchor(self) -> None:
        if self._anchor is None:
            return
        anchor, self._anchor = self._anchor, None
        label = "".join(self.pieces[anchor.first_piece :])
        shown = label.strip()
        before, _, after = label.partition(shown) if shown else ("", "", label)
        self.pieces[anchor.first_piece :] = [before, self._shown_link(anchor, shown), after]

    def _shown_link(self, anchor: _Anchor, shown: str) -> str:
        if shown.startswith("@") and "mention" in anchor.classes:
            return self._whole_address(shown, anchor.target)
        if "hashtag" in anchor.classes or not _SCHEME.match(anchor.target) or not anchor.target.isprintable():
            return shown
        return anchor.target if _says_the_same(shown, anchor.target) else f"{shown} ({anchor.target})"

    def _whole_address(self, shown: str, profile: str) -> str:
        host = host_of(profile)
        name = shown.removeprefix("@")
        if "@" in name or not host:
            return shown
        return "@" + self._addresses.get((name.lower(), host), f"{name}@{host}")


def to_text(html: str, addresses: Addresses | None = None) -> str:
    """The plain text of a post's HTML, in time linear in it and whatever it holds.

    Args:
        html: `content` of a Note, or any other HTML.
        addresses: how people are written whose profile stands on another host than their address names.

    Returns:
        Paragraphs separated by an empty line; links as their whole URL, after their label if that says something
        else; mentions as `@name@host`; pictures in the text (custom emoji) by what they are called.
    """
    writer = _Writer(addresses or {})
    for token in _TOKEN.finditer(html):
        if token["text"] is not None:
            writer.write(_decoded(token["text"]))
        elif token["name"] is None:
            continue
        elif token["close"]:
            writer.close(token["name"].lower())
        else:
            writer.open(token["name"].lower(), token["attributes"])
    writer.close_anchor()
    return markup.clean("".join(writer.pieces))


def host_of(url: str) -> str:
    """The lower-case host of a URL with its port if it names one, empty if there is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _values(attributes: str) -> dict[str, str]:
    return {
        name.lower(): _decoded(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(attributes)
    }


def _decoded(text: str) -> str:
    return unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text


def _says_the_same(label: str, url: str) -> bool:
    """Whether the label is the URL, without its scheme perhaps, or its beginning with an ellipsis."""
    shown, whole = _SCHEME.sub("", label, count=1), _SCHEME.sub("", url, count=1)
    if shown.endswith(_ELLIPSIS):
        return whole.startswith(shown.removesuffix(_ELLIPSIS))
    return not shown or shown.rstrip("/") == whole.rstrip("/")
