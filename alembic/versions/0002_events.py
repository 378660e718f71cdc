"""Events and tasks: the outbox with its subscriptions and dead letters, and the rows of long work."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from src.events.models import Xid8

revision = "0002_events"
down_revision = "0001_ground"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _create_outbox()
    _create_dead_letters()
    _create_tasks()


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("gid", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stream", sa.Text()),
        sa.Column("ev", sa.BigInteger()),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("xid", "gid", name="pk_outbox"),
        sa.CheckConstraint("(stream IS NULL) = (ev IS NULL)", name=op.f("ck_outbox_stream_numbered")),
    )
    # A stream's log: dense, and read from any number on.
    op.create_index(
        "uq_outbox_stream_ev",
        "outbox",
        ["stream", "ev"],
        unique=True,
        postgresql_where=sa.text("stream IS NOT NULL"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("gid", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_subscriptions"),
    )


def _create_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("gid", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.Text()),
        sa.Column("ev", sa.BigInteger()),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
    )


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        # An account's, but without a foreign key: accounts come later in this history.
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True)),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger()),
        sa.Column("result", postgresql.JSONB()),
        sa.Column("error", sa.Text()),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_owner_id_id", "tasks", ["owner_id", "id"])
    op.create_index("ix_tasks_due_at", "tasks", ["due_at"], postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.create_index(
        "uq_tasks_kind_key", "tasks", ["kind", "key"], unique=True, postgresql_where=sa.text("key IS NOT NULL")
    )


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("tasks", "dead_letters", "subscriptions", "outbox"):
        op.drop_table(table)
