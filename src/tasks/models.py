"""The table of tasks."""

from datetime import datetime

from sqlalchemy import Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Identified


class Task(Identified):
    """One piece of long work; this row is the truth about it, whoever runs it."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_owner_id_id", "owner_id", "id"),
        Index("ix_tasks_due_at", "due_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index("uq_tasks_kind_key", "kind", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
    )

    # The account that it works for; null for the server itself.
    owner_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(Text)
    # What makes it one: the same kind and key again is the same task.
    key: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    cancel_requested_at: Mapped[datetime | None]
    done: Mapped[int]
    total: Mapped[int | None]
    result: Mapped[dict[str, object] | None] = mapped_column(JSONB(none_as_null=True))
    # A failed task's code.
    error: Mapped[str | None] = mapped_column(Text)
    # Failures so far: errors, and runners that died with it.
    attempts: Mapped[int] = mapped_column(SmallInteger)
    # Rises each time that a runner takes it: who comes back with an older number has lost it.
    turn: Mapped[int]
    # When it may be taken; of a running task, when its runner must have been heard of again.
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
