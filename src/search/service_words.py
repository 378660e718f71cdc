"""What a query's words and names mean to PostgreSQL, for all sources whose things have documents."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import REGCONFIG

from src.auth import models as auth_models
from src.database import Database, HotRead
from src.search import documents, query
from src.search.constants import Place
from src.users import models as users_models

_pairs = func.unnest(bindparam("configurations", type_=ARRAY(Text)), bindparam("words", type_=ARRAY(Text)))
_PAIRS = _pairs.table_valued(
    column("configuration", Text), column("words", Text), with_ordinality="place", name="pair"
).render_derived()
_FORMS = HotRead(
    select(cast(func.phraseto_tsquery(cast(_PAIRS.c.configuration, REGCONFIG), _PAIRS.c.words), Text)).order_by(
        _PAIRS.c.place
    )
)
_profile = users_models.Profile
_LOCALE = HotRead(select(_profile.locale).where(_profile.account_id == bindparam("viewer", type_=BigInteger)))
_NAMED = HotRead(
    select(auth_models.Account.id).where(auth_models.Account.username == any_(bindparam("names", type_=ARRAY(Text))))
)


async def authors(database: Database, asked: query.Query, viewer: int) -> list[int] | None:
    """The accounts of which any has to have written it; None if anybody may."""
    own = Place.ME in asked.places
    if not asked.authors:
        return [viewer] if own else None
    named = {row[0] for row in await _NAMED.fetch(database, names=list(asked.authors))}
    if "me" in asked.authors:
        named.add(viewer)
    return sorted(named & {viewer} if own else named)


async def wanted(database: Database, words: Sequence[query.Words], viewer: int) -> str:
    """The words as PostgreSQL has them: a phrase as it stands, a word also by its stem in the reader's language."""
    if not words:
        return ""
    known = await _LOCALE.fetch(database, viewer=viewer)
    locale = known[0][0] if known else None
    names = [
        [documents.SIMPLE] if each.is_phrase else documents.configurations_for(each.text, locale) for each in words
    ]
    pairs = [(name, each.text) for each, of_word in zip(words, names, strict=True) for name in of_word]
    forms = await _FORMS.fetch(database, configurations=[name for name, _ in pairs], words=[text for _, text in pairs])
    rest = [form[0] for form in forms]
    parts = []
    for each, of_word in zip(words, names, strict=True):
        # The same form twice would be taken for twice as many posts.
        alternatives = dict.fromkeys(form for form in rest[: len(of_word)] if form)
        del rest[: len(of_word)]
        if alternatives:
            parts.append(
                ("!" if each.is_unwanted else "") + f"( {' | '.join(f'( {form} )' for form in alternatives)} )"
            )
    return " & ".join(parts)
