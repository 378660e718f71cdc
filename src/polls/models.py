"""Tables of polls: the poll, its options with their counters, and one ballot of each who has voted."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base, Identified


class Poll(Identified):
    """A question to those who see the thing that it belongs to; its row is locked by whoever changes votes or ends it.

    Attributes:
        attached_kind: what it belongs to: a kind of `Container` …
        attached_id: … and one of them; null only inside of the transaction that makes both.
        voters: how many ballots there are.
        outcome: the rounds of an instant run-off, once it has ended; a dump of `runoff.Outcome`.
    """

    __tablename__ = "polls"
    __table_args__ = (
        CheckConstraint("voters >= 0", name="voters"),
        UniqueConstraint("attached_kind", "attached_id"),
        Index("ix_polls_owner_id", "owner_id"),
        # What is to be ended, by when.
        Index("ix_polls_closes_at", "closes_at", postgresql_where="closed_at IS NULL AND closes_at IS NOT NULL"),
    )

    owner_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(Text)
    question: Mapped[str | None] = mapped_column(Text)
    is_hidden: Mapped[bool]
    is_public: Mapped[bool]
    attached_kind: Mapped[str] = mapped_column(Text)
    attached_id: Mapped[int | None]
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    voters: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    def has_ended(self, now: datetime) -> bool:
        """Whether nobody can vote any more: also where the job that closes it has not come by yet."""
        return self.closed_at is not None or (self.closes_at is not None and self.closes_at <= now)


class PollOption(Base):
    """Something to choose; in a ranked poll `votes` counts the ballots that name it first."""

    __tablename__ = "poll_options"
    __table_args__ = (CheckConstraint("votes >= 0", name="votes"),)

    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    votes: Mapped[int] = mapped_column(default=0)


class PollBallot(Base):
    """What one person has chosen, by positions; in a ranked poll in the order of their liking."""

    __tablename__ = "poll_ballots"
    __table_args__ = (Index("ix_poll_ballots_account_id_poll_id", "account_id", "poll_id"),)

    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    choices: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    at: Mapped[datetime]
