"""What a text means to people: its length, its mentions, hashtags and links, each with its place in the text.

Pure functions, in time linear in the text whatever it holds: each character is looked at a bounded number of times.
Offsets count Unicode code points, as Python does (a browser counts UTF-16 units and has to convert).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv6Address
from itertools import islice

import regex

# What a link counts, however long it is, and the longest one that is a link at all.
URL_LENGTH = 23
MAX_URL = 2048
MAX_HASHTAG = 100
MIN_USERNAME = 2
MAX_USERNAME = 30
_MAX_HOST = 253
_MAX_HOST_LABEL = 63
_MAX_PORT = 65535

# Usernames are ASCII: no IGNORECASE here, which would let the Kelvin sign pass as a k.
_TOKEN = regex.compile(
    r"""
    (?P<scheme> (?<![A-Za-z0-9]) [Hh][Tt][Tt][Pp][Ss]?:// )
  | (?<![\w@/=]) @ (?P<name> [A-Za-z0-9_]++ )
      (?: (?P<host> (?P<rest> (?:[.-]++[A-Za-z0-9_]++)*+ ) @ \w++ (?:[.-]++\w++)*+ ) | (?! \w | @ | :// ) )
  | (?<![\w/=&\#\uff03]) [\#\uff03]
      (?P<tag> [\p{L}\p{Nd}_] [\p{L}\p{M}\p{Nd}_]*+ (?:[\u200c\u200d][\p{L}\p{M}\p{Nd}_]++)*+ )
      (?! :// )
    """,
    regex.VERBOSE,
)
_LETTER = regex.compile(r"\p{L}")
_OUTSIDE_KEY = regex.compile(r"[^\p{L}\p{M}\p{Nd}_]|\p{Default_Ignorable_Code_Point}")

_LABEL = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*+"
_HOST = regex.compile(
    rf"(?P<host>\[(?P<ipv6>[0-9A-Fa-f:.]{{2,45}})\]|{_LABEL}(?:\.{_LABEL})*+)(?::(?P<port>[0-9]{{1,5}})(?![0-9]))?\.?"
)
# Where a link ends: space, quotes, the brackets and stops of East Asian text, what turns the direction of writing.
_END = (
    r"\s\p{Cc}\p{Cs}<>\"`\\\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    r"\u3001\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1b\uff1f"
)
_REST_OF_AUTHORITY = regex.compile(rf"[^{_END}/?#]*+")
_REST_OF_RUN = regex.compile(rf"[^{_END}]*+")
_PIECE = regex.compile(rf"[^{_END}()\[\]{{}}]++|[()\[\]{{}}]")
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_NOT_LAST = frozenset("?!.,:;*_~'…«»“”„\u2018\u2019" + "".join(_CLOSER))

_GRAPHEME = regex.compile(r"\X")
# Flags are pairs of these; the engine walks back over a whole run of them at each step, so they are paired before.
_FLAG = regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}")
_NEWLINE = regex.compile(r"\r\n?")
# The blank pattern of Braille is no space to Unicode, and Hangul's fillers are letters.
_UNSEEN = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*+")


class EntityKind(StrEnum):
    """What a stretch of text is."""

    MENTION = "mention"
    HASHTAG = "hashtag"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch `text[start:end]`; `value` is the lower-case username, the hashtag's key or the URL as written."""

    kind: EntityKind
    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A hashtag: `key` is the same for every spelling, `name` is the spelling that stood first in the text."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Markup:
    """All that a text refers to. The tuples hold each thing once, in the order in which the text names it."""

    entities: tuple[Entity, ...]
    mentions: tuple[str, ...]
    hashtags: tuple[Hashtag, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of text that is not just words. Without a kind it is an address on another server (`@value@host`)."""

    kind: EntityKind | None
    start: int
    end: int
    value: str


def clean(text: str) -> str:
    """The text as it is stored: newlines are LF, no white space around it; nothing else is changed."""
    return _NEWLINE.sub("\n", text).strip()


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen: white space, and characters that are drawn as nothing."""
    return _UNSEEN.fullmatch(text) is not None


def length(text: str) -> int:
    """The length that people see: extended grapheme clusters (UAX 29), each link as 23.

    An address on another server (`@name@host`) counts as `@name`, as in Mastodon, so that its clients count alike.
    """
    parts: list[str] = []
    position = 0
    for token in _scan(text):
        if token.kind in {None, EntityKind.LINK}:
            parts += text[position : token.start], _counted(token)
            position = token.end
    counted = "".join(parts) + text[position:]
    if counted.isascii():
        return len(counted) - counted.count("\r\n")
    return sum(1 for _ in _GRAPHEME.finditer(_FLAG.sub("x", counted)))


def excerpt(text: str, most: int) -> str:
    """The text's beginning in one line, of at most so many characters as people count them."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    pieces = [match.group() for match in islice(_GRAPHEME.finditer(line), most + 1)]
    return line if len(pieces) <= most else "".join(pieces[: most - 1]).rstrip() + "…"


def parse(text: str) -> Markup:
    """The mentions, hashtags and links of a text.

    A mention is `@name` with a username of this server, outside of words, e-mail addresses, `@name@host` and links. A
    hashtag is made of letters, digits and underscores with at least one letter (a joiner between letters, which
    Persian and the scripts of India write with, is part of it). A link begins with http:// or https:// and names no
    user; brackets that it does not open and the punctuation of the sentence around it are not part of it.
    """
    entities: list[Entity] = []
    hashtags: dict[str, Hashtag] = {}
    for token in _scan(text):
        if token.kind is None:
            continue
        entity = Entity(token.kind, token.start, token.end, token.value)
        entities.append(entity)
        if entity.kind is EntityKind.HASHTAG:
            hashtags.setdefault(entity.value, Hashtag(entity.value, text[entity.start + 1 : entity.end]))
    return Markup(
        entities=tuple(entities),
        mentions=_values(entities, EntityKind.MENTION),
        hashtags=tuple(hashtags.values()),
        links=_values(entities, EntityKind.LINK),
    )


def hashtag_key(name: str) -> str:
    """The one key of all spellings of a hashtag's name: case-folded NFKC without what is invisible.

    Empty if nothing of a hashtag is left.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return unicodedata.normalize("NFKC", _OUTSIDE_KEY.sub("", folded))


def _values(entities: list[Entity], kind: EntityKind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entity.value for entity in entities if entity.kind is kind))


def _counted(token: _Token) -> str:
    return f"@{token.value}" if token.kind is None else "x" * URL_LENGTH


def _scan(text: str) -> Iterator[_Token]:
    """The tokens of a text in order. The position only grows, past all that was looked at: so the time is linear."""
    position = 0
    while match := _TOKEN.search(text, position):
        position = match.end()
        if match["scheme"] is not None:
            end, position = _link(text, match.end())
            if end and end - match.start() <= MAX_URL:
                yield _Token(EntityKind.LINK, match.start(), end, text[match.start() : end])
        elif match["host"] is not None:
            yield _Token(None, match.start(), match.end(), match["name"] + match["rest"])
        elif match["name"] is not None:
            if MIN_USERNAME <= len(match["name"]) <= MAX_USERNAME:
                yield _Token(EntityKind.MENTION, match.start(), match.end(), match["name"].lower())
        elif key := _valid_key(match["tag"]):
            yield _Token(EntityKind.HASHTAG, match.start(), match.end(), key)


def _valid_key(name: str) -> str:
    """The key of a hashtag, empty for what looks like one and is none: numbers, and longer than anybody can mean."""
    if len(name) > MAX_HASHTAG or not _LETTER.search(name):
        return ""
    key = hashtag_key(name)
    return key if len(key) <= MAX_HASHTAG and _LETTER.search(key) else ""


def _link(text: str, start: int) -> tuple[int, int]:
    """Where the link ends whose scheme ends at `start` (0: it is none), and where to go on reading."""
    host = _HOST.match(text, start)
    if host is None:
        return 0, start
    if not _possible(host) or _names_user(text, host.end()):
        return 0, _end_of(_REST_OF_RUN, text, host.end())
    stop = _end_of_path(text, host.end()) if text[host.end() : host.end() + 1] in {"/", "?", "#"} else host.end()
    end = stop
    while text[end - 1] in _NOT_LAST:
        end -= 1
    return end, stop


def _possible(host: regex.Match[str]) -> bool:
    if host["port"] is not None and int(host["port"]) > _MAX_PORT:
        return False
    if host["ipv6"] is not None:
        return _is_ipv6(host["ipv6"])
    return len(host["host"]) <= _MAX_HOST and all(len(label) <= _MAX_HOST_LABEL for label in host["host"].split("."))


def _is_ipv6(address: str) -> bool:
    try:
        IPv6Address(address)
    except AddressValueError:
        return False
    return True


def _names_user(text: str, end_of_host: int) -> bool:
    """Whether what follows makes a user name or a broken port of the host: such links deceive (good.org@bad.org)."""
    end = _end_of(_REST_OF_AUTHORITY, text, end_of_host)
    rest = text[end_of_host:end]
    return "@" in rest or (rest == ":" and text[end : end + 1] == "/") or (rest[:1] == ":" and rest[1:2].isalnum())


def _end_of_path(text: str, start: int) -> int:
    """The end of path, query and fragment: the first character that no link has, or a bracket never opened."""
    still_open = dict.fromkeys(_CLOSER.values(), 0)
    position = start
    while piece := _PIECE.match(text, position):
        bracket = piece[0]
        if bracket in _CLOSER:
            still_open[_CLOSER[bracket]] += 1
        elif bracket in still_open:
            if not still_open[bracket]:
                break
            still_open[bracket] -= 1
        position = piece.end()
    return position


def _end_of(pattern: regex.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start
