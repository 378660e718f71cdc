"""The queue of letters."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Identified


class QueuedLetter(Identified):
    """A letter on its way; when it is over, only its key and how it ended are left."""

    __tablename__ = "letters"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (finished_at IS NULL)", name="outcome"),
        # Nothing of a letter outlives it.
        CheckConstraint(
            'finished_at IS NULL OR num_nonnulls(recipient, template, locale, "values") = 0', name="contents"
        ),
        Index("ix_letters_due_at", "due_at", postgresql_where=text("finished_at IS NULL")),
        Index("ix_letters_recipient", text("lower(recipient)"), postgresql_where=text("finished_at IS NULL")),
        Index("ix_letters_finished_at", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    # What makes it one: ids and words, no addresses.
    key: Mapped[str] = mapped_column(Text, unique=True)
    recipient: Mapped[str | None] = mapped_column(Text)
    template: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str | None] = mapped_column(Text)
    values: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
    # When it may be taken; of one that is being sent, when it may be taken from a sender that died.
    due_at: Mapped[datetime]
    # How often it was taken: who comes back with an older number has lost it.
    attempts: Mapped[int] = mapped_column(SmallInteger)
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
