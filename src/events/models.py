"""The tables of events: the outbox, each subscription's place in it, and what could not be handled."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, PrimaryKeyConstraint, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from src.models import Base, Identified


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, which never wraps around."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_options: object) -> str:
        """The type's name in SQL."""
        return "XID8"


# So that comparing models with a database recognizes it.
ischema_names["xid8"] = Xid8


class OutboxRow(Base):
    """One event, written in the transaction of its change. Ordered by (xid, gid); a stream's events by `ev`."""

    __tablename__ = "outbox"
    __table_args__ = (
        PrimaryKeyConstraint("xid", "gid"),
        CheckConstraint("(stream IS NULL) = (ev IS NULL)", name="stream_numbered"),
        Index("uq_outbox_stream_ev", "stream", "ev", unique=True, postgresql_where=text("stream IS NOT NULL")),
    )

    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    gid: Mapped[int] = mapped_column(Identity(always=True))
    stream: Mapped[str | None] = mapped_column(Text)
    ev: Mapped[int | None]
    actor_id: Mapped[int]
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    at: Mapped[datetime]


class Subscription(Base):
    """How far one subscriber has come: everything up to (xid, gid) is handled or was none of its business."""

    __tablename__ = "subscriptions"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8)
    gid: Mapped[int]
    # Of the event after the place, when it has failed.
    attempts: Mapped[int] = mapped_column(SmallInteger)
    retry_at: Mapped[datetime | None]
    moved_at: Mapped[datetime]


class DeadLetter(Identified):
    """An event that one subscription could not handle, set aside for an operator."""

    __tablename__ = "dead_letters"

    subscription: Mapped[str] = mapped_column(Text)
    gid: Mapped[int]
    stream: Mapped[str | None] = mapped_column(Text)
    ev: Mapped[int | None]
    actor_id: Mapped[int]
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    at: Mapped[datetime]
    # The error's class and place in the code; its words might name people.
    error: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    died_at: Mapped[datetime]
