"""Slack's markup of texts, `mrkdwn`, as the text of a message (https://api.slack.com/reference/surfaces/formatting).

Every pattern takes time linear in the text: what it repeats stops at the sign that would begin another match.
"""

import re
from functools import partial

_CODE = r"```[\s\S]+?```|`[^`\n]+`"
_REFERENCE = r"<[^<>\n]{1,2400}>"
_REFERENCES = re.compile(rf"(?:{_CODE})|(?P<reference>{_REFERENCE})")
_LINK = re.compile(r"((?:https?://|mailto:|tel:)[^\s|]+)(?:\|([^|]+))?")
# Of mail or a telephone: what is behind the `?` says how a letter begins.
_ADDRESS = re.compile(r"(?:mailto|tel):([^?]+)")
# A person, a channel, a command such as `!here` or `!date^…`: the word behind the `|` is the one to show.
_NAMED = re.compile(r"([@#!])([^|]+)(?:\|([^|]+))?")
_INNER = rf"`[^`\n]+`|{_REFERENCE}"


def _emphasis(sign: str, other: str) -> re.Pattern[str]:
    """Words between two signs, which stand at their edges and at those of a word, or behind the `>` of a quotation.

    Code and references are not looked into.
    """
    edge = rf"(?:(?<![^\s(\[\"'>_{other}])|(?<=&gt;))"
    words = rf"(?![\s{sign}])(?P<words>(?:[^{sign}<`\n]|{_INNER})++)(?<!\s)"
    return re.compile(rf"{_CODE}|{_REFERENCE}|{edge}[{sign}]{words}[{sign}](?![\w{sign}])")


_BOLD = _emphasis("*", "~")
_STRUCK = _emphasis("~", "*")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))


def plain(text: str) -> str:
    """A text without emphasis: its links as here, its names as words that notify nobody, what was escaped as meant."""
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], _REFERENCES.sub(_referred, text))


def marked(text: str) -> str:
    """A text with emphasis: `*bold*` and `~struck~` are written with two signs here, `_italic_` is the same."""
    return plain(_STRUCK.sub(partial(_doubled, "~~"), _BOLD.sub(partial(_doubled, "**"), text)))


def link(address: str, words: str | None) -> str:
    """A link of Markdown; an address of mail or of a telephone, which is none here, is written behind its words."""
    if (found := _ADDRESS.match(address)) is None:
        return f"[{words}]({address})" if words else address
    return f"{words} ({found[1]})" if words and words != found[1] else found[1]


def _doubled(sign: str, match: re.Match[str]) -> str:
    words = match["words"]
    return match[0] if words is None else f"{sign}{words}{sign}"


def _referred(match: re.Match[str]) -> str:
    reference = match["reference"]
    if reference is None:
        return match[0]
    if linked := _LINK.fullmatch(reference, 1, len(reference) - 1):
        return link(linked[1], linked[2])
    if named := _NAMED.fullmatch(reference, 1, len(reference) - 1):
        word = (named[3] or named[2]).lstrip("@#")
        return f"#{word}" if named[1] == "#" else word
    return reference
