"""What all tables share: the metadata with its naming rules, and ids that are ordered by time.

An id is 64 bits wide: milliseconds since 1970 above, the low 16 bits of one sequence below. The SQL function
`hearth_id(instant)` makes it, so no process needs a node number, and an id can be minted for a past instant.
"""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from sqlalchemy import BigInteger, ColumnElement, DateTime, Function, MetaData, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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


def id_at(instant: datetime | ColumnElement[datetime]) -> Function[int]:
    """The SQL expression of a new id whose time is `instant`."""
    return func.hearth_id(instant, type_=BigInteger)


def first_id_at(instant: datetime) -> int:
    """The smallest id that an instant can have: what compares ids with a time."""
    return (instant - _EPOCH) // _MILLISECOND << SEQUENCE_BITS


def instant_of(id_: int) -> datetime:
    """When this id was minted, to the millisecond."""
    return _EPOCH + (id_ >> SEQUENCE_BITS) * _MILLISECOND
