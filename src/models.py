"""What all tables share: the metadata with its naming rules, ids that are ordered by time, and asking for a row.

An id is 64 bits wide: milliseconds since 1970 above, the low 16 bits of one sequence below. The SQL function
`hearth_id(instant)` makes it, so no process needs a node number, and an id can be minted for a past instant.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    ColumnElement,
    ColumnExpressionArgument,
    DateTime,
    Function,
    MetaData,
    Text,
    TextClause,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

SEQUENCE_BITS = 16
# Whole numbers all the way: a time in floating seconds is a millisecond off now and then.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Base(DeclarativeBase):
    """Base of all models; constraint names follow one pattern so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[type, object]] = {datetime: DateTime(timezone=True), int: BigInteger}


class Identified(Base):
    """Base of models with an id of their own."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("hearth_id()"))


# The pieces of three signs of a name, each word's beginning marked by two spaces: what names are found by although
# something is typed wrong. (pg_trgm, which has better ones, is not everywhere.)
TRIGRAMS = """
CREATE FUNCTION hearth_trigrams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(padded, place, 3)), '{}')
    FROM (SELECT '  ' || regexp_replace(btrim(lower(name)), '\\s+', '  ', 'g') AS padded) AS written,
         generate_series(1, length(padded) - 2) AS place
$$
"""
event.listen(Base.metadata, "before_create", DDL(TRIGRAMS))  # type: ignore[no-untyped-call]


def trigrams(name: ColumnElement[str] | InstrumentedAttribute[str] | TextClause) -> Function[list[str]]:
    """The SQL expression of a name's trigrams; its index is a GIN of the same expression."""
    return func.hearth_trigrams(name, type_=ARRAY(Text))


def id_at(instant: datetime | ColumnElement[datetime]) -> Function[int]:
    """The SQL expression of a new id whose time is `instant`."""
    return func.hearth_id(instant, type_=BigInteger)


def first_id_at(instant: datetime) -> int:
    """The smallest id that an instant can have: what compares ids with a time."""
    return (instant - _EPOCH) // _MILLISECOND << SEQUENCE_BITS


def instant_of(id_: int) -> datetime:
    """When this id was minted, to the millisecond."""
    return _EPOCH + (id_ >> SEQUENCE_BITS) * _MILLISECOND


def there_is(source: Any, *conditions: ColumnExpressionArgument[bool], many: bool = False) -> ColumnElement[bool]:
    """Whether `source`, a model or its alias, has such a row; never NULL, so `~` negates it.

    Without `many` the conditions name a unique key: more than one row is an error. All that does not come from `source`
    is of the statement around it.

    A scalar subquery on purpose: an EXISTS the planner may turn into a hashed subplan, which reads all that the viewer
    has of this kind instead of looking up the little that is needed. And no IS NOT NULL: its negation the planner takes
    for one row of two hundred, and a few of them for a reason to read the whole table; of this it takes one half.
    """
    rows = select(literal_column("true", Boolean)).where(*conditions).correlate_except(source)
    found = rows.limit(literal_column("1")) if many else rows
    return func.coalesce(found.scalar_subquery(), literal_column("false", Boolean), type_=Boolean)
