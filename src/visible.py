"""A text that others wrote, fit to be shown: a terminal obeys some characters, and some falsify what stands around.

What `hearth chat` shows goes through here, and what is made to be read as it is.
"""

import unicodedata

# Marks that turn the direction of writing, and line ends that are no line feed.
_UNSEEN = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """The text with a `?` for what a terminal would obey and what turns the direction of writing; line feeds stay.

    What is drawn as nothing stays, too: emoji, flags and some scripts are made with it. So texts that look alike may
    differ. A tab is written as spaces.
    """
    plain = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join("?" if _is_command(character) else character for character in plain)


def line(text: str) -> str:
    """The same in one line, so that it cannot pass for several."""
    return clean(text).replace("\n", " ")


def _is_command(character: str) -> bool:
    return character in _UNSEEN or (unicodedata.category(character) == "Cc" and character != "\n")
