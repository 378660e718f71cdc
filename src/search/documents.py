"""What search keeps of a text, and how a word that somebody looks for is compared with it.

A document holds each word as it stands and, beside it, the stem that the text's language gives it; so a word is found
as it is written in whatever language, and in its other forms where its language is known.
"""

import re

from sqlalchemy import ColumnElement, ScalarSelect, Text, and_, case, func, literal_column
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR
from sqlalchemy.orm import InstrumentedAttribute

from src.search.constants import MAX_SEARCHED, TEXT_CONFIGURATIONS

Expression = ColumnElement[str] | ColumnElement[str | None] | InstrumentedAttribute[str | None] | ScalarSelect[str]

SIMPLE = "simple"
_CYRILLIC = "[\u0400-\u04ff]"
# Whoever does not say what they write in mostly means Russian; its configuration takes the English between as English.
_RUSSIAN = "russian"
_OTHER_CYRILLIC = frozenset({"sr"})
# What no parser takes for a word.
_GAP = "'''|'':1'::tsvector"


def document_of(language: Expression, *texts: Expression | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The document of what says this, one after the other, in the language of this tag; NULLs are passed over."""
    blank: ColumnElement[str] = literal_column("''", Text)
    whole: ColumnElement[str] = func.coalesce(texts[0], blank)
    for text in texts[1:]:
        whole = whole.op("||")(literal_column("' '")).op("||")(func.coalesce(text, blank))
    body = func.left(whole, literal_column(str(MAX_SEARCHED)))
    tag = func.lower(func.split_part(language, literal_column("'-'"), literal_column("1")))
    cyrillic = and_(
        body.op("~")(literal_column(f"'{_CYRILLIC}'")),
        *(tag.is_distinct_from(literal_column(f"'{other}'")) for other in _OTHER_CYRILLIC),
    )
    known = case(
        (cyrillic, configuration(_RUSSIAN)),
        *((tag == literal_column(f"'{short}'"), configuration(name)) for short, name in TEXT_CONFIGURATIONS.items()),
    )
    stems = func.coalesce(func.to_tsvector(known, body), literal_column("''::tsvector"))
    # A place that holds nothing between them: else the last word and the first stem would be neighbours to a phrase.
    both = as_written(body).op("||")(literal_column(_GAP)).op("||")(stems)
    document: ColumnElement[str] = func.ts_delete(both, literal_column("'|'"), type_=TSVECTOR)
    return document


def as_written(text: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The words of a text as they stand."""
    words: ColumnElement[str] = func.to_tsvector(configuration(SIMPLE), text, type_=TSVECTOR)
    return words


def configuration(name: str) -> ColumnElement[str]:
    """A text search configuration in a statement."""
    return literal_column(f"'{name}'::regconfig", REGCONFIG)


def configurations_for(words: str, locale: str | None) -> list[str]:
    """By which configurations somebody with this locale may mean words: as they stand, and in which languages."""
    language = (locale or "en").partition("-")[0].lower()
    known = TEXT_CONFIGURATIONS.get(language)
    if re.search(_CYRILLIC, words) and language not in _OTHER_CYRILLIC:
        known = _RUSSIAN
    return [SIMPLE] if known is None else [SIMPLE, known]
