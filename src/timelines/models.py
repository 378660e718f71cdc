"""Tables of timelines. All of them are derived: they can be rebuilt from posts, reposts and follows."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base, Identified


class Entry(Base):
    """A post's place in one person's home: its own (`entry_id` is the post's) or a repost's.

    There is no foreign key to the post: a deleted one drops out when the home is read, and in homes that have grown
    long the trimming job sweeps it.
    """

    __tablename__ = "timeline_entries"
    __table_args__ = (
        # Which reposts of a post stand in a home: few rows, so that a post is shown once.
        Index(
            "ix_timeline_entries_reposts", "account_id", "post_id", "entry_id", postgresql_where="entry_id <> post_id"
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    post_id: Mapped[int]
    # Who brought it here: the author, or who reposted it.
    source_id: Mapped[int]


class Horizon(Base):
    """Down to where a person's entries are complete; below, the home is read from the posts themselves."""

    __tablename__ = "timeline_horizons"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    # Entries with larger ids are all there.
    entry_id: Mapped[int]


class PulledAuthor(Base):
    """An author with so many followers that some posts of theirs were not written into homes."""

    __tablename__ = "timeline_pulled_authors"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)


class FrozenList(Identified):
    """The popular posts of one person's home as they stood when the first page was read."""

    __tablename__ = "timeline_frozen_lists"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    post_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime] = mapped_column(index=True)
