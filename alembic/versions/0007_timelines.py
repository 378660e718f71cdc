"""Homes: entries, their horizons, authors who are merged in at reading, frozen lists."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0007_timelines"
down_revision = "0006_reactions"
branch_labels = None
depends_on = None


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{table}_account_id")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "timeline_entries",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "entry_id", name="pk_timeline_entries"),
        _account("timeline_entries"),
    )
    op.create_index(
        "ix_timeline_entries_reposts",
        "timeline_entries",
        ["account_id", "post_id", "entry_id"],
        postgresql_where=sa.text("entry_id <> post_id"),
    )
    op.create_table(
        "timeline_horizons",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_timeline_horizons"),
        _account("timeline_horizons"),
    )
    op.create_table(
        "timeline_pulled_authors",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_timeline_pulled_authors"),
        _account("timeline_pulled_authors"),
    )
    op.create_table(
        "timeline_frozen_lists",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("post_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_timeline_frozen_lists"),
        _account("timeline_frozen_lists"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_timeline_frozen_lists_account_id", "timeline_frozen_lists", ["account_id"])
    op.create_index("ix_timeline_frozen_lists_created_at", "timeline_frozen_lists", ["created_at"])


def downgrade() -> None:
    """Back to the one before."""
    for table in ("timeline_frozen_lists", "timeline_pulled_authors", "timeline_horizons", "timeline_entries"):
        op.drop_table(table)
