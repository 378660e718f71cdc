"""Finding people by how their names begin, with one letter wrong, missing, too many or exchanged.

Names are kept as sets of trigrams in an index. One mistake spoils at most four neighbouring trigrams of what was typed;
so, where there are at least five, the first ones or the last ones are those of the name. Of the four that a name of
four letters has nothing is left when the first two letters are exchanged; these are exchanged back.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    SelectBase,
    Text,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from src.auth import models as auth_models
from src.database import ReadSession
from src.models import trigrams
from src.pagination import Paging, Slice
from src.search.constants import FEWEST_FOR_A_MISTAKE, MAX_NAME
from src.users import models as users_models
from src.users import queries as users_queries
from src.users import utils as users_utils
from src.users import visibility

_USERNAME = auth_models.Account.username
_DISPLAY_NAME = users_models.Profile.display_name


async def page(session: ReadSession, *, viewer_id: int, name: str, paging: Paging) -> Slice[Any]:
    """People whose username or display name begins like this; after them those whose does but for one mistake.

    Rows begin as those of `users_queries.people`. Those between whom and the viewer a block stands are left out.
    """
    typed = users_utils.typed_name(name)[:MAX_NAME].rstrip()
    if not typed:
        return paging.cut([], [])
    exact = _exactly(typed)
    exactly = select(exact.c.id, literal_column("'0'", Text).label("place"))
    rows = await _rows(session, viewer_id, exactly, paging)
    if len(typed) >= FEWEST_FOR_A_MISTAKE and (paging.back or len(rows) <= paging.limit):
        # Dear where many have similar names, and asked for only when those who have just this one fill no page.
        nearly = _nearly(typed)
        others = select(nearly.c.id, literal_column("'1'", Text)).where(nearly.c.id.not_in(select(exact.c.id)))
        rows = await _rows(session, viewer_id, union_all(exactly, others), paging)
    return paging.cut(rows, [row.key for row in rows])


async def _rows(session: ReadSession, viewer_id: int, ranked: SelectBase, paging: Paging) -> Sequence[Row[Any]]:
    found, account_id = ranked.subquery(), auth_models.Account.id
    key = (found.c.place + _USERNAME).collate("C")
    statement = (
        users_queries.people()
        .add_columns(key.label("key"))
        .join(found, found.c.id == account_id)
        .where(visibility.found_by(viewer_id, account_id), _beyond(key, paging))
        .order_by(key.desc() if paging.back else key.asc())
        .limit(paging.limit + 1)
    )
    return (await session.execute(statement)).all()


def _beyond(key: ColumnElement[str], paging: Paging) -> ColumnElement[bool]:
    position = paging.text()
    if position is None:
        return true()
    return key < position if paging.back else key > position


def _exactly(typed: str) -> Any:
    """Index look-ups; an OR over two tables would read both."""
    by_username = select(auth_models.Account.id).where(_USERNAME.startswith(typed, autoescape=True))
    lower = func.lower(_DISPLAY_NAME)
    by_name = select(users_models.Profile.account_id).where(lower.startswith(typed, autoescape=True))
    return union(by_username, by_name).subquery()


def _nearly(typed: str) -> Any:
    by_username = select(auth_models.Account.id.label("id")).where(is_nearly(_USERNAME, typed))
    by_name = select(users_models.Profile.account_id.label("id")).where(is_nearly(_DISPLAY_NAME, typed))
    return union(by_username, by_name).subquery()


def is_nearly(name: ColumnElement[str] | InstrumentedAttribute[str], typed: str) -> ColumnElement[bool]:
    """Whether a word of the name begins as it was typed, but for one mistake if that is long enough to hold one.

    Args:
        name: an expression of whose trigrams there is an index.
        typed: at least one sign, in the form of `users.utils.typed_name`.
    """
    parts = [_trigrams(typed)]
    if len(typed) >= FEWEST_FOR_A_MISTAKE:
        parts = [*_first_and_last(typed)]
    if len(typed) == FEWEST_FOR_A_MISTAKE:
        parts.append(_trigrams(typed[1] + typed[0] + typed[2:]))
    alike = or_(*(trigrams(name).contains(literal(part, ARRAY(Text))) for part in parts))
    pattern = misspelt(typed) if len(typed) >= FEWEST_FOR_A_MISTAKE else just_so(typed)
    return and_(alike, func.lower(name).regexp_match(pattern))


def just_so(typed: str) -> str:
    """A regular expression of PostgreSQL for the beginning of a word or name that is this."""
    return f"(^|\\s){''.join(_signs(typed))}"


def _first_and_last(typed: str) -> tuple[list[str], list[str]]:
    """Two groups of the trigrams of what was typed, so far apart that no mistake spoils both."""
    every = _trigrams(typed)
    count = max(1, (len(every) - 3) // 2)
    return every[:count], every[-count:]


def _trigrams(typed: str) -> list[str]:
    padded = "  " + typed.replace(" ", "  ")
    return [padded[start : start + 3] for start in range(len(padded) - 2)]


def misspelt(typed: str) -> str:
    """A regular expression of PostgreSQL for the beginning of a word or name that is this, but for one mistake."""
    signs = _signs(typed)
    ways = []
    for place in range(len(signs) + 1):
        before, after = "".join(signs[:place]), signs[place:]
        ways.append(f"{before}.{''.join(after)}")
        ways.append(f"{before}.?{''.join(after[1:])}")
        if len(after) > 1:
            ways.append(f"{before}{after[1]}{after[0]}{''.join(after[2:])}")
    return f"(^|\\s)({'|'.join(dict.fromkeys(ways))})"


def _signs(typed: str) -> list[str]:
    return [re.sub(r"(\W)", r"\\\1", sign) for sign in typed]
