"""Reactions from before or from elsewhere: many at once, with their own dates, and without a word to anybody.

Nothing is announced. Who keeps something that follows from them, such as homes, is told by whoever brings them here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, DateTime, column, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from src.database import WriteSession
from src.models import Base
from src.posts import counters as posts_counters
from src.reactions import models

_INSTANT = DateTime(timezone=True)


class OldReaction(NamedTuple):
    """What an account did to a post, and when."""

    account_id: int
    post_id: int
    at: datetime


async def add_old(session: WriteSession, kind: type[models.Reaction], reactions: Sequence[OldReaction]) -> int:
    """Writes them with exact counters, in the order of the list where dates are equal; how many were new."""
    if not reactions:
        return 0
    account_ids, post_ids, dates = zip(*reactions, strict=True)
    arrays = (literal(list(account_ids), ARRAY(BigInteger)), literal(list(post_ids), ARRAY(BigInteger)))
    given = func.unnest(*arrays, literal(list(dates), ARRAY(_INSTANT))).table_valued(
        column("account_id", BigInteger), column("post_id", BigInteger), column("at", _INSTANT), name="given"
    )
    given = given.render_derived()
    rows = select(func.hearth_id(given.c.at), given.c.account_id, given.c.post_id)
    # The ORM does not insert from a SELECT into an entity.
    table = Base.metadata.tables[kind.__tablename__]
    statement = insert(table).from_select(["id", "account_id", "post_id"], rows).on_conflict_do_nothing()
    added = (await session.scalars(statement.returning(table.c.post_id))).all()
    if kind.counter is not None:
        await posts_counters.count_each(session, kind.counter, Counter(added))
    return len(added)
