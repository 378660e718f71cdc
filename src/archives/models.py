"""Tables of coming and going.

Exports that were made, archives that come in, and what has come of them; accounts on their way out, and how far their
erasure has come: ids and instants, which outlive the accounts.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base, Identified

_ACCOUNT = "accounts.id"


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


class Export(Identified):
    """An archive of all that an account owns, or of a thing that it may read: being made, or waiting to be fetched."""

    __tablename__ = "account_exports"
    __table_args__ = (
        Index("ix_account_exports_account_id_id", "account_id", "id"),
        # One at a time.
        Index("uq_account_exports_unfinished", "account_id", unique=True, postgresql_where=text("made_at IS NULL")),
        Index("ix_account_exports_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    # What it is of: an `ExportedThing` and its id; no id: the account itself.
    kind: Mapped[str] = mapped_column(Text)
    thing_id: Mapped[int | None]
    # Not a key, since tasks are forgotten after a while.
    task_id: Mapped[int | None]
    # The file's name, which nobody can guess.
    key: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int | None]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Import(Identified):
    """A file that somebody has sent to be brought into their account; it is removed once that is done."""

    __tablename__ = "account_imports"
    __table_args__ = (
        Index("ix_account_imports_account_id_id", "account_id", "id"),
        # One at a time.
        Index("uq_account_imports_unfinished", "account_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    task_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(Text)
    same_people: Mapped[bool]
    key: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int]
    ended_at: Mapped[datetime | None]


class RestoredRow(Base):
    """A row of an archive that has come, and what it is here.

    It outlives what it is about: who deletes a post that has come back does not get it again by the next import.
    """

    __tablename__ = "restored_rows"

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    # The name of the table.
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    old_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # The id that the account had in the archive.
    archived_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    new_id: Mapped[int]
