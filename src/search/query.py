r"""The language of queries. Pure: every text can be read, and what in it means nothing is named.

    winter "first snow" -rain from:@ada has:link in:home before:2026-03 after:2025-12-24 during:2026

Words have to be there, in any form; what stands in quotes just so; what has a minus must not. An operator with a minus
or with a value that it does not take (`before:lunch`) is refused by the endpoint, like one that means nothing to what
is searched (`has:wings`). Dates are days, months or years of UTC: `before` ends where the date begins, `after` begins
where it ends. `in:chat:17` is a chat, by its id.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from src.schemas import MAX_ID
from src.search.constants import MAX_QUERY, MAX_TERMS, Place

_TERM = re.compile(
    r'(?P<minus>-?)(?:(?P<name>from|has|in|before|after|during):(?=\S))?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))',
    re.IGNORECASE,
)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»\uff02", '"'))
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_NAME = re.compile(r"@?(\w{1,30})", re.ASCII)
_CHAT = re.compile(r"chat:(\d{1,19})", re.IGNORECASE | re.ASCII)
_FEATURE = re.compile(r"[a-z]{1,20}", re.IGNORECASE | re.ASCII)
# Letters and digits of any script; what has none of them is no word.
_SOMETHING = re.compile(r"[^\W_]")
_YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or words that stand in just this order."""

    text: str
    is_phrase: bool = False
    is_unwanted: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for.

    Attributes:
        words: that have to be there, or must not be.
        authors: usernames of whom it has to be by any; `me` is the one who asks.
        features: what it has to have, such as `link`.
        places: where it has to be, all of them.
        chats: in any of which it has to be said.
        since: the first instant of it, if that matters.
        until: the first instant after it.
        unread: names of operators that stand there with a value that they do not take, or with a minus.
        text: the whole as it was typed, on one line, for what is looked up by its name.
    """

    words: tuple[Words, ...] = ()
    authors: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    chats: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    unread: tuple[str, ...] = ()
    text: str = ""


def parse(text: str) -> Query:
    """The meaning of a text; what is beyond the bounds of length and number is left out."""
    text = text[:MAX_QUERY].translate(_QUOTES)
    found = _Found()
    for match in list(_TERM.finditer(text))[:MAX_TERMS]:
        value = match["bare"] if match["quoted"] is None else match["quoted"]
        if match["name"]:
            found.operator(match["name"].lower(), value, is_unwanted=bool(match["minus"]))
        else:
            found.word(value, is_phrase=match["quoted"] is not None, is_unwanted=bool(match["minus"]))
    return Query(
        words=tuple(dict.fromkeys(found.words)),
        authors=tuple(dict.fromkeys(found.authors)),
        features=tuple(dict.fromkeys(found.features)),
        places=tuple(dict.fromkeys(found.places)),
        chats=tuple(dict.fromkeys(found.chats)),
        since=found.since,
        until=found.until,
        unread=tuple(dict.fromkeys(found.unread)),
        text=" ".join(text.split()),
    )


class _Found:
    """What has been read so far."""

    def __init__(self) -> None:
        self.words: list[Words] = []
        self.authors: list[str] = []
        self.features: list[str] = []
        self.places: list[Place] = []
        self.chats: list[int] = []
        self.since: datetime | None = None
        self.until: datetime | None = None
        self.unread: list[str] = []

    def word(self, value: str, *, is_phrase: bool, is_unwanted: bool) -> None:
        """Takes a term as it stands."""
        text = " ".join(value.split())
        if _SOMETHING.search(text):
            self.words.append(Words(text, is_phrase=is_phrase, is_unwanted=is_unwanted))

    def operator(self, name: str, value: str, *, is_unwanted: bool) -> None:
        """Takes `name:value`, or notes that it means nothing."""
        if is_unwanted or not self._is_taken(name, value):
            self.unread.append(name)

    def _is_taken(self, name: str, value: str) -> bool:
        if name == "from":
            return self._author(value)
        if name == "has":
            return self._feature(value)
        return self._place(value) if name == "in" else self._date(name, value)

    def _author(self, value: str) -> bool:
        named = _NAME.fullmatch(value)
        if named:
            self.authors.append(named[1].lower())
        return named is not None

    def _feature(self, value: str) -> bool:
        named = _FEATURE.fullmatch(value)
        if named:
            self.features.append(value.lower())
        return named is not None

    def _place(self, value: str) -> bool:
        chat = _CHAT.fullmatch(value)
        if chat and int(chat[1]) <= MAX_ID:
            self.chats.append(int(chat[1]))
            return True
        try:
            self.places.append(Place(value.lower()))
        except ValueError:
            return False
        return True

    def _date(self, name: str, value: str) -> bool:
        period = _period(value)
        if period is None:
            return False
        begin, end = period
        if name in {"before", "during"}:
            until = begin if name == "before" else end
            self.until = until if self.until is None else min(self.until, until)
        if name in {"after", "during"}:
            since = end if name == "after" else begin
            self.since = since if self.since is None else max(self.since, since)
        return True


def _period(text: str) -> tuple[datetime, datetime] | None:
    """The first instant of a year, month or day and the first one after it."""
    written = _DATE.fullmatch(text)
    if written is None or int(written[1]) not in _YEARS:
        return None
    year, month, day = int(written[1]), int(written[2] or 1), int(written[3] or 1)
    try:
        begin = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    if written[2] is None:
        return begin, begin.replace(year=year + 1)
    following = begin.replace(year=year + month // 12, month=month % 12 + 1, day=1)
    if written[3] is None:
        return begin, following
    last = (following - begin.replace(day=1)).days
    return begin, begin.replace(day=day + 1) if day < last else following
