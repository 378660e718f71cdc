"""Accounts on their way out, and how far their erasure has come: ids and instants, which outlive the accounts."""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base


class Deletion(Base):
    """An account that is to be deleted, is being deleted, or is gone."""

    __tablename__ = "deletions"
    __table_args__ = (Index("ix_deletions_due_at", "due_at", postgresql_where=text("finished_at IS NULL")),)

    # No foreign key: this row is there when the account is not.
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # From here on there is no way back.
    begun_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Erasure(Base):
    """A package that holds nothing of an account any more."""

    __tablename__ = "erasures"

    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    package: Mapped[str] = mapped_column(Text, primary_key=True)
    erased_at: Mapped[datetime]
