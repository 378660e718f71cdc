"""Accounts on their way out, and the names that nobody gets again."""

import sqlalchemy as sa

from alembic import op

revision = "0013_deletions"
down_revision = "0012_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "deletions",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_deletions")),
    )
    op.create_index("ix_deletions_due_at", "deletions", ["due_at"], postgresql_where=sa.text("finished_at IS NULL"))
    op.create_table(
        "erasures",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "package", name=op.f("pk_erasures")),
    )
    op.create_table(
        "retired_usernames",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_retired_usernames")),
    )


def downgrade() -> None:
    """To the one before."""
    for table in ("retired_usernames", "erasures", "deletions"):
        op.drop_table(table)
